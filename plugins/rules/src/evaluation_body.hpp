#pragma once

#include "feel/json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What requests about evaluations say, read and checked with all faults at once. They throw 400
// `invalid_json`, and 400 `invalid_evaluation` with errors.
namespace rules {

inline constexpr std::size_t kMaxEvaluationBody = std::size_t{8} << 20;  // bytes
inline constexpr std::size_t kMaxContexts = 10'000;

// Contexts are views into the body, and not yet read.
struct EvaluationBody {
    std::string element;  // of a decision or service its name or id
    bool is_service = false;
    std::optional<std::string> model;  // by decision: narrows it to one model
    std::optional<std::int64_t> version;
    std::optional<std::int64_t> as_of;  // microseconds
    std::vector<std::string_view> contexts;
    bool many = false;  // `contexts`, not `context`
    bool explain = false;
    feel::JsonForm form = feel::JsonForm::kPlain;
};

// Of a model the body says which element and may say which version; of a decision the path says which, and
// the body may say which model.
enum class EvaluationOf : std::uint8_t { kModel, kDecision };
EvaluationBody decode_evaluation(std::string_view body, EvaluationOf of);

struct FeelBody {
    std::string expression;
    std::string_view context = "{}";
    feel::JsonForm form = feel::JsonForm::kPlain;
};
FeelBody decode_feel(std::string_view body);

struct ReplayBody {
    std::string model;  // id or key
    std::optional<std::int64_t> version;
    std::optional<std::int64_t> of_version;  // only what that version evaluated
    std::optional<std::string> decision;
    std::optional<std::int64_t> from;
    std::optional<std::int64_t> to;
    std::int64_t limit = 100;
    std::optional<std::string> cursor;
};
inline constexpr std::size_t kMaxReplayBody = 64 * 1024;  // bytes
inline constexpr std::int64_t kMaxReplay = 1'000;
ReplayBody decode_replay(std::string_view body);

}  // namespace rules
