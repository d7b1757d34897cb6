#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/flags/flag_set.hpp"
#include "core/flags/ofrep.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace mortise::flags {

inline constexpr std::size_t kMaxBulkContexts = 1000;
inline constexpr std::size_t kMaxBulkFlags = 1000;
inline constexpr std::size_t kMaxBulkEvaluations = 100'000;      // contexts times flags
inline constexpr std::size_t kMaxBulkRequest = 1024 * 1024;      // bytes
inline constexpr std::size_t kMaxBulkAnswer = 32 * 1024 * 1024;  // bytes

// Evaluates for a list of contexts: {"contexts": [{"targetingKey": …}, …], "flags": ["key", …]}, all flags if
// none are named. Answers {"results": [{"flags": [as OFREP answers them]}, …]}, a result for each context in
// their order. `subject` is whom the contexts stand for, but for what they say. `counted` sees each
// evaluation. Errors: `invalid_json`, `invalid_body` (400) with pointers, `too_many_evaluations` (400),
// `answer_too_large` (400), `deadline_exceeded` (504) if it isn't done by then.
struct BulkLimits {
    const base::Clock& clock;
    base::Monotonic deadline;
};
base::Result<std::string> evaluate_contexts(const FlagSet& flags, const Subject& subject,
                                            std::string_view body, const BulkLimits& limits,
                                            EvaluationSink counted);

}  // namespace mortise::flags
