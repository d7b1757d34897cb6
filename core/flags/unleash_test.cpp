#include "core/flags/unleash.hpp"

#include "core/flags/unleash_rule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

constexpr UnleashSubject kGoldenAcme{"acme", "gold"};

Definition flag_of(const std::string& rule, std::string_view variants = R"({"on":true,"off":false})",
                   std::string_view default_variant = "off") {
    std::string text = R"({"state":"ENABLED","variants":)" + std::string(variants);
    if (!default_variant.empty()) text += R"(,"defaultVariant":")" + std::string(default_variant) + '"';
    if (!rule.empty()) text += R"(,"targeting":)" + rule;
    auto definition = parse_definition(text + "}");
    EXPECT_TRUE(definition.ok()) << rule;
    return std::move(definition).value();
}

// As "A&B>on | C>on"; "!code at pointer" of what can't be expressed.
std::string shown(const Definition& definition, const UnleashOverrides& overrides = {},
                  const RuleSet& set = {}) {
    const auto rule = to_unleash(definition, set, kGoldenAcme, overrides);
    if (rule.reason) return "!" + rule.reason->code + " at " + rule.reason->pointer;
    std::string text;
    for (const auto& strategy : rule.strategies) {
        if (!text.empty()) text += " | ";
        for (const auto& one : strategy.constraints) {
            text += (one.inverted ? "not " : "") + one.context + " " +
                    std::string(to_string(one.comparison)) + " ";
            for (const auto& value : one.values)
                text += value + (&value == &one.values.back() ? "" : ",");
            if (&one != &strategy.constraints.back()) text += " & ";
        }
        text += ">" + definition.variants[strategy.variant].name;
    }
    return text;
}

std::string shown(const std::string& rule) {
    return shown(flag_of(rule));
}

TEST(Unleash, AFlagWithoutARuleIsOnOrOffForEverybody) {
    EXPECT_EQ(shown(flag_of("", R"({"on":true,"off":false})", "on")), ">on");
    EXPECT_EQ(shown(flag_of("")), "");
    EXPECT_EQ(shown(flag_of("", R"({"red":"r","blue":"b"})", "red")), ">red");
    EXPECT_EQ(shown(flag_of("", R"({"red":"r","blue":"b"})", "")), "") << "the application's own default";
}

TEST(Unleash, ComparisonsOfTextsAreConstraints) {
    EXPECT_EQ(shown(R"({"if":[{"==":[{"var":"country"},"CH"]},"on"]})"), "country IN CH>on");
    EXPECT_EQ(shown(R"({"if":[{"!=":["CH",{"var":["country"]}]},"on","off"]})"), "country NOT_IN CH>on");
    EXPECT_EQ(shown(R"({"if":[{"in":[{"var":"country"},["CH","AL"]]},"on"]})"), "country IN CH,AL>on");
    EXPECT_EQ(shown(R"({"if":[{"in":["@example.com",{"var":"email"}]},"on"]})"),
              "email STR_CONTAINS @example.com>on");
    EXPECT_EQ(shown(R"({"if":[{"ends_with":[{"var":"email"},"@example.com"]},"on"]})"),
              "email STR_ENDS_WITH @example.com>on");
    EXPECT_EQ(shown(R"({"if":[{"!":[{"starts_with":[{"var":"email"},"ada@"]}]},"on"]})"),
              "not email STR_STARTS_WITH ada@>on");
    EXPECT_EQ(shown(R"({"if":[{"==":[{"var":"targetingKey"},"42"]},"on"]})"), "userId IN 42>on");
}

TEST(Unleash, AlternativesAreStrategies) {
    EXPECT_EQ(
        shown(
            R"({"if":[{"or":[{"==":[{"var":"a"},"x"]},{"and":[{"==":[{"var":"b"},"y"]},{"==":[{"var":"c"},"z"]}]}]},"on"]})"),
        "a IN x>on | b IN y & c IN z>on");
    // What is off must be kept out of what comes after it.
    EXPECT_EQ(shown(R"({"if":[{"==":[{"var":"a"},"x"]},"off",{"==":[{"var":"b"},"y"]},"on"]})"),
              "a NOT_IN x & b IN y>on");
    EXPECT_EQ(shown(R"({"if":[{"and":[{"==":[{"var":"a"},"x"]},{"==":[{"var":"b"},"y"]}]},"off","on"]})"),
              "a NOT_IN x>on | b NOT_IN y>on");
    EXPECT_EQ(shown(flag_of(R"({"if":[{"==":[{"var":"a"},"x"]},"red",{"==":[{"var":"a"},"y"]},"blue"]})",
                            R"({"red":"r","blue":"b","grey":"g"})", "grey")),
              "a IN x>red | a IN y>blue | >grey");
}

