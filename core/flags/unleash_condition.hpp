#pragma once

#include "core/flags/unleash_rule.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

// Private to the translation of rules for Unleash: their conditions.

// What Unleash calls the targeting key.
inline constexpr std::string_view kUnleashUser = "userId";

// Constraints that all hold, and alternatives of such: {} never holds, {{}} always does.
using Conjunction = std::vector<UnleashConstraint>;
using Disjunction = std::vector<Conjunction>;

// Nothing if the result is too large.
std::optional<Disjunction> both(const Disjunction& a, const Disjunction& b);
std::optional<Disjunction> either(Disjunction a, const Disjunction& b);

// Whether clients compare it as it is: they pass over empty values and trim the others.
bool is_exact_text(std::string_view text) noexcept;

// Reads conditions of one set for one caller. Not for longer than both live.
class Conditions {
 public:
    Conditions(const RuleSet& set, const UnleashSubject& subject) : set_(set), subject_(subject) {}

    struct Condition {
        Disjunction holds;
        Disjunction fails;  // exactly where the other doesn't hold
        std::optional<UnleashReason> reason = {};
    };
    Condition read(const nlohmann::json& condition, const std::string& at, int depth = 0) const;

 private:
    Condition read_list(const nlohmann::json& arguments, bool all, const std::string& at, int depth) const;
    Condition read_reference(const nlohmann::json& name, const std::string& at, int depth) const;
    Condition read_segment(const SegmentRule& segment, const std::string& at, int depth) const;
    Condition read_equal(const nlohmann::json& arguments, bool equal, const std::string& at) const;
    Condition read_in(const nlohmann::json& arguments, const std::string& at) const;
    Condition read_affix(const nlohmann::json& arguments, UnleashOperator comparison,
                         const std::string& at) const;
    // Compares what a variable is with constants.
    Condition compare(const nlohmann::json& variable, UnleashOperator comparison,
                      std::vector<std::string> values, const std::string& at) const;

    const RuleSet& set_;
    const UnleashSubject& subject_;
};

}  // namespace mortise::flags
