#include "feel/decimal.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace rules::feel {
namespace {

Decimal number(std::string_view text) {
    return Decimal::parse(text).value();
}

TEST(Decimal, ReadsAndWritesNumbers) {
    for (const auto text : {"0", "1", "-1", "0.1", "-0.001", "1234567890123456789012345678901234",
                            "0.000000000000000000000000000000000012", "123456789.987654321"})
        EXPECT_EQ(number(text).to_string(), text);
    EXPECT_EQ(number("1.500").to_string(), "1.5");
    EXPECT_EQ(number("-0").to_string(), "0");
    EXPECT_EQ(number("1E3").to_string(), "1000");
    EXPECT_EQ(number("+12").to_string(), "12");
    EXPECT_EQ(number("1E-400000000000").to_string(), "0");
}

TEST(Decimal, RefusesWhatIsNoNumber) {
    for (const auto text : {"", "-", ".", "1.", "1e", "1e+", "a", "1 ", " 1", "--1", "1.2.3", "0x1", "NaN",
                            "Infinity", "1E99999999999"})
        EXPECT_FALSE(Decimal::parse(text)) << text;
}

TEST(Decimal, KeepsThirtyFourDigitsRoundedHalfToEven) {
    EXPECT_EQ(number("12345678901234567890123456789012345").to_string(),
              "12345678901234567890123456789012340");
    EXPECT_EQ(number("12345678901234567890123456789012355").to_string(),
              "12345678901234567890123456789012360");
    EXPECT_EQ(Decimal::divide(Decimal::of(2), Decimal::of(3))->to_string(),
              "0.6666666666666666666666666666666667");
}

TEST(Decimal, CalculatesExactlyWhereDoublesDoNot) {
    EXPECT_EQ(*Decimal::add(number("0.1"), number("0.2")), number("0.3"));
    EXPECT_EQ(Decimal::subtract(number("5"), number("7.5"))->to_string(), "-2.5");
    EXPECT_EQ(Decimal::multiply(number("99999999999"), number("99999999999"))->to_string(),
              "9999999999800000000001");
    EXPECT_EQ(Decimal::add(Decimal::of(INT64_MAX), Decimal::of(INT64_MAX))->to_string(),
              "18446744073709551614");
    EXPECT_EQ(Decimal::of(INT64_MIN).to_string(), "-9223372036854775808");
}

TEST(Decimal, HasNoInfinityAndNoNan) {
    EXPECT_FALSE(Decimal::divide(Decimal::of(1), Decimal()));
    EXPECT_FALSE(Decimal::sqrt(Decimal::of(-1)));
    EXPECT_FALSE(Decimal::log(Decimal()));
    EXPECT_FALSE(Decimal::multiply(number("1E6144"), Decimal::of(10)));
    EXPECT_FALSE(Decimal::from_double(NAN));
    EXPECT_FALSE(Decimal::power(Decimal(), Decimal::of(-1)));
    EXPECT_FALSE(Decimal::modulo(Decimal::of(1), Decimal()));
}

TEST(Decimal, RaisesToPowers) {
    EXPECT_EQ(Decimal::power(Decimal::of(2), Decimal::of(100))->to_string(),
              "1267650600228229401496703205376");
    EXPECT_EQ(Decimal::power(Decimal::of(2), Decimal::of(-2))->to_string(), "0.25");
    EXPECT_EQ(Decimal::power(Decimal::of(5), Decimal())->to_string(), "1");
}

TEST(Decimal, RoundsInEachWay) {
    using enum Decimal::Rounding;
    const auto rounded = [](std::string_view text, std::int64_t scale, Decimal::Rounding rounding) {
        return number(text).rounded(scale, rounding)->to_string();
    };
    EXPECT_EQ(rounded("2.5", 0, kHalfEven), "2");
    EXPECT_EQ(rounded("3.5", 0, kHalfEven), "4");
    EXPECT_EQ(rounded("-5.5", 0, kUp), "-6");
    EXPECT_EQ(rounded("-5.5", 0, kDown), "-5");
    EXPECT_EQ(rounded("-5.5", 0, kFloor), "-6");
    EXPECT_EQ(rounded("-5.5", 0, kCeiling), "-5");
    EXPECT_EQ(rounded("5.125", 2, kHalfUp), "5.13");
    EXPECT_EQ(rounded("5.125", 2, kHalfDown), "5.12");
    EXPECT_EQ(rounded("-5.1251", 2, kHalfDown), "-5.13");
    EXPECT_EQ(rounded("1234", -2, kHalfUp), "1200");
    EXPECT_EQ(rounded("1.5", 6000, kHalfUp), "1.5");
    EXPECT_FALSE(number("1").rounded(7000, kHalfUp));
}

TEST(Decimal, ComparesAndHashesByValue) {
    EXPECT_EQ(number("1.0"), number("1"));
    EXPECT_EQ(number("1.0").hash(), number("1").hash());
    EXPECT_EQ(number("1E30").hash(), number("1000000000000000000000000000000").hash());
    EXPECT_EQ(number("-0").hash(), number("0.000").hash());
    EXPECT_EQ(number("-0"), number("0"));
    EXPECT_LT(number("-2"), number("-1"));
    EXPECT_LT(number("-1"), number("0.5"));
    EXPECT_LT(number("0.99"), number("1"));
}

TEST(Decimal, ConvertsToIntegers) {
    EXPECT_EQ(number("12.0").to_integer(), 12);
    EXPECT_EQ(number("1E3").to_integer(), 1000);
    EXPECT_FALSE(number("12.5").to_integer());
    EXPECT_EQ(number("-12.5").truncated(), -12);
    EXPECT_FALSE(number("1E30").truncated());
    EXPECT_TRUE(number("1E30").integer());
}

TEST(Decimal, WritesJsonWithAllItsDigitsAndNoMore) {
    EXPECT_EQ(number("1E400").to_json(), "1E400");
    EXPECT_EQ(number("0.1").to_json(), "0.1");
    EXPECT_EQ(number("1E-50").to_json(), "1E-50");
}

}  // namespace
}  // namespace rules::feel