TEST(Unleash, TenantAndPlanAreKnown) {
    EXPECT_EQ(shown(R"({"if":[{"==":[{"var":"tenant"},"acme"]},"on"]})"), ">on");
    EXPECT_EQ(shown(R"({"if":[{"in":[{"var":"plan"},["silver","bronze"]]},"on"]})"), "");
    EXPECT_EQ(shown(R"({"if":[{"and":[{"==":[{"var":"plan"},"gold"]},{"==":[{"var":"a"},"x"]}]},"on"]})"),
              "a IN x>on");
}

TEST(Unleash, OverridesComeFirst) {
    const auto flag = flag_of(R"({"if":[{"==":[{"var":"a"},"x"]},"on"]})");
    const auto on = static_cast<std::size_t>(flag.find("on") - flag.variants.data());
    const auto off = static_cast<std::size_t>(flag.find("off") - flag.variants.data());
    EXPECT_EQ(shown(flag, {.users = {{"ada", on}, {"bob", off}, {"eve", on}}}),
              "userId IN ada,eve>on | userId NOT_IN bob & a IN x>on");
    EXPECT_EQ(shown(flag, {.all = on}), ">on");
    EXPECT_EQ(shown(flag, {.users = {{"ada", on}}, .all = off}), "userId IN ada>on");
    EXPECT_EQ(shown(flag, {.users = {{" ada", on}}}), "!user_not_expressible at ");
}

TEST(Unleash, EvaluatorsAreReadWhereTheyAreReferredTo) {
    const RuleSet set{.evaluators =
                          std::make_shared<const json>(json::parse(R"({"ours":{"==":[{"var":"a"},"x"]}})"))};
    auto definition = parse_definition(
        R"({"state":"ENABLED","variants":{"on":true,"off":false},"targeting":{"if":[{"$ref":"ours"},"on","off"]}})",
        set);
    ASSERT_TRUE(definition.ok());
    EXPECT_EQ(shown(*definition, {}, set), "a IN x>on");
}

// Where the two would not mean the same for some context, there is a reason, and no strategy.
TEST(Unleash, WhatWouldMeanSomethingElseIsRefused) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({"fractional":[["on",50],["off",50]]})", "!rule_not_expressible at /targeting"},
        {R"({"if":[{"sem_ver":[{"var":"v"},">=","1.0.0"]},"on"]})",
         "!operation_not_expressible at /targeting/if/0/sem_ver"},
        {R"({"if":[{">":[{"var":"age"},18]},"on"]})", "!operation_not_expressible at /targeting/if/0/>"},
        {R"({"if":[{"==":[{"var":"age"},18]},"on"]})", "!comparison_not_expressible at /targeting/if/0/=="},
        {R"({"if":[{"==":[{"var":"a"},"1.0"]},"on"]})", "!comparison_not_expressible at /targeting/if/0/=="},
        {R"({"if":[{"==":[{"var":"a"},"0x1f"]},"on"]})", "!comparison_not_expressible at /targeting/if/0/=="},
        {R"({"if":[{"==":[{"var":"a"},"true"]},"on"]})", "!comparison_not_expressible at /targeting/if/0/=="},
        {R"({"if":[{"==":[{"var":"a"},""]},"on"]})", "!comparison_not_expressible at /targeting/if/0/=="},
        {R"({"if":[{"==":[{"var":"a"},"x "]},"on"]})", "!comparison_not_expressible at /targeting/if/0/=="},
        {R"({"if":[{"in":[{"var":"a"},["42"]]},"on"]})", "!comparison_not_expressible at /targeting/if/0/in"},
        {R"({"if":[{"starts_with":[{"var":"a"},""]},"on"]})",
         "!comparison_not_expressible at /targeting/if/0/starts_with"},
        {R"({"if":[{"==":[{"var":"user.email"},"x"]},"on"]})",
         "!variable_not_expressible at /targeting/if/0/=="},
        {R"({"if":[{"==":[{"var":"$flagd.flagKey"},"x"]},"on"]})",
         "!variable_not_expressible at /targeting/if/0/=="},
        {R"({"if":[{"==":[{"var":["a","x"]},"x"]},"on"]})",
         "!comparison_not_expressible at /targeting/if/0/=="},
        {R"({"if":[{"var":"a"},"on"]})", "!operation_not_expressible at /targeting/if/0/var"},
        {R"({"var":"a"})", "!rule_not_expressible at /targeting"}};
    for (const auto& [rule, expected] : cases)
        EXPECT_EQ(shown(rule), expected) << rule;
}

