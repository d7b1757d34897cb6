#include "core/flags/unleash_rule.hpp"

#include "core/flags/paths.hpp"
#include "core/flags/unleash_condition.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

constexpr int kMaxRuleNesting = 64;  // of rules; the definition was held to the same

// What this translation knows of a flag; anything else may decide about its value.
bool is_known_member(std::string_view name) noexcept {
    return name == "state" || name == "variants" || name == "defaultVariant" || name == "targeting" ||
           name == "metadata" || name == "mortise";
}
bool is_known_delivery(std::string_view name) noexcept {
    return name == "client" || name == "off_variant";  // the latter only with what is not known
}

std::optional<UnleashReason> unknown_member(const json& flag) {
    for (const auto& [name, value] : flag.items()) {
        const std::string at = "/" + tenancy::pointer_token(name);
        if (!is_known_member(name)) return UnleashReason{"member_not_expressible", at};
        if (name != "mortise") continue;
        for (const auto& [inner, unused] : value.items())
            if (!is_known_delivery(inner))
                return UnleashReason{"member_not_expressible", at + "/" + tenancy::pointer_token(inner)};
    }
    return std::nullopt;
}

// Walks the branches of a rule in their order. `guard` is what holds in a branch.
class Branches {
 public:
    Branches(const Definition& definition, const Conditions& conditions, UnleashRule& out)
        : definition_(definition), conditions_(conditions), out_(out) {}

    void walk(const json& rule, Disjunction guard, const std::string& at, int depth = 0) {
        if (out_.reason) return;
        if (depth > kMaxRuleNesting) return refuse("too_deep", at);
        if (rule.is_object() && rule.size() == 1 && rule.begin().key() == "if" && rule.begin()->is_array())
            return walk_if(*rule.begin(), std::move(guard), at + "/if", depth);
        const auto outcome = outcome_of(rule);
        if (!outcome) return refuse("rule_not_expressible", at);
        if (*outcome < definition_.variants.size()) emit(*outcome, guard, at);
    }

    void emit(std::size_t variant, const Disjunction& guard, const std::string& at) {
        if (!is_on(definition_, variant)) return;
        for (const auto& conjunction : guard) {
            if (out_.strategies.size() == kMaxUnleashStrategies) return refuse("too_complex", at);
            out_.strategies.push_back({conjunction, variant});
        }
    }

    void refuse(std::string code, const std::string& at) {
        if (!out_.reason) out_.reason = {std::move(code), at};
    }

 private:
    // Conditions and values by turns; a value alone at the end is for the rest, without one it is null.
    void walk_if(const json& parts, Disjunction guard, const std::string& at, int depth) {
        std::size_t i = 0;
        for (; i + 1 < parts.size(); i += 2) {
            const std::string place = at + "/" + std::to_string(i);
            const auto condition = conditions_.read(parts[i], place);
            if (condition.reason) return refuse(condition.reason->code, condition.reason->pointer);
            auto inside = both(guard, condition.holds);
            if (!inside) return refuse("too_complex", place);
            walk(parts[i + 1], *std::move(inside), at + "/" + std::to_string(i + 1), depth + 1);
            // The first strategy that holds decides, so what is on needs no exclusion from what comes after.
            const auto outcome = outcome_of(parts[i + 1]);
            if (outcome && *outcome < definition_.variants.size() && is_on(definition_, *outcome)) continue;
            auto outside = both(guard, condition.fails);
            if (!outside) return refuse("too_complex", place);
            guard = *std::move(outside);
        }
        if (i < parts.size())
            return walk(parts[i], std::move(guard), at + "/" + std::to_string(i), depth + 1);
        walk(json(), std::move(guard), at, depth + 1);
    }

    // The variant that a constant names; their number for none at all. Nothing for what is no constant, or
    // names no variant, which is an error of the evaluation.
    std::optional<std::size_t> outcome_of(const json& value) const {
        if (value.is_null()) return definition_.default_variant.value_or(definition_.variants.size());
        std::string name;
        if (value.is_string()) name = value.get_ref<const std::string&>();
        if (value.is_boolean()) name = value.get<bool>() ? "true" : "false";
        const auto* const found = name.empty() ? nullptr : definition_.find(name);
        if (found == nullptr) return std::nullopt;
        return static_cast<std::size_t>(found - definition_.variants.data());
    }

    const Definition& definition_;
    const Conditions& conditions_;
    UnleashRule& out_;
};

// Users with overrides come first; those whom one switches off are kept out of all that follows.
Disjunction emit_users(const UnleashOverrides& overrides, const Definition& definition, Branches& branches) {
    std::map<std::size_t, std::vector<std::string>> on;
    std::vector<std::string> off;
    for (const auto& user : overrides.users) {
        if (!is_exact_text(user.targeting_key)) branches.refuse("user_not_expressible", "");
        (is_on(definition, user.variant) ? on[user.variant] : off).push_back(user.targeting_key);
    }
    const std::string id(kUnleashUser);
    for (auto& [variant, users] : on)
        branches.emit(variant, {{{id, UnleashOperator::kIn, std::move(users), false}}}, "");
    if (off.empty()) return {{}};
    return {{{id, UnleashOperator::kNotIn, std::move(off), false}}};
}

}  // namespace

std::string_view to_string(UnleashOperator comparison) noexcept {
    switch (comparison) {
        case UnleashOperator::kIn:
            return "IN";
        case UnleashOperator::kNotIn:
            return "NOT_IN";
        case UnleashOperator::kContains:
            return "STR_CONTAINS";
        case UnleashOperator::kStartsWith:
            return "STR_STARTS_WITH";
        case UnleashOperator::kEndsWith:
            return "STR_ENDS_WITH";
    }
    return {};
}

bool is_on(const Definition& definition, std::size_t variant) noexcept {
    return definition.type != VariantType::kBoolean || definition.variants[variant].value == "true";
}

UnleashRule to_unleash(const Definition& definition, const RuleSet& set, const UnleashSubject& subject,
                       const UnleashOverrides& overrides) {
    UnleashRule out;
    const json flag = json::parse(definition.json);  // as parse_definition() wrote it
    out.reason = unknown_member(flag);
    const Conditions conditions(set, subject);
    Branches branches(definition, conditions, out);
    if (overrides.users.size() > kMaxUnleashUsers) branches.refuse("too_many_users", "");
    if (!out.reason) {
        auto rest = emit_users(overrides, definition, branches);
        if (overrides.all)
            branches.emit(*overrides.all, rest, "");
        else if (!definition.targeted)
            branches.walk(json(), std::move(rest), "");
        else if (definition.rule == nullptr)
            branches.refuse("rule_not_expressible", "/targeting");  // PARSE_ERROR
        else
            branches.walk(flag.at("targeting"), std::move(rest), "/targeting");
    }
    if (out.reason) out.strategies.clear();
    return out;
}

}  // namespace mortise::flags
