#include "core/flags/coercion.hpp"

#include "core/flags/value_reader.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace mortise::flags {
namespace {

class Coercion : public ::testing::Test {
 protected:
    Value value(std::string_view json) { return *read_value(json, {}, memory); }
    std::string text(std::string_view json) {
        const auto made = to_text(value(json), memory);
        return made ? std::string(*made) : "none";
    }
    std::optional<bool> holds(Comparison comparison, std::string_view a, std::string_view b) {
        return compare(comparison, value(a), value(b));
    }
    Arena memory{1 << 20};
};

TEST_F(Coercion, SomeValuesAreFalse) {
    for (const auto* const json : {"null", "false", "0", "-0", "\"\"", "[]", "{}"})
        EXPECT_FALSE(truthy(value(json))) << json;
    for (const auto* const json : {"true", "1", "-0.5", "\"0\"", "[0]", R"({"a":0})"})
        EXPECT_TRUE(truthy(value(json))) << json;
}

TEST_F(Coercion, EveryValueHasAText) {
    EXPECT_EQ(text("null"), "null");
    EXPECT_EQ(text("true"), "true");
    EXPECT_EQ(text("1.50"), "1.5");
    EXPECT_EQ(text("\"a\""), "a");
    EXPECT_EQ(text("[]"), "");
    EXPECT_EQ(text("[1,null,[2,[3]],\"x\",false]"), "1,,2,3,x,false");
    EXPECT_EQ(text(R"({"a":1})"), "[object Object]");
}

TEST_F(Coercion, NumbersComeFromScalars) {
    EXPECT_EQ(to_number(value("null")), 0);
    EXPECT_EQ(to_number(value("true")), 1);
    EXPECT_EQ(to_number(value("\"2.5\"")), 2.5);
    EXPECT_FALSE(to_number(value("\"x\"")));
    EXPECT_FALSE(to_number(value("[1]")));
    EXPECT_FALSE(to_number(value("{}")));
}

TEST_F(Coercion, TextIsComparedAsText) {
    EXPECT_EQ(holds(Comparison::kLess, "\"10\"", "\"9\""), true);
    EXPECT_EQ(holds(Comparison::kEqual, "\"1\"", "\"1.0\""), false);
    EXPECT_EQ(holds(Comparison::kGreaterOrEqual, "\"b\"", "\"a\""), true);
    // U+FF5E comes before U+1F600 as code points, after it as UTF-16.
    EXPECT_GT(compare_text("\xEF\xBD\x9E", "\xF0\x9F\x98\x80"), 0);
    EXPECT_LT(compare_text("\xF0\x9F\x98\x80", "\xEF\xBD\x9E"), 0);
    EXPECT_LT(compare_text("\xE2\x82\xAC", "\xF0\x9F\x98\x80"), 0);
    EXPECT_LT(compare_text("a", "ab"), 0);
    EXPECT_EQ(compare_text("", ""), 0);
}

TEST_F(Coercion, EverythingElseIsComparedAsNumbers) {
    EXPECT_EQ(holds(Comparison::kEqual, "1", "\"1.0\""), true);
    EXPECT_EQ(holds(Comparison::kEqual, "true", "1"), true);
    EXPECT_EQ(holds(Comparison::kLess, "\"2\"", "10"), true);
    EXPECT_EQ(holds(Comparison::kNotEqual, "0", "\"\""), false);
    EXPECT_FALSE(holds(Comparison::kEqual, "1", "\"x\""));
    EXPECT_FALSE(holds(Comparison::kLess, "[1]", "2"));
    EXPECT_FALSE(holds(Comparison::kEqual, "{}", "{}"));
}

TEST_F(Coercion, NullIsAnAbsentNumber) {
    EXPECT_EQ(holds(Comparison::kEqual, "null", "null"), true);
    EXPECT_EQ(holds(Comparison::kEqual, "null", "0"), true);
    EXPECT_EQ(holds(Comparison::kEqual, "null", "1"), false);
    EXPECT_EQ(holds(Comparison::kLess, "null", "1"), true);
    EXPECT_EQ(holds(Comparison::kEqual, "null", "\"\""), false);
    EXPECT_EQ(holds(Comparison::kNotEqual, "null", "\"x\""), true);
    EXPECT_EQ(holds(Comparison::kLess, "null", "\"x\""), false);
    EXPECT_EQ(holds(Comparison::kLess, "null", "\"2\""), true);
}

TEST_F(Coercion, StrictlyEqualAreValuesOfOneType) {
    EXPECT_TRUE(strictly_equal(value("1"), value("1.0")));
    EXPECT_FALSE(strictly_equal(value("1"), value("\"1\"")));
    EXPECT_FALSE(strictly_equal(value("null"), value("false")));
    const auto list = value("[1]");
    EXPECT_TRUE(strictly_equal(list, list));
    EXPECT_FALSE(strictly_equal(list, value("[1]")));
    EXPECT_FALSE(strictly_equal(value("[]"), value("[]")));
}

}  // namespace
}  // namespace mortise::flags
