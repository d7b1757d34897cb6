#include "core/app/flag_diff.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace mortise::app {
namespace {

using nlohmann::json;

std::string told(const json& present, const json& wanted, bool whole = false) {
    std::string all;
    for (const auto& one : flag_differences(present, wanted, whole)) {
        all += one.kind == FlagDifferenceKind::kCreated   ? "+"
               : one.kind == FlagDifferenceKind::kDeleted ? "-"
                                                          : "~";
        all += one.key;
        for (const auto& pointer : one.pointers)
            all += " " + pointer;
        all += "; ";
    }
    return all;
}

const json kPresent = json::parse(R"({
    "fractional": "v2", "metadata": {"team": "x"}, "$evaluators": {"e": {"==": [1, 1]}},
    "flags": {"a": {"state": "ENABLED", "variants": {"on": true}}, "b": {"state": "ENABLED", "variants": {"on": true}}}})");

TEST(FlagDiff, WhatIsTheSameDiffersInNothing) {
    EXPECT_EQ(told(kPresent, kPresent), "");
    EXPECT_EQ(told(kPresent, kPresent, true), "");
    EXPECT_EQ(told(kPresent, json{{"flags", json::object()}}), "") << "an import leaves what it doesn't name";
}

TEST(FlagDiff, FlagsAreComparedByKey) {
    json wanted =
        json::parse(R"({"flags": {"a": {"variants": {"on": true}, "state": "DISABLED"}, "c": {}}})");
    EXPECT_EQ(told(kPresent, wanted), "~a /state; +c; ");
    EXPECT_EQ(told(kPresent, wanted, true), "~a /state; +c; -b; ~ /$evaluators/e /metadata/team; ");
}

TEST(FlagDiff, WhatIsSharedIsPutTogetherAsAnImportDoes) {
    EXPECT_EQ(told(kPresent, json::parse(R"({"flags": {}, "$evaluators": {"e": {"==": [1, 1]}}})")), "");
    EXPECT_EQ(told(kPresent, json::parse(R"({"flags": {}, "$evaluators": {"g": {"==": [1, 1]}}})")),
              "~ /$evaluators/g; ");
    EXPECT_EQ(told(kPresent, json::parse(R"({"flags": {}, "fractional": "v3"})")), "~ /fractional; ");
    EXPECT_EQ(told(kPresent, json::parse(R"({"flags": {}, "metadata": {}})")), "~ /metadata/team; ");
}

TEST(FlagDiff, BothFormsOfADocumentAreOne) {
    const auto listed =
        normal_document(json::parse(R"({"$schema": "s", "flags": [{"key": "a", "state": "ENABLED"}]})"));
    ASSERT_TRUE(listed.ok());
    EXPECT_EQ(*listed, json::parse(R"({"flags": {"a": {"state": "ENABLED"}}})"));
    for (const char* const bad :
         {"[]", "{}", R"({"flags": 1})", R"({"flags": [{}]})", R"({"flags": [1]})",
          R"({"flags": [{"key": "a"}, {"key": "a"}]})", R"({"flags": {}, "metadata": 1})"})
        EXPECT_FALSE(normal_document(json::parse(bad)).ok()) << bad;
    const auto twice = normal_document(json::parse(R"({"flags": [{"key": "a"}, {"key": "a"}]})"));
    EXPECT_EQ(twice.error().fields.at(0).pointer, "/flags/1/key");
}

TEST(FlagDiff, AChangeRequestMakesTheDifference) {
    const auto wanted = json::parse(R"({"flags": {"c": {"state": "ENABLED"}}, "fractional": "v3"})");
    const auto changes = planned_changes(kPresent, wanted, true);
    EXPECT_EQ(json(changes), json::parse(R"([
        {"op": "put_flag", "key": "c", "definition": {"state": "ENABLED"}},
        {"op": "delete_flag", "key": "a"}, {"op": "delete_flag", "key": "b"},
        {"op": "put_flag_set", "definition": {"fractional": "v3", "metadata": {}, "$evaluators": {}}}])"));
}

TEST(FlagDiff, FaultsOfAChangeRequestAreTheDocuments) {
    const auto changes = nlohmann::ordered_json::parse(
        R"([{"op": "put_flag", "key": "a/b"}, {"op": "put_flag_set"}, {"op": "delete_flag", "key": "c"}])");
    EXPECT_EQ(document_pointer(changes, "/changes/0/definition/state"), "/flags/a~1b/state");
    EXPECT_EQ(document_pointer(changes, "/changes/1/definition/metadata"), "/metadata");
    EXPECT_EQ(document_pointer(changes, "/changes/2"), "/flags/c");
    for (const char* const other : {"", "/title", "/changes", "/changes/3/definition", "/changes/x"})
        EXPECT_EQ(document_pointer(changes, other), other);
}

}  // namespace
}  // namespace mortise::app
