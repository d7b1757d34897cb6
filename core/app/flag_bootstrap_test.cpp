#include "core/app/flag_bootstrap.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace mortise::app {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

TEST(FlagBootstrap, AnEvaluationIsAFlagInMemory) {
    const auto made = ofrep_bootstrap(ordered_json::parse(R"({"flags": [
        {"key": "switch", "reason": "STATIC", "variant": "off", "value": false, "metadata": {"owner": "x"}},
        {"key": "sleeping", "reason": "DISABLED"},
        {"key": "broken", "errorCode": "GENERAL", "errorDetails": "It failed."},
        {"key": "object", "reason": "TARGETING_MATCH", "variant": "o", "value": {"a": [1, null]}}]})"));
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(json::parse(made->text), json::parse(R"({
        "switch": {"variants": {"off": false}, "defaultVariant": "off", "disabled": false},
        "sleeping": {"variants": {}, "defaultVariant": "", "disabled": true},
        "object": {"variants": {"o": {"a": [1, null]}}, "defaultVariant": "o", "disabled": false}})"));
    EXPECT_EQ(made->flags, 3U);
    ASSERT_EQ(made->left_out.size(), 1U);
    EXPECT_EQ(made->left_out.front().first, "broken");
    EXPECT_EQ(made->left_out.front().second, "GENERAL");
}

TEST(FlagBootstrap, WhatUnleashsClientsTakeIsKeptAsItIs) {
    const std::string answer =
        R"({"version": 2, "features": [{"name": "a", "enabled": true, "strategies": []}], "segments": [],)"
        R"( "mortise": {"omitted": [{"name": "half", "code": "rule_not_expressible", "pointer": "/targeting"}]}})";
    const auto made = unleash_bootstrap(answer);
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->text, answer + "\n");
    EXPECT_EQ(made->flags, 1U);
    ASSERT_EQ(made->left_out.size(), 1U);
    EXPECT_EQ(made->left_out.front().first, "half");
}

TEST(FlagBootstrap, WhatIsNoAnswerOfThisServerMakesNoFile) {
    for (const char* const text :
         {"", "[]", "{}", R"({"flags": {}})", R"({"flags": [1]})", R"({"flags": [{"value": 1}]})"})
        EXPECT_FALSE(ofrep_bootstrap(ordered_json::parse(text, nullptr, false)).ok()) << text;
    for (const char* const text : {"", "[]", "{}", R"({"features": {}})", "<html>"})
        EXPECT_FALSE(unleash_bootstrap(text).ok()) << text;
}

}  // namespace
}  // namespace mortise::app
