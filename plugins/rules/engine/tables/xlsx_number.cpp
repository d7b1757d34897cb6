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
constexpr double kMaxDays = 2'958'466;   // 10000-01-01
constexpr std::int64_t kMillisPerDay = feel::kSecondsPerDay * 1'000;
constexpr std::int64_t kNanosPerMilli = feel::kNanosPerSecond / 1'000;

std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(number))
        return std::nullopt;
    return number;
}

// To the millisecond, as exact as spreadsheets are.
std::optional<std::int64_t> millis_of(std::string_view days) {
    const auto number = number_of(days);
    if (!number || std::abs(*number) >= kMaxDays) return std::nullopt;
    return std::llround(*number * static_cast<double>(kMillisPerDay));
}

// What stands between the brackets of a number format: `h`, `mm` and the like are hours, minutes or seconds
// that go on beyond a day's; else it is a colour, a condition or a language.
bool is_elapsed(std::string_view bracketed) {
    constexpr std::string_view kUnits = "hHmMsS";
    return !bracketed.empty() && kUnits.find(bracketed.front()) != kUnits.npos &&
           bracketed.find_first_not_of(bracketed.front()) == bracketed.npos;
}

}  // namespace

ShownAs shown_as(unsigned id) {
    if (id == 46) return ShownAs::kDuration;
    const bool is_date =
        (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || id == 45 || id == 47 || (id >= 50 && id <= 58);
    return is_date ? ShownAs::kDate : ShownAs::kNumber;
}

ShownAs shown_as(std::string_view code) {
    constexpr std::string_view kLetters = "yYmMdDhHsS";
    for (std::size_t at = 0; at < code.size() && code[at] != ';'; ++at) {
        if (code[at] == '"' || code[at] == '[') {
            const std::size_t begin = at + 1;
            at = code.find(code[at] == '"' ? '"' : ']', begin);
            if (at == code.npos) break;
            if (code[at] == ']' && is_elapsed(code.substr(begin, at - begin))) return ShownAs::kDuration;
        } else if (code[at] == '\\' || code[at] == '_' || code[at] == '*') {
            ++at;
        } else if (kLetters.find(code[at]) != kLetters.npos) {
            return ShownAs::kDate;
        }
    }
    return ShownAs::kNumber;
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
    const auto millis = millis_of(text);
    if (!millis || *millis < 0) return std::nullopt;
    std::int64_t days = *millis / kMillisPerDay;
    const std::int64_t nanos = *millis % kMillisPerDay * kNanosPerMilli;
    // Of 1900 there is no day 0, so that it is midnight.
    if (days == 0 && (nanos != 0 || !from_1904)) return feel_literal(feel::Value::time({nanos, {}}));
    if (!from_1904 && days == kNoLeapDay) return std::nullopt;
    if (!from_1904 && days < kNoLeapDay) ++days;
    const auto date = feel::Date::from_days(days - (from_1904 ? kDaysTo1904 : kDaysTo1900));
    if (!date) return std::nullopt;
    if (nanos == 0) return feel_literal(feel::Value::date(*date));
    return feel_literal(feel::Value::date_time({*date, nanos, {}}));
}

std::optional<std::string> feel_duration(std::string_view text) {
    const auto millis = millis_of(text);
    if (!millis) return std::nullopt;
    // Of -0.5 s the whole seconds are -1.
    const std::int64_t part = (*millis % 1'000 + 1'000) % 1'000;
    return feel_literal(feel::Value::duration(
        feel::DaysTimeDuration{(*millis - part) / 1'000, static_cast<std::int32_t>(part * kNanosPerMilli)}));
}

std::optional<std::string> feel_iso_date(std::string_view text) {
    if (const auto date = feel::Date::parse(text)) return feel_literal(feel::Value::date(*date));
    if (const auto time = feel::DateTime::parse(text)) return feel_literal(feel::Value::date_time(*time));
    return std::nullopt;
}

}  // namespace rules::tables
