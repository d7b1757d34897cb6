#include "licenses/issuer/money.hpp"

#include <gtest/gtest.h>

namespace mortise::issuer {
namespace {

TEST(Money, IsReadExactly) {
    EXPECT_EQ(parse_money("1200.00 EUR")->ten_thousandths, 12'000'000);
    EXPECT_EQ(parse_money("0.0001 USD")->ten_thousandths, 1);
    EXPECT_EQ(parse_money("99999999999 JPY")->ten_thousandths, 999'999'999'990'000);
    for (const char* wrong : {"", "12", "12 eur", "12 EURO", " 12 EUR", "12. EUR", ".5 EUR", "-1 EUR",
                              "1.23456 EUR", "1,5 EUR", "1e3 EUR", "100000000000 EUR", "12  EUR"})
        EXPECT_FALSE(parse_money(wrong)) << wrong;
}

TEST(Money, IsRoundedHalfToEven) {
    EXPECT_EQ(format_amount(12'000'000), "1200.00");
    EXPECT_EQ(format_amount(50), "0.00");   // 0.0050
    EXPECT_EQ(format_amount(150), "0.02");  // 0.0150
    EXPECT_EQ(format_amount(151), "0.02");
    EXPECT_EQ(format_amount(149), "0.01");
}

TEST(Money, ForAYear) {
    constexpr licenses::Seconds kDay = 86400;
    EXPECT_EQ(for_a_year(12'000'000, 365 * kDay), 12'000'000);
    EXPECT_EQ(for_a_year(12'000'000, 730 * kDay), 6'000'000);
    EXPECT_EQ(for_a_year(1'000'000, 30 * kDay), 12'166'667);  // 100.00 for 30 days: 1216.6666… a year
    EXPECT_EQ(for_a_year(1'000'000, 0), 0);
}

}  // namespace
}  // namespace mortise::issuer
