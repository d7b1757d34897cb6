#include "tables/xlsx_number.hpp"

#include "feel/temporal.hpp"
#include "feel/value.hpp"
#include "tables/literal.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace rules::tables {
namespace {

constexpr std::int64_t kDaysTo1900 = 25'569;  // from 1899-12-30 to 1970-01-01
constexpr std::int64_t kDaysTo1904 = 24'107;
constexpr std::int64_t kNoLeapDay = 60;  // 1900-02-29, which spreadsheets believe in
constexpr double kMaxDays = 3'000'000;

std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(number))
        return std::nullopt;
    return number;
}

}  // namespace

bool is_date_format(unsigned id) {
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) ||
           (id >= 50 && id <= 58);
}

bool is_date_format(std::string_view code) {
    constexpr std::string_view kLetters = "yYmMdDhHsS";
    for (std::size_t at = 0; at < code.size() && code[at] != ';'; ++at) {
        if (code[at] == '"' || code[at] == '[') {
            at = code.find(code[at] == '"' ? '"' : ']', at + 1);
            if (at == code.npos) return false;
        } else if (code[at] == '\\' || code[at] == '_' || code[at] == '*') {
            ++at;
        } else if (kLetters.find(code[at]) != kLetters.npos) {
            return true;
        }
    }
    return false;
}

// Spreadsheets calculate with doubles: the shortest text that means the same one.
std::optional<std::string> feel_number(std::string_view text) {
    const auto number = number_of(text);
    if (!number) return std::nullopt;
    std::array<char, 1'100> digits;
    const auto written =
        std::to_chars(digits.data(), digits.data() + digits.size(), *number, std::chars_format::fixed);
    return std::string(digits.data(), written.ptr);
}

std::optional<std::string> feel_date(std::string_view text, bool from_1904) {
    const auto number = number_of(text);
    if (!number || *number < 0 || *number > kMaxDays) return std::nullopt;
    const auto seconds = static_cast<std::int64_t>(std::llround(*number * feel::kSecondsPerDay));
    std::int64_t days = seconds / feel::kSecondsPerDay;
    const std::int64_t nanos = seconds % feel::kSecondsPerDay * feel::kNanosPerSecond;
    if (days == 0 && nanos != 0) return feel_literal(feel::Value::time({nanos, {}}));
    if (!from_1904 && days < kNoLeapDay) ++days;
    const auto date = feel::Date::from_days(days - (from_1904 ? kDaysTo1904 : kDaysTo1900));
    if (!date) return std::nullopt;
    if (nanos == 0) return feel_literal(feel::Value::date(*date));
    return feel_literal(feel::Value::date_time({*date, nanos, {}}));
}

}  // namespace rules::tables
