#include "core/flags/numbers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace mortise::flags {
namespace {

std::string text(double number) {
    NumberBuffer buffer;
    return std::string(number_to_text(number, buffer));
}

// ECMA-262, 6.1.6.1.20, and the examples that go with it.
TEST(NumberToText, WritesAsEcmaScriptDoes) {
    const std::vector<std::pair<double, const char*>> cases{
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {-2.5, "-2.5"},
        {1.1, "1.1"},
        {100, "100"},
        {123456789, "123456789"},
        {1e20, "100000000000000000000"},
        {123456789012345680000.0, "123456789012345680000"},
        {1e21, "1e+21"},
        {1.5e21, "1.5e+21"},
        {1e-6, "0.000001"},
        {1.5e-6, "0.0000015"},
        {1e-7, "1e-7"},
        {-1.5e-7, "-1.5e-7"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {-1.7976931348623157e308, "-1.7976931348623157e+308"},
        {0.30000000000000004, "0.30000000000000004"},
        {9007199254740993.0, "9007199254740992"},
    };
    for (const auto& [number, expected] : cases)
        EXPECT_EQ(text(number), expected);
}

// ECMA-262, 7.1.4.1.1 (StringToNumber).
TEST(TextToNumber, ReadsAsEcmaScriptDoes) {
    const std::vector<std::pair<std::string, double>> cases{
        {"", 0},
        {"  \t\n", 0},
        {"1", 1},
        {" 1 ", 1},
        {"\xC2\xA0\xE2\x80\x83"
         "1"
         "\xEF\xBB\xBF",
         1},
        {"-1", -1},
        {"+1", 1},
        {"1.", 1},
        {".5", 0.5},
        {"-.5", -0.5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"1e-3", 0.001},
        {"0x1F", 31},
        {"0b101", 5},
        {"0o17", 15},
        {"010", 10},
        {"1e-999", 0},
        {"0.000e999", 0},
        {"Infinity", std::numeric_limits<double>::infinity()},
        {"-Infinity", -std::numeric_limits<double>::infinity()},
        {"1e999", std::numeric_limits<double>::infinity()},
        {"0.001e999999999999", std::numeric_limits<double>::infinity()},
    };
    for (const auto& [given, expected] : cases)
        EXPECT_EQ(text_to_number(given), expected) << given;
    for (const std::string none :
         {"a",   "1a",  "1 2", ".",   "+",        "-",     "e3",  "1e",  "1e+",   "0x",   "0xg",  "-0x1",
          "0b2", "inf", "nan", "NaN", "infinity", "1_000", "1,5", "--1", "0x1p3", "\xC2", "1\xC2"})
        EXPECT_TRUE(std::isnan(text_to_number(none))) << none;
}

}  // namespace
}  // namespace mortise::flags
