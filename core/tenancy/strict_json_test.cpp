#include "core/tenancy/strict_json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::tenancy {
namespace {

bool reads(std::string_view text, JsonLimits limits = {}) {
    nlohmann::json out;
    return parse_strict_json(text, limits, out).ok();
}

TEST(StrictJson, ReadsJson) {
    nlohmann::json out;
    ASSERT_TRUE(parse_strict_json(R"({"a": [1, {"a": "b"}], "b": {"a": null}})", {}, out));
    EXPECT_EQ(out["a"][1]["a"], "b");
    EXPECT_TRUE(reads("[]"));
    EXPECT_TRUE(reads(R"({"a":{"x":1},"b":{"x":1}})"));
}

TEST(StrictJson, RefusesWhatTwoReadersWouldReadDifferently) {
    for (const auto& bad : std::vector<std::string>{
             R"({"a":1,"a":2})",
             R"({"a":1,"\u0061":2})",
             R"({"x":{"a":1,"b":{"c":1,"c":1}}})",
             "\xEF\xBB\xBF{}",
             R"("\u0000")",
             R"({"\u0000":1})",
             "{} {}",
             "{,}",
             "[1,]",
             "'a'",
             "NaN",
             "1e999",
             "\"\xff\"",
             "\"\\ud800\"",
             "",
             "// c\n1",
         })
        EXPECT_FALSE(reads(bad)) << bad;
    EXPECT_FALSE(reads(std::string_view("{}\0", 3)));
    EXPECT_FALSE(reads(std::string_view("{}\0x", 4)));
}

TEST(StrictJson, KeepsTheLimits) {
    EXPECT_TRUE(reads("[[[1]]]", {.depth = 3}));
    EXPECT_FALSE(reads("[[[[1]]]]", {.depth = 3}));
    EXPECT_FALSE(reads(std::string(1 << 20, '['), {.size = 1 << 21}));
    nlohmann::json out;
    EXPECT_EQ(parse_strict_json("[1234]", {.size = 5}, out).error().code, "json_too_large");
}

TEST(PointerToken, EscapesAsRfc6901Says) {
    EXPECT_EQ(pointer_token("a/b~c"), "a~1b~0c");
}

}  // namespace
}  // namespace mortise::tenancy
