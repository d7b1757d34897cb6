#include "core/flags/document.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using Pointers = std::vector<std::string>;

constexpr char kFlag[] = R"({"state":"ENABLED","variants":{"x":1}})";

Pointers pointers(const std::vector<base::FieldError>& findings) {
    Pointers all;
    for (const auto& one : findings)
        all.push_back(one.pointer);
    return all;
}

Pointers faults_of(const std::string& document) {
    const auto parsed = parse_document(document);
    return parsed ? Pointers() : pointers(parsed.error().fields);
}

TEST(Document, HasFlagsAndWhatTheyShare) {
    const auto good = parse_document(R"({"$schema": "https://flagd.dev/schema/v0/flags.json", "flags": {
        "b": {"state":"ENABLED","variants":{"x":1}},
        "a": {"state":"ENABLED","variants":{"x":"y"},"metadata":{"v":"own"}}},
        "metadata": {"v":"set","flagSetId":"s"}, "$evaluators": {}})");
    ASSERT_TRUE(good) << good.error().code;
    ASSERT_EQ(good->flags.size(), 2U);
    EXPECT_EQ(good->flags[0].first, "a");
    EXPECT_EQ(good->flags[0].second.metadata, R"({"v":"own"})");
    EXPECT_EQ(good->set.metadata, R"({"flagSetId":"s","v":"set"})");
    EXPECT_TRUE(good->changes_set);
    EXPECT_TRUE(good->warnings.empty());
    EXPECT_EQ(merge_metadata(good->set.metadata, good->flags[0].second.metadata),
              R"({"flagSetId":"s","v":"own"})");
    EXPECT_EQ(merge_metadata(good->set.metadata, ""), good->set.metadata);
    EXPECT_EQ(merge_metadata("", ""), "");
    EXPECT_FALSE(parse_document(R"({"flags":{}})")->changes_set);
}

TEST(Document, IsAllOrNothing) {
    EXPECT_EQ(faults_of(R"({"flags": {
        "a": {"state":"ENABLED","variants":{"x":1}},
        "b/\u0001": {"state":"ENABLED","variants":{"x":1}},
        "d": {"state":"ON","variants":{"x":1,"y":true}}}})"),
              (Pointers{"/flags/b~1\x01", "/flags/d/state", "/flags/d/variants/y"}));
    EXPECT_EQ(faults_of("[]"), Pointers{""});
    EXPECT_EQ(faults_of("{}"), Pointers{"/flags"});
    EXPECT_EQ(faults_of(R"({"flags":{},"metadata":{"a":[]}})"), Pointers{"/metadata/a"});
    EXPECT_EQ(faults_of(R"({"flags":{},"fractional":"v1"})"), Pointers{"/fractional"});
    EXPECT_EQ(faults_of(R"({"flags":{},"$evaluators":[]})"), Pointers{"/$evaluators"});
    EXPECT_EQ(faults_of(R"({"flags":{},"$evaluators":{"a":{"nope":1}}})"), Pointers{"/$evaluators/a/nope"});
}

TEST(Document, FlagsMayBeAListUnlessItsSchemaForbidsIt) {
    const std::string list = R"("flags":[{"key":"b","state":"ENABLED","variants":{"x":1}},)"
                             R"({"key":"a","state":"ENABLED","variants":{"x":1}}])";
    const auto good = parse_document("{" + list + "}");
    ASSERT_TRUE(good);
    EXPECT_EQ(good->flags.at(0).first, "a");
    EXPECT_TRUE(parse_document(R"({"$schema":"https://flagd.dev/schema/v0/flagd.json",)" + list + "}"));
    EXPECT_EQ(faults_of(R"({"$schema":"https://flagd.dev/schema/v0/flags.json",)" + list + "}"),
              Pointers{"/flags"});
    EXPECT_EQ(faults_of(R"({"flags":[{"state":"ENABLED","variants":{"x":1}}]})"), Pointers{"/flags/0/key"});
    EXPECT_EQ(faults_of(R"({"flags":[5]})"), Pointers{"/flags/0/key"});
    EXPECT_EQ(faults_of(R"({"flags":[{"key":"a","state":"ENABLED","variants":{"x":1}},)"
                        R"({"key":"a","state":"ENABLED","variants":{"x":1}}]})"),
              Pointers{"/flags/1/key"});
}

TEST(Document, WhatOnlyTheSchemaForbidsIsAWarningWithoutASchema) {
    const std::string flags =
        R"("flags":{"f":{"state":"ENABLED","variants":{"x":1},"targeting":{"if":[{"starts_with":["a"]},"x"]}}})";
    const auto taken = parse_document("{" + flags + "}");
    ASSERT_TRUE(taken);
    EXPECT_EQ(pointers(taken->warnings), Pointers{"/flags/f/targeting/if/0/starts_with"});
    EXPECT_EQ(faults_of(R"({"$schema":"flagd.json",)" + flags + "}"),
              Pointers{"/flags/f/targeting/if/0/starts_with"});
}

TEST(Document, ItsRulesReferToItsEvaluatorsAndThoseOfTheSet) {
    SetDefinition set;
    set.rules.evaluators =
        std::make_shared<const nlohmann::json>(nlohmann::json::parse(R"({"old":{"==":[{"var":"a"},1]}})"));
    const auto parsed = parse_document(
        R"({"flags":{"f":{"state":"ENABLED","variants":{"x":1},"targeting":{"if":[{"$ref":"new"},"x"]}}},
            "$evaluators":{"new":{"and":[{"$ref":"old"},true]}}, "fractional":"v3"})",
        set);
    ASSERT_TRUE(parsed) << parsed.error().fields.at(0).pointer;
    EXPECT_NE(parsed->flags[0].second.rule, nullptr);
    EXPECT_EQ(parsed->set.rules.evaluators->size(), 2U);
    EXPECT_EQ(parsed->set.rules.fractional, FractionalVersion::kV3);
    const auto stored = read_stored_set(parsed->set.to_json());
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->to_json(), parsed->set.to_json());
}

