#pragma once

#include "audit.hpp"
#include "evaluation.hpp"
#include "model_compiler.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

// Past evaluations, made again with another version.
namespace rules {

enum class Change : std::uint8_t {
    kSame,
    kChanged,
    kFailed,         // the other version has no result: see the reason
    kNotReplayable,  // the inputs were not kept, or there was no result
};

struct Replayed {
    Change change = Change::kSame;
    std::string result = "null";  // JSON, tagged
    std::string reason;           // a code; of what failed
};

// Used by one thread.
class Replay {
 public:
    // `version` lives as long as this does.
    explicit Replay(const CompiledVersion& version) : version_(version) {}

    // Evaluates what a record says at the record's time, so that today() is what it was.
    Replayed run(const AuditRecord& record, const feel::Limits& limits);

 private:
    // Null pointer if the version has no such element.
    const Evaluator* evaluator(const AuditRecord& record);

    const CompiledVersion& version_;
    std::map<std::pair<bool, std::string>, std::optional<Evaluator>> evaluators_;
};

}  // namespace rules