TEST(Unleash, ARuleThatExplodesIsRefused) {
    // Four alternatives that each need four others not to hold, and so on: 4^4 combinations.
    std::string rule = R"({"if":[)";
    for (char name = 'a'; name < 'e'; ++name) {
        rule += R"({"and":[)";
        for (int i = 0; i < 4; ++i)
            rule += std::string(i == 0 ? "" : ",") + R"({"==":[{"var":")" + name + std::to_string(i) +
                    R"("},"x"]})";
        rule += R"(]},"off",)";
    }
    EXPECT_TRUE(shown(rule + R"("on"]})").starts_with("!too_complex at "));
}

TEST(UnleashContext, FieldsStandBeforeProperties) {
    const std::vector<std::pair<std::string, std::string>> query{
        {"properties[plan]", "p"}, {"userId", "ada"}, {"properties[userId]", "eve"}, {"appName", "shop"}};
    const auto context = unleash_context(query);
    ASSERT_TRUE(context.ok());
    EXPECT_EQ(context->targeting_key, "ada");
    const std::vector<std::pair<std::string, std::string>> expected{
        {"appName", "shop"}, {"plan", "p"}, {"userId", "ada"}};
    EXPECT_EQ(context->attributes, expected);
    const auto same = unleash_context(std::string_view(
        R"({"context":{"userId":"ada","appName":"shop","properties":{"plan":"p","userId":"eve"}}})"));
    ASSERT_TRUE(same.ok());
    EXPECT_EQ(same->attributes, expected);
    // ECMA-262, Number::toString.
    const auto numbers =
        unleash_context(std::string_view(R"({"context":{"a":5.0,"b":5e0,"c":1e21,"d":-0.5,"e":true}})"));
    ASSERT_TRUE(numbers.ok());
    const std::vector<std::pair<std::string, std::string>> texts{
        {"a", "5"}, {"b", "5"}, {"c", "1e+21"}, {"d", "-0.5"}, {"e", "true"}};
    EXPECT_EQ(numbers->attributes, texts);
}

TEST(UnleashContext, BadOnesAreRefused) {
    for (const char* body : {"", "[]", "{}", R"({"context":[]})", R"({"context":{"a":{}}})",
                             R"({"context":{"a":[1]}})", R"({"context":{"properties":{"b":{}}}})"}) {
        const auto context = unleash_context(std::string_view(body));
        ASSERT_FALSE(context.ok()) << body;
        EXPECT_EQ(context.error().code, "invalid_context");
    }
    const std::vector<std::pair<std::string, std::string>> many(kMaxUnleashAttributes + 1, {"a", "b"});
    EXPECT_FALSE(unleash_context(many).ok());
}