TEST(Document, AReferenceToNothingIsNoRule) {
    const std::string flags =
        R"("flags":{"f":{"state":"ENABLED","variants":{"x":1},"targeting":{"if":[{"$ref":"no"},"x"]}}})";
    const auto taken = parse_document("{" + flags + "}");
    ASSERT_TRUE(taken);
    EXPECT_TRUE(taken->flags[0].second.targeted);
    EXPECT_EQ(taken->flags[0].second.rule, nullptr);
    EXPECT_EQ(pointers(taken->warnings), Pointers{"/flags/f/targeting/if/0/$ref"});
    // flagd's schema knows nothing of what a reference leads to.
    const auto by_schema = parse_document(R"({"$schema":"flags.json",)" + flags + "}");
    ASSERT_TRUE(by_schema);
    EXPECT_EQ(pointers(by_schema->warnings), Pointers{"/flags/f/targeting/if/0/$ref"});
}

TEST(Document, WhatIsNotKeptOfItIsAWarning) {
    const auto taken = parse_document(R"({"comment":"x","flags":{}})");
    ASSERT_TRUE(taken);
    EXPECT_EQ(pointers(taken->warnings), Pointers{"/comment"});
}

TEST(Document, RulesAreAsDeepAsInOneFlag) {
    const auto nested = [](int depth) {
        std::string rule = R"({"var":"x"})";
        for (int i = 1; i < depth; ++i)
            rule = R"({"!":[)" + rule + "]}";
        return R"({"flags":{"f":{"state":"ENABLED","variants":{"x":1},"targeting":)" + rule + "}}}";
    };
    EXPECT_TRUE(parse_document(nested(kMaxRuleDepth)));
    EXPECT_EQ(faults_of(nested(kMaxRuleDepth + 1)).size(), 1U);
}

TEST(Document, EvaluatorsInACircleAreRefused) {
    EXPECT_EQ(
        faults_of(R"({"flags":{},"$evaluators":{"a":{"!":[{"$ref":"b"}]},"b":{"!":[{"$ref":"a"}]}}})").size(),
        2U);
    EXPECT_EQ(faults_of(R"({"flags":{},"$evaluators":{"a":{"!":[{"$ref":"a"}]}}})"),
              Pointers{"/$evaluators/a/!/0/$ref"});
}

TEST(Document, KeepsItsLimits) {
    nlohmann::json document = {{"flags", nlohmann::json::object()}};
    for (int i = 0; i <= 10'000; ++i)
        document["flags"]["f" + std::to_string(i)] = nlohmann::json::parse(kFlag);
    EXPECT_EQ(faults_of(document.dump()), Pointers{"/flags"});
    document["flags"].erase("f0");
    EXPECT_EQ(parse_document(document.dump())->flags.size(), 10'000U);
}

TEST(SetDefinition, IsStrict) {
    const auto set = parse_set(R"({"fractional":"v3","metadata":{"a":1},"$evaluators":{"e":{"==":[1,1]}}})");
    ASSERT_TRUE(set);
    EXPECT_EQ(set->to_json(), R"({"fractional":"v3","metadata":{"a":1},"$evaluators":{"e":{"==":[1,1]}}})");
    EXPECT_EQ(parse_set("{}")->to_json(), R"({"fractional":"v2","metadata":{},"$evaluators":{}})");
    const auto code = [](std::string_view text) {
        const auto parsed = parse_set(text);
        return parsed ? std::string() : parsed.error().code + " " + parsed.error().fields.at(0).pointer;
    };
    EXPECT_EQ(code("[]"), "invalid_flag_set ");
    EXPECT_EQ(code(R"({"flags":{}})"), "invalid_flag_set /flags");
    EXPECT_EQ(code(R"({"$evaluators":{"e":{"cat":"x"}}})"), "invalid_flag_set /$evaluators/e/cat");
    EXPECT_EQ(code(R"({"$evaluators":{"":{"==":[1,1]}}})"), "invalid_flag_set /$evaluators/");
}

}  // namespace
}  // namespace mortise::flags
