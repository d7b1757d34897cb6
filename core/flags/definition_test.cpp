#include "core/flags/definition.hpp"

#include "core/base/file.hpp"
#include "core/tenancy/strict_json.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

constexpr char kGood[] = R"({
    "state": "ENABLED",
    "variants": {"on": true, "off": false},
    "defaultVariant": "off",
    "metadata": {"owner": "team", "since": 2}
})";

std::string code_of(std::string_view json) {
    const auto parsed = parse_definition(json);
    return parsed ? "" : parsed.error().code;
}

std::vector<std::string> pointers_of(std::string_view json) {
    std::vector<std::string> pointers;
    const auto parsed = parse_definition(json);
    if (!parsed)
        for (const auto& field : parsed.error().fields)
            pointers.push_back(field.pointer);
    return pointers;
}

TEST(Definition, IsReadAndWrittenCompactly) {
    const auto parsed = parse_definition(kGood);
    ASSERT_TRUE(parsed) << parsed.error().code;
    EXPECT_TRUE(parsed->enabled);
    EXPECT_EQ(parsed->type, VariantType::kBoolean);
    ASSERT_EQ(parsed->variants.size(), 2U);
    ASSERT_TRUE(parsed->default_variant);
    EXPECT_EQ(parsed->variants[*parsed->default_variant].name, "off");
    EXPECT_EQ(parsed->find("on")->value, "true");
    EXPECT_EQ(parsed->find("maybe"), nullptr);
    EXPECT_EQ(parsed->json, R"({"state":"ENABLED","variants":{"off":false,"on":true},"defaultVariant":"off",)"
                            R"("metadata":{"owner":"team","since":2}})");
    EXPECT_EQ(parse_definition(parsed->json)->json, parsed->json);
}

TEST(Definition, TakesEveryTypeOfVariant) {
    EXPECT_EQ(parse_definition(R"({"state":"DISABLED","variants":{"a":"x","b":""}})")->type,
              VariantType::kString);
    EXPECT_EQ(parse_definition(R"({"state":"ENABLED","variants":{"a":1,"b":2.5}})")->type,
              VariantType::kNumber);
    EXPECT_EQ(parse_definition(R"({"state":"ENABLED","variants":{"a":{},"b":{"c":[1]}}})")->type,
              VariantType::kObject);
    EXPECT_FALSE(
        parse_definition(R"({"state":"ENABLED","variants":{"a":1},"defaultVariant":null})")->default_variant);
    EXPECT_EQ(code_of(R"({"state":"ENABLED","variants":{"a":1},"targeting":{}})"), "");
}

TEST(Definition, FaultsHavePointers) {
    using Pointers = std::vector<std::string>;
    EXPECT_EQ(pointers_of("[]"), Pointers{""});
    EXPECT_EQ(pointers_of("{}"), (Pointers{"/state", "/variants"}));
    EXPECT_EQ(pointers_of(R"({"state":"enabled","variants":{"a":1}})"), Pointers{"/state"});
    EXPECT_EQ(pointers_of(R"({"state":true,"variants":{"a":1}})"), Pointers{"/state"});
    EXPECT_EQ(pointers_of(R"({"state":"ENABLED","variants":{}})"), Pointers{"/variants"});
    EXPECT_EQ(pointers_of(R"({"state":"ENABLED","variants":[1]})"), Pointers{"/variants"});
    EXPECT_EQ(pointers_of(R"({"state":"ENABLED","variants":{"a":1,"b/c":"x"}})"), Pointers{"/variants/b~1c"});
    EXPECT_EQ(pointers_of(R"({"state":"ENABLED","variants":{"a":null}})"), Pointers{"/variants/a"});
    EXPECT_EQ(pointers_of(R"({"state":"ENABLED","variants":{"a":[1]}})"), Pointers{"/variants/a"});
    EXPECT_EQ(pointers_of(R"({"state":"ENABLED","variants":{"a":1},"defaultVariant":"b"})"),
              Pointers{"/defaultVariant"});
    EXPECT_EQ(pointers_of(R"({"state":"ENABLED","variants":{"a":1},"defaultVariant":1})"),
              Pointers{"/defaultVariant"});
    EXPECT_EQ(pointers_of(R"({"state":"ENABLED","variants":{"a":1},"metadata":{"x":{}}})"),
              Pointers{"/metadata/x"});
    EXPECT_EQ(pointers_of(R"({"state":"ENABLED","variants":{"a":1},"Targeting":{}})"),
              Pointers{"/Targeting"});
}

TEST(Definition, TargetingIsRefusedClearly) {
    const auto parsed =
        parse_definition(R"({"state":"ENABLED","variants":{"a":1},"targeting":{"if":[true,"a"]}})");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind, base::ErrorKind::kUnprocessable);
    EXPECT_EQ(parsed.error().code, "targeting_not_available");
    EXPECT_EQ(parsed.error().fields.at(0).pointer, "/targeting");
    // With another fault it is that one first.
    EXPECT_EQ(code_of(R"({"state":"x","variants":{"a":1},"targeting":{"if":[true,"a"]}})"), "invalid_flag");
}

