#include "analysis/scale.hpp"

#include "dmn/test_model.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace rules::analysis {
namespace {

using dmn::testing::feel_value;
using feel::Value;

// What lies between two literals, as one; `null` for no end. "nothing" if there is nothing.
std::string found(std::string_view low, std::string_view high) {
    const Value from = feel_value(low);
    const Value to = feel_value(high);
    const auto value = between(from.is_null() ? to.kind() : from.kind(), from, to);
    if (!value) return "nothing";
    EXPECT_TRUE(from.is_null() || before(from, *value)) << low << literal(*value);
    EXPECT_TRUE(to.is_null() || before(*value, to)) << literal(*value) << high;
    EXPECT_TRUE(identical(feel_value(literal(*value)), *value)) << literal(*value);
    return literal(*value);
}

TEST(Scale, BetweenNumbers) {
    EXPECT_EQ(found("1", "5"), "2");
    EXPECT_EQ(found("1", "2"), "1.5");
    EXPECT_EQ(found("null", "-3.5"), "-4");
    EXPECT_EQ(found("1.5", "null"), "2");
    EXPECT_EQ(found("1.000000000000000000000000000000001", "1.000000000000000000000000000000002"), "nothing");
    EXPECT_EQ(found("9.999999999999999999999999999999997", "9.999999999999999999999999999999999"),
              "9.999999999999999999999999999999998");
    EXPECT_NE(found("10**6000", "2*10**6000"), "nothing");
    EXPECT_NE(found("4*10**6144", "null"), "nothing");
    EXPECT_NE(found("-9*10**6144", "9*10**6144"), "nothing");
}

TEST(Scale, BetweenStrings) {
    EXPECT_EQ(found("\"a\"", "null"), "\"other\"");
    EXPECT_EQ(found("\"other\"", "null"), "\"othera\"");
    EXPECT_EQ(found("null", "\"\""), "nothing");
    EXPECT_EQ(found("null", "\"a\""), "\"\"");
    EXPECT_NE(found("\"a\"", "\"aa\""), "nothing");
    EXPECT_EQ(found("\"a\\\"\"", "\"a\\\"b\""), "\"a\\\"a\"");
}

TEST(Scale, BetweenTemporals) {
    EXPECT_EQ(found("date(\"2024-02-28\")", "date(\"2024-03-01\")"), "date(\"2024-02-29\")");
    EXPECT_EQ(found("date(\"2024-02-29\")", "date(\"2024-03-01\")"), "nothing");
    EXPECT_EQ(found("time(\"23:59:00\")", "null"), "time(\"23:59:01\")");
    EXPECT_EQ(found("null", "time(\"00:00:00\")"), "nothing");
    EXPECT_EQ(found("time(\"10:00:00\")", "time(\"10:00:00.000000001\")"), "nothing");
    EXPECT_EQ(found("time(\"10:00:00Z\")", "null"), "time(\"11:00:00Z\")");
    EXPECT_NE(found("null", "time(\"00:00:00Z\")"), "nothing");
    EXPECT_EQ(found("@\"2024-01-01T00:00:00\"", "null"), "date and time(\"2024-01-02T00:00:00\")");
    EXPECT_EQ(found("@\"2024-01-01T00:00:00Z\"", "@\"2024-01-01T02:00:00+01:00\""),
              "date and time(\"2024-01-01T00:01:00Z\")");
    EXPECT_EQ(found("duration(\"P1Y\")", "duration(\"P1Y1M\")"), "nothing");
    EXPECT_EQ(found("duration(\"P1D\")", "null"), "duration(\"P2D\")");
    EXPECT_EQ(found("false", "true"), "nothing");
}

}  // namespace
}  // namespace rules::analysis
