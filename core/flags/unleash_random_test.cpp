// Random rules, evaluated by us and, as they were translated, by the rules of Unleash's client specification:
// whatever is translated means the same, for every context of texts.
#include "core/flags/flag_set.hpp"
#include "core/flags/unleash_rule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using Context = std::map<std::string, std::string, std::less<>>;

constexpr int kRules = 4000;
constexpr int kContexts = 12;  // for each
const base::Uuid kTenant = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000001");

class Draw {
 public:
    explicit Draw(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t limit) { return engine_() % limit; }
    template <class T>
    const T& of(const std::vector<T>& all) {
        return all[below(all.size())];
    }

 private:
    std::mt19937 engine_;
};

const std::vector<std::string> kFields{"a", "b", "targetingKey"};
// Some that are alike in part, some that are written as numbers.
const std::vector<std::string> kWords{"x", "xy", "yx", "zxz", "x.y", "CH", "ch", "x-1"};
const std::vector<std::string> kTexts{"x", "xy", "yx", "zxz", "x.y", "CH", "ch", "x-1", "7", "-12", ""};

json variable(Draw& draw) {
    return {{"var", draw.of(kFields)}};
}

json condition(Draw& draw, int depth) {
    switch (draw.below(depth > 2 ? 6 : 9)) {
        case 0:
            return {{"==", json::array({variable(draw), draw.below(4) == 0 ? "7" : draw.of(kWords)})}};
        case 1:
            return {{"!=", json::array({draw.of(kWords), variable(draw)})}};
        case 2:
            return {{"in", json::array({variable(draw), json::array({draw.of(kWords), draw.of(kWords)})})}};
        case 3:
            return {{"in", json::array({draw.of(kWords), variable(draw)})}};
        case 4:
            return {{draw.below(2) == 0 ? "starts_with" : "ends_with",
                     json::array({variable(draw), draw.of(kWords)})}};
        case 5:
            return {{"==", json::array({json{{"var", draw.below(2) == 0 ? "tenant" : "plan"}},
                                        draw.below(2) == 0 ? "acme" : "gold"})}};
        case 6:
            return {{"!", json::array({condition(draw, depth + 1)})}};
        default: {
            json parts = json::array();
            for (std::size_t i = 0; i < 1 + draw.below(3); ++i)
                parts.push_back(condition(draw, depth + 1));
            return {{draw.below(2) == 0 ? "and" : "or", parts}};
        }
    }
}

json rule(Draw& draw, const std::vector<std::string>& variants, int depth = 0) {
    const auto value = [&]() -> json {
        if (depth < 2 && draw.below(4) == 0) return rule(draw, variants, depth + 1);
        return draw.below(6) == 0 ? json() : json(draw.of(variants));
    };
    json parts = json::array();
    for (std::size_t i = 0; i < 1 + draw.below(3); ++i) {
        parts.push_back(condition(draw, 0));
        parts.push_back(value());
    }
    if (draw.below(2) == 0) parts.push_back(value());
    return {{"if", parts}};
}

// Client specification: a constraint of a field that the context hasn't holds only if it is inverted or
// NOT_IN; values are trimmed, and empty ones passed over.
bool holds(const UnleashConstraint& constraint, const Context& context) {
    const auto found = context.find(constraint.context);
    const bool any =
        found != context.end() &&
        std::any_of(constraint.values.begin(), constraint.values.end(), [&](const std::string& value) {
            const std::string& text = found->second;
            switch (constraint.comparison) {
                case UnleashOperator::kIn:
                case UnleashOperator::kNotIn:
                    return text == value;
                case UnleashOperator::kContains:
                    return text.find(value) != std::string::npos;
                case UnleashOperator::kStartsWith:
                    return text.starts_with(value);
                case UnleashOperator::kEndsWith:
                    return text.ends_with(value);
            }
            return false;
        });
    const bool result = constraint.comparison == UnleashOperator::kNotIn ? !any : any;
    return constraint.inverted ? !result : result;
}

std::optional<std::size_t> by_unleash(const UnleashRule& rule, const Context& context) {
    for (const auto& strategy : rule.strategies)
        if (std::all_of(strategy.constraints.begin(), strategy.constraints.end(),
                        [&](const auto& one) { return holds(one, context); }))
            return strategy.variant;
    return std::nullopt;
}

Context random_context(Draw& draw) {
    Context context;
    for (const char* const name : {"a", "b", "userId"})
        if (draw.below(3) > 0) context[name] = draw.of(kTexts);
    return context;
}

// What we say of the same context; nothing where the flag is off for Unleash.
std::optional<std::size_t> by_us(const FlagSet& flags, const Definition& definition, const Context& context) {
    std::vector<Member> attributes;
    std::string_view user;
    for (const auto& [name, text] : context) {
        if (name == "userId") user = text;
        attributes.push_back({name, Value::string(text)});
    }
    const auto evaluation = flags.evaluate({.tenant = kTenant,
                                            .tenant_slug = "acme",
                                            .plan = "gold",
                                            .targeting_key = user,
                                            .attributes = attributes},
                                           "f");
    EXPECT_EQ(evaluation.error, ErrorCode::kNone);
    if (evaluation.variant.empty()) return std::nullopt;
    const auto index =
        static_cast<std::size_t>(definition.find(evaluation.variant) - definition.variants.data());
    return is_on(definition, index) ? std::optional(index) : std::nullopt;
}

TEST(UnleashRandom, WhatIsTranslatedMeansTheSame) {
    Draw draw(20261126);
    int translated = 0;
    for (int i = 0; i < kRules; ++i) {
        const bool boolean = draw.below(2) == 0;
        const std::vector<std::string> variants =
            boolean ? std::vector<std::string>{"on", "off"} : std::vector<std::string>{"red", "blue", "grey"};
        json flag{{"state", "ENABLED"},
                  {"variants", boolean ? json{{"on", true}, {"off", false}}
                                       : json{{"red", "r"}, {"blue", "b"}, {"grey", "g"}}},
                  {"targeting", rule(draw, variants)}};
        if (draw.below(2) == 0) flag["defaultVariant"] = draw.of(variants);
        const auto definition = parse_definition(flag.dump());
        ASSERT_TRUE(definition.ok()) << flag.dump();
        std::vector<OverrideRow> rows;
        UnleashOverrides overrides;
        for (const std::string user : {"x", "7"}) {
            if (draw.below(3) > 0) continue;
            const auto variant = draw.below(definition->variants.size());
            rows.push_back({kTenant, "f", user, definition->variants[variant].name});
            overrides.users.push_back({user, variant});
        }
        const auto rule = to_unleash(*definition, {}, {"acme", "gold"}, overrides);
        if (rule.reason) {
            EXPECT_EQ(rule.reason->code, "too_complex") << flag.dump();
            continue;
        }
        ++translated;
        const FlagSet flags({FlagRow{kTenant, "f", *definition}}, rows);
        for (int c = 0; c < kContexts; ++c) {
            const Context context = random_context(draw);
            ASSERT_EQ(by_unleash(rule, context), by_us(flags, *definition, context))
                << flag.dump() << " for " << json(context).dump();
        }
    }
    EXPECT_GT(translated, kRules / 2);
}

}  // namespace
}  // namespace mortise::flags
