#pragma once

#include "core/flags/compiler.hpp"
#include "core/flags/machine.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

inline constexpr std::size_t kMaxTraceSteps = 1000;   // what comes after is left out
inline constexpr std::size_t kMaxTracedValue = 2048;  // bytes of JSON; a larger one is left out

// How a rule comes to its value: a list of
//   {"pointer": "/targeting/if/0/==", "operation": "==", "value": true}
// in the order in which the operations are evaluated, each by the machine that evaluates flags, with what an
// evaluation passes over left out. A pointer inside an evaluator begins with /$evaluators. An operation that
// fails has "error" instead of "value", and ends the list. Operations on lists are one step each, for what is
// inside them is evaluated for each element. `truncated` is set if there were too many steps, of the list or
// of the machine.
nlohmann::ordered_json trace_rule(const nlohmann::json& rule, const RuleSet& set, const RuleInput& input,
                                  const std::string& at, bool& truncated);

}  // namespace mortise::flags