TEST(Unleash, ListsTheTogglesThatAreOn) {
    const auto row = [](std::string key, const char* definition) {
        return FlagRow{{}, std::move(key), *parse_definition(definition)};
    };
    const FlagSet flags(
        {row("bad",
             R"({"state":"ENABLED","variants":{"on":true},"defaultVariant":"on","targeting":{"var":"x"}})"),
         row("no", R"({"state":"ENABLED","variants":{"off":false},"defaultVariant":"off"})"),
         row("none", R"({"state":"ENABLED","variants":{"a":"x"}})"),
         row("number", R"({"state":"ENABLED","variants":{"n":2.5},"defaultVariant":"n"})"),
         row("object", R"({"state":"ENABLED","variants":{"o":{"a":1}},"defaultVariant":"o"})"),
         row("sleeping", R"({"state":"DISABLED","variants":{"on":true},"defaultVariant":"on"})"),
         row("text", R"({"state":"ENABLED","variants":{"t":"a\"b"},"defaultVariant":"t"})"),
         row("yes", R"({"state":"ENABLED","variants":{"on":true},"defaultVariant":"on"})")},
        {});
    const std::vector<Member> attributes{{"x", Value::string("nope")}};
    const auto body = json::parse(unleash_toggles(flags, {.attributes = attributes}));
    std::string names;
    for (const auto& toggle : body["toggles"])
        names += toggle["name"].get<std::string>() + " ";
    EXPECT_EQ(names, "number object text yes ");
    EXPECT_EQ(body["toggles"][0]["variant"]["payload"], (json{{"type", "number"}, {"value", "2.5"}}));
    EXPECT_EQ(body["toggles"][1]["variant"]["payload"], (json{{"type", "json"}, {"value", R"({"a":1})"}}));
    EXPECT_EQ(body["toggles"][2]["variant"]["payload"], (json{{"type", "string"}, {"value", "a\"b"}}));
    EXPECT_EQ(body["toggles"][3]["variant"],
              (json{{"name", "disabled"}, {"enabled", false}, {"feature_enabled", true}}));
}

// A client counts names; only what the subject has of them is used.
TEST(Unleash, CountsBecomeUsage) {
    const FlagSet flags(
        {FlagRow{{},
                 "bool",
                 *parse_definition(R"({"state":"ENABLED","variants":{"on":true,"off":false,"also":true}})")},
         FlagRow{{}, "text", *parse_definition(R"({"state":"ENABLED","variants":{"a":"x","b":"y"}})")}},
        {});
    const std::vector<UnleashCount> counts{{"bool", "", 3, 2},  {"bool", "on", 3, 0}, {"text", "", 9, 9},
                                           {"text", "b", 4, 0}, {"text", "c", 5, 0},  {"none", "", 7, 7},
                                           {"text", "a", 0, 0}};
    std::string shown_uses;
    for (const auto& use : unleash_uses(flags, {}, counts))
        shown_uses += use.flag + "." + use.variant + "=" + std::to_string(use.count) + " ";
    EXPECT_EQ(shown_uses, "bool.also=3 bool.off=2 text.b=4 ");
}

TEST(Unleash, CountsAreRead) {
    const auto counts = unleash_counts(
        R"({"appName":"a","bucket":{"start":"x","stop":"y","toggles":{"f":{"yes":3,"no":1,"variants":{"red":2}}}}})");
    ASSERT_TRUE(counts.ok());
    ASSERT_EQ(counts->size(), 2U);
    EXPECT_EQ((*counts)[0].yes, 3U);
    EXPECT_EQ((*counts)[0].no, 1U);
    EXPECT_EQ((*counts)[1].variant, "red");
    EXPECT_EQ((*counts)[1].yes, 2U);
    for (const char* body :
         {"", "{}", R"({"appName":"a","bucket":{}})", R"({"appName":1,"bucket":{"toggles":{}}})",
          R"({"appName":"a","bucket":{"toggles":{"f":{"yes":-1}}}})",
          R"({"appName":"a","bucket":{"toggles":{"f":{"variants":{"r":"2"}}}}})",
          R"({"appName":"a","bucket":{"toggles":{"f":7}}})"})
        EXPECT_FALSE(unleash_counts(body).ok()) << body;
    EXPECT_FALSE(unleash_counts(R"({"appName":"a","bucket":{"toggles":{"f":{"yes":1000000001}}}})").ok());
    EXPECT_TRUE(check_unleash_registration(R"({"appName":"a","strategies":[]})").ok());
    EXPECT_FALSE(check_unleash_registration(R"({"appName":""})").ok());
}

}  // namespace
}  // namespace mortise::flags
