#pragma once

#include "audit.hpp"
#include "audit_repository.hpp"
#include "evaluation.hpp"
#include "evaluation_body.hpp"
#include "evaluation_settings.hpp"
#include "model_compiler.hpp"
#include "mortise/any_call.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rules {

// The time until when a call may evaluate: some of it is left for the answer.
std::chrono::steady_clock::time_point evaluation_end(const mortise::sdk::AnyCall& call);

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

    // `version` and `body` live as long as this does, as does `caller`: the plugin that asks, empty if a
    // client does.
    EvaluationService(const mortise::sdk::AnyCall& call, const CompiledVersion& version,
                      const EvaluationBody& body, std::string_view caller);

    // One of many: a failure is kept as well.
    Outcome evaluate(std::string_view context);
    // The only one: a failure is thrown as a Problem, before anything is written.
    Outcome evaluate_alone(std::string_view context);
    // Once: deletes records that are older than the tenant keeps them, some at a time.
    void purge() const;

 private:
    Evaluated judge(std::string_view context) const;
    Outcome keep(Evaluated evaluated);
    mortise::sdk::Uuid record(const Evaluated& evaluated) const;
    void publish(const Evaluated& evaluated, const mortise::sdk::Uuid& id) const;
    bool records() const noexcept;
    // Of the evaluation that is the number-th of its call, from 1.
    bool is_sampled(std::uint64_t number) const noexcept;

    const mortise::sdk::AnyCall& call_;
    const CompiledVersion& version_;
    const EvaluationBody& body_;
    std::string_view caller_;
    EvaluationSettings settings_;
    Evaluator evaluator_;
    AuditRepository audit_;
    std::chrono::steady_clock::time_point end_;
    std::int64_t now_;  // of all: the contexts of a call are judged at one moment
    std::uint64_t evaluated_ = 0;
};

}  // namespace rules
