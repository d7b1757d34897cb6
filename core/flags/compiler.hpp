#pragma once

#include "core/flags/program.hpp"
#include "core/flags/rule_check.hpp"

#include <cstddef>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

inline constexpr std::size_t kMaxRuleNodes = 4096;  // operations and values of a rule, with its evaluators
inline constexpr int kMaxRuleDepth = 64;            // of them in each other
// What a rule may cost: its nodes, where those inside of a map or the like count once for each element of the
// array, or kAssumedElements times if it is not written down.
inline constexpr double kMaxRuleCost = 100'000;
inline constexpr double kAssumedElements = 32;

// What the rules of one set share.
struct RuleSet {
    FractionalVersion fractional = FractionalVersion::kV2;
    std::shared_ptr<const nlohmann::json> evaluators;  // an object of rules by name; null: none
};

// A rule in the form in which it is evaluated, or why there is none. `findings.faults` has what is beyond a
// limit or no rule; a $ref to nothing is a warning if the strictness is flagd's, and then there is no
// program.
struct CompiledRule {
    std::shared_ptr<const Program> program;
    RuleFindings findings;
};

// Compiles any JSON value that was checked: a rule, or a constant. `at` is its own pointer; what is wrong
// inside an evaluator has that one's, /$evaluators/….
CompiledRule compile_rule(const nlohmann::json& rule, const RuleSet& set, Strictness strictness,
                          const std::string& at);

}  // namespace mortise::flags
