#pragma once

#include "audit.hpp"
#include "audit_repository.hpp"
#include "evaluation.hpp"
#include "evaluation_body.hpp"
#include "evaluation_settings.hpp"
#include "model_compiler.hpp"
#include "mortise/call.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rules {

// The time until when a call may evaluate: some of it is left for the answer.
std::chrono::steady_clock::time_point evaluation_end(const mortise::sdk::Call& call);

// The element of a version; 404 `unknown_decision` if it has none of the name or id.
std::uint32_t find_element(const CompiledVersion& version, std::string_view name_or_id, bool is_service);

// Evaluates one element with one context after the other, keeps the records, and publishes the events, as the
// tenant's settings say.
class EvaluationService {
 public:
    struct Outcome {
        Evaluated evaluated;
        std::optional<mortise::sdk::Uuid> record_id;
    };

    // `version` and `body` live as long as this does.
    EvaluationService(const mortise::sdk::Call& call, const CompiledVersion& version,
                      const EvaluationBody& body);

    Outcome evaluate(std::string_view context) const;
    // Once, after all: deletes records that are older than the tenant keeps them, some at a time.
    void purge() const;

 private:
    mortise::sdk::Uuid record(const Evaluated& evaluated) const;
    void publish(const Evaluated& evaluated, const mortise::sdk::Uuid& id) const;
    bool is_sampled(const mortise::sdk::Uuid& id) const;

    const mortise::sdk::Call& call_;
    const CompiledVersion& version_;
    const EvaluationBody& body_;
    EvaluationSettings settings_;
    Evaluator evaluator_;
    AuditRepository audit_;
    std::chrono::steady_clock::time_point end_;
    std::int64_t now_;  // of all: the contexts of a call are judged at one moment
};

}  // namespace rules