TEST(Definition, KeepsItsLimits) {
    nlohmann::json flag = nlohmann::json::parse(kGood);
    flag.erase("defaultVariant");
    flag["variants"] = nlohmann::json::object();
    for (int i = 0; i < 1000; ++i)
        flag["variants"]["v" + std::to_string(i)] = i;
    EXPECT_EQ(code_of(flag.dump()), "");
    flag["variants"]["one more"] = 1;
    EXPECT_EQ(code_of(flag.dump()), "invalid_flag");
    EXPECT_EQ(
        code_of(R"({"state":"ENABLED","variants":{"a":")" + std::string(kMaxDefinitionSize, 'x') + "\"}}"),
        "json_too_large");
    EXPECT_EQ(code_of(R"({"state":"ENABLED","variants":{"a":{"x":)" + std::string(40, '[') +
                      std::string(40, ']') + "}}}"),
              "invalid_json");
    EXPECT_EQ(code_of(R"({"state":"ENABLED","state":"ENABLED","variants":{"a":1}})"), "invalid_json");
    EXPECT_EQ(code_of(R"({"state":"ENABLED","variants":{"a":1,"\u0061":2}})"), "invalid_json");
}

TEST(FlagKey, HasAForm) {
    for (const std::string good : {"a", "new-checkout", "A.b_c-9", "0"})
        EXPECT_TRUE(is_flag_key(good)) << good;
    EXPECT_TRUE(is_flag_key(std::string(128, 'a')));
    for (const std::string bad : {"", "a b", "a/b", "\xc3\xa4", "a\n", "a%20b", ".", ".."})
        EXPECT_FALSE(is_flag_key(bad)) << bad;
    EXPECT_FALSE(is_flag_key(std::string(129, 'a')));
}

TEST(Document, IsAllOrNothing) {
    const auto good = parse_document(R"({"$schema": "https://flagd.dev/schema/v0/flags.json", "flags": {
        "b": {"state":"ENABLED","variants":{"x":1}},
        "a": {"state":"ENABLED","variants":{"x":"y"},"metadata":{"v":"own"}}},
        "metadata": {"v":"set","flagSetId":"s"}, "$evaluators": {}})");
    ASSERT_TRUE(good) << good.error().code;
    ASSERT_EQ(good->size(), 2U);
    EXPECT_EQ((*good)[0].first, "a");
    EXPECT_EQ((*good)[0].second.metadata, R"({"flagSetId":"s","v":"own"})");
    EXPECT_EQ((*good)[1].second.metadata, R"({"flagSetId":"s","v":"set"})");

    const auto bad = parse_document(R"({"flags": {
        "a": {"state":"ENABLED","variants":{"x":1}},
        "b/c": {"state":"ENABLED","variants":{"x":1}},
        "d": {"state":"ON","variants":{"x":1,"y":true}}}, "extra": 1})");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, "invalid_flag");
    std::vector<std::string> pointers;
    for (const auto& field : bad.error().fields)
        pointers.push_back(field.pointer);
    EXPECT_EQ(pointers,
              (std::vector<std::string>{"/extra", "/flags/b~1c", "/flags/d/state", "/flags/d/variants/y"}));
    EXPECT_EQ(parse_document("[]").error().code, "invalid_flag");
    EXPECT_EQ(parse_document("{}").error().code, "invalid_flag");
    EXPECT_EQ(parse_document(R"({"flags":{},"$evaluators":{"x":{"==":[1,1]}}})").error().code,
              "targeting_not_available");
}

// The documents of open-feature/flagd-schemas (Apache-2.0), read from the folder that MORTISE_CONFORMANCE
// names.
class FlagdSchemas : public ::testing::Test {
 protected:
    void SetUp() override {
        const char* const root = std::getenv("MORTISE_CONFORMANCE");
        folder = std::filesystem::path(root != nullptr ? root : MORTISE_CONFORMANCE_DEFAULT) /
                 "flagd/schema/test/flags";
        if (std::filesystem::is_directory(folder)) return;
        const char* const ci = std::getenv("CI");
        if (ci != nullptr && std::string(ci) == "true") FAIL() << folder << " is missing";
        GTEST_SKIP() << folder
                     << " is missing: it is json/test/flags of github.com/open-feature/flagd-schemas";
    }
    std::string code_of(const std::filesystem::path& file) {
        const auto text = base::read_file(file, 1 << 20);
        if (!text) return "unreadable";
        const auto parsed = parse_document(*text);
        return parsed ? "" : parsed.error().code;
    }
    std::filesystem::path folder;
};

TEST_F(FlagdSchemas, TheNegativeDocumentsAreRefused) {
    for (const auto& entry : std::filesystem::directory_iterator(folder / "negative")) {
        const auto code = code_of(entry.path());
        EXPECT_TRUE(code == "invalid_flag" || code == "targeting_not_available")
            << entry.path() << " " << code;
    }
}

TEST_F(FlagdSchemas, ThePositiveDocumentsAreReadUnlessTheyHaveRules) {
    for (const auto* const name : {"no-default-variant.json", "null-default-variant.json",
                                   "undefined-default-variant.json", "with-metadata.json"})
        EXPECT_EQ(code_of(folder / "positive" / name), "") << name;
    EXPECT_EQ(code_of(folder / "positive/with-valid-targeting.json"), "targeting_not_available");
}

}  // namespace
}  // namespace mortise::flags
