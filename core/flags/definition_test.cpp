#include "core/flags/definition.hpp"

#include <gtest/gtest.h>

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

std::string code_of(std::string_view text) {
    const auto parsed = parse_definition(text);
    return parsed ? "" : parsed.error().code;
}

std::vector<std::string> pointers_of(std::string_view text) {
    std::vector<std::string> pointers;
    const auto parsed = parse_definition(text);
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

TEST(Definition, ARuleIsCheckedAndCompiled) {
    const auto parsed =
        parse_definition(R"({"state":"ENABLED","variants":{"a":1},"targeting":{"if":[true,"a"]}})");
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->targeted);
    EXPECT_NE(parsed->rule, nullptr);
    EXPECT_EQ(parsed->json, R"({"state":"ENABLED","variants":{"a":1},"targeting":{"if":[true,"a"]}})");
    const auto plain = parse_definition(R"({"state":"ENABLED","variants":{"a":1},"targeting":{}})");
    ASSERT_TRUE(plain);
    EXPECT_FALSE(plain->targeted);

    using Pointers = std::vector<std::string>;
    const auto with_rule = [](const std::string& rule) {
        return pointers_of(R"({"state":"ENABLED","variants":{"a":1},"targeting":)" + rule + "}");
    };
    EXPECT_EQ(with_rule("5"), Pointers{"/targeting"});
    EXPECT_EQ(with_rule(R"({"nope":[1]})"), Pointers{"/targeting/nope"});
    EXPECT_EQ(with_rule(R"({"if":[{"a/b":[1]},"a"]})"), Pointers{"/targeting/if/0/a~1b"});
    EXPECT_EQ(with_rule(R"({"if":[{"$ref":"x"},"a"]})"), Pointers{"/targeting/if/0/$ref"});
    // With another fault both are named.
    EXPECT_EQ(pointers_of(R"({"state":"x","variants":{"a":1},"targeting":{"nope":1}})"),
              (Pointers{"/state", "/targeting/nope"}));
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
              "invalid_flag");
    EXPECT_EQ(code_of(R"({"state":"ENABLED","variants":{"a":1},"targeting":{"!":)" + std::string(200, '[') +
                      std::string(200, ']') + "}}"),
              "invalid_json");
    EXPECT_EQ(code_of(R"({"state":"ENABLED","state":"ENABLED","variants":{"a":1}})"), "invalid_json");
    EXPECT_EQ(code_of(R"({"state":"ENABLED","variants":{"a":1,"\u0061":2}})"), "invalid_json");
}

TEST(FlagKey, HasAForm) {
    for (const std::string good :
         {"a", "new-checkout", "A.b_c-9", "0", "a b", "a/b", "team:f", "\xc3\xa4", "a%20b", "\"\\"})
        EXPECT_TRUE(is_flag_key(good)) << good;
    EXPECT_TRUE(is_flag_key(std::string(128, 'a')));
    for (const std::string bad : {"", "\xc3", "\xed\xa0\x80", "a\n", "\x7f", ".", ".."})
        EXPECT_FALSE(is_flag_key(bad)) << bad;
    EXPECT_FALSE(is_flag_key(std::string(129, 'a')));
}

}  // namespace
}  // namespace mortise::flags
