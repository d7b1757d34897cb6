#include "licenses/document/time.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace mortise::licenses {
namespace {

// `count` decimal digits at `at`; -1 if one of them is none.
int digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

bool has_separators(std::string_view text) noexcept {
    return text.size() == 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
           text[16] == ':' && text[19] == 'Z';
}

}  // namespace

std::optional<Seconds> parse_time(std::string_view text) noexcept {
    using namespace std::chrono;
    if (!has_separators(text)) return std::nullopt;
    const int y = digits(text, 0, 4), m = digits(text, 5, 2), d = digits(text, 8, 2);
    const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (y < 1970 || m < 1 || d < 1) return std::nullopt;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
    const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
    if (!date.ok()) return std::nullopt;
    const Seconds days_since_epoch = sys_days(date).time_since_epoch().count();
    return days_since_epoch * 86400 + hour * 3600 + minute * 60 + second;
}

std::string format_time(Seconds time) {
    using namespace std::chrono;
    const sys_seconds point{seconds(time)};
    const auto midnight = floor<days>(point);
    const year_month_day date(midnight);
    const hh_mm_ss clock(point - midnight);
    std::array<char, 64> out;
    const int size =
        std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()));
    return std::string(out.data(), static_cast<std::size_t>(size));
}

}  // namespace mortise::licenses
