#pragma once

#include "dmn/engine.hpp"
#include "feel/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Evaluation of one element of a model, from JSON to JSON.
namespace rules {

// The JSON that an evaluation takes and gives, at most.
inline constexpr feel::JsonLimits kEvaluationJson{
    .bytes = std::size_t{4} << 20, .depth = 64, .values = 200'000};

// The bounds within which one evaluation's answer has to stay.
struct EvaluationOptions {
    bool explain = false;  // to the caller
    bool record = false;   // to the audit: which rules were hit
    feel::JsonForm form = feel::JsonForm::kPlain;
    feel::Limits limits;
    std::optional<std::int64_t> now;  // microseconds since 1970 in UTC, of now() and today()
};

enum class Verdict : std::uint8_t {
    kDone,
    kBadInput,  // the context is no JSON object, or too large
    kLimit,     // a limit was reached
    kTooLarge,  // the result is larger than an answer may be
};

std::string_view name_of(Verdict verdict) noexcept;

// How long a part of a record may be, in bytes. Longer inputs are kept as their hash alone, of a longer
// result {"@sha256": "…"} stands there, and behind longer hits no further table follows.
inline constexpr std::size_t kMaxRecorded = std::size_t{256} << 10;

// What the audit keeps. Temporals are tagged, so that a record means the same without its model.
struct EvaluationRecord {
    std::string inputs;  // JSON object of any length, members sorted by their names
    std::string result;  // JSON
    std::string hits;    // JSON array: of each table its id and its rules that the hit policy looked at
};

struct Evaluated {
    Verdict verdict = Verdict::kDone;
    std::string reason;       // why it is not done; a sentence for the caller
    std::string result;       // JSON; `null` unless it is done
    std::string explanation;  // JSON object; empty unless it was asked for
    std::optional<EvaluationRecord> record;
    std::int64_t microseconds = 0;
};

// One element, ready to be evaluated with many contexts. Used by one thread.
class Evaluator {
 public:
    // `model` lives as long as this does.
    Evaluator(const dmn::Model& model, std::uint32_t index);

    // `context` is a JSON object of inputs by their names.
    Evaluated evaluate(std::string_view context, const EvaluationOptions& options) const;

 private:
    const dmn::Model& model_;
    std::uint32_t index_;
    feel::Type inputs_;  // of the whole context
};

// A result as it is recorded.
std::string recorded_result(const feel::Value& result);

// The type of a context that holds the inputs: those of an import stand inside a context of its name.
feel::Type inputs_type(const std::vector<dmn::Model::Input>& inputs);

}  // namespace rules
