#pragma once

#include "core/flags/key_list.hpp"
#include "core/flags/program.hpp"
#include "core/flags/rule_check.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

inline constexpr std::size_t kMaxRuleNodes = 4096;  // operations and values of a rule, with its evaluators
inline constexpr int kMaxRuleDepth = 64;            // of them in each other
// Levels of a JSON text with rules: an operation is an object with an array in it, and the rule stands in a
// definition, which stands in a document or a list of changes.
inline constexpr std::size_t kMaxRuleJsonDepth = 2 * kMaxRuleDepth + 12;
// What a rule may cost: its nodes, where those inside of a map or the like count once for each element of the
// array, or kAssumedElements times if it is not written down.
inline constexpr double kMaxRuleCost = 100'000;
inline constexpr double kAssumedElements = 32;

// Who is in a segment: its included keys, and but for its excluded ones those of whom the rule is true.
struct SegmentRule {
    std::shared_ptr<const KeyList> included;  // never null, but in what is only being checked
    std::shared_ptr<const KeyList> excluded;
    std::shared_ptr<const nlohmann::json> rule;  // null: nobody else
};
using SegmentRules = std::map<std::string, SegmentRule, std::less<>>;

// What the rules of one set share. Evaluators and segments have one namespace.
struct RuleSet {
    FractionalVersion fractional = FractionalVersion::kV2;
    std::shared_ptr<const nlohmann::json> evaluators;   // an object of rules by name; null: none
    std::shared_ptr<const SegmentRules> segments = {};  // null: none
};

// A rule in the form in which it is evaluated, or why there is none. `findings.faults` has what is beyond a
// limit or no rule; a $ref to nothing is a warning unless the strictness is kSchema, and then there is
// no program.
struct CompiledRule {
    std::shared_ptr<const Program> program;
    RuleFindings findings;
};

// Compiles any JSON value that was checked: a rule, or a constant. `at` is its own pointer; what is wrong
// inside an evaluator has that one's, /$evaluators/….
CompiledRule compile_rule(const nlohmann::json& rule, const RuleSet& set, Strictness strictness,
                          const std::string& at);

// The same of a segment's rule, to which no $ref in it may lead back.
CompiledRule compile_segment_rule(const nlohmann::json& rule, const RuleSet& set, std::string_view segment,
                                  const std::string& at);

}  // namespace mortise::flags
