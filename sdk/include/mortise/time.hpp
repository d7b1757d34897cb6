#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Times are microseconds since 1970 in UTC, dates are years, months and days; both are shown as RFC 3339.
namespace mortise::sdk {

namespace detail {

inline void append_padded(std::string& out, std::int64_t value, std::size_t digits) {
    const std::string text = std::to_string(value);
    out.append(digits > text.size() ? digits - text.size() : 0, '0').append(text);
}

constexpr std::optional<unsigned> parse_digits(std::string_view text) noexcept {
    unsigned value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
}

}  // namespace detail

// "2024-04-17T09:30:00.000000Z" (RFC 3339, section 5.6), for the years 0 to 9999.
inline std::string format_time(std::int64_t microseconds) {
    const std::chrono::sys_time<std::chrono::microseconds> point{std::chrono::microseconds{microseconds}};
    const auto day = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{point - day};
    std::string out;
    out.reserve(27);
    detail::append_padded(out, static_cast<int>(date.year()), 4);
    detail::append_padded(out += '-', static_cast<unsigned>(date.month()), 2);
    detail::append_padded(out += '-', static_cast<unsigned>(date.day()), 2);
    detail::append_padded(out += 'T', clock.hours().count(), 2);
    detail::append_padded(out += ':', clock.minutes().count(), 2);
    detail::append_padded(out += ':', clock.seconds().count(), 2);
    detail::append_padded(out += '.', clock.subseconds().count(), 6);
    return out += 'Z';
}

// Whether the text is a full-date (RFC 3339, section 5.6) that the calendar knows: not 2023-02-29.
constexpr bool is_date(std::string_view text) noexcept {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const auto year = detail::parse_digits(text.substr(0, 4));
    const auto month = detail::parse_digits(text.substr(5, 2));
    const auto day = detail::parse_digits(text.substr(8, 2));
    if (!year || !month || !day) return false;
    return std::chrono::year_month_day{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month},
                                       std::chrono::day{*day}}
        .ok();
}

}  // namespace mortise::sdk
