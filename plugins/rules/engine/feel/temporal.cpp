#include "feel/temporal.hpp"

#include <limits>

namespace rules::feel {

namespace {

bool leap(std::int64_t year) noexcept {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

std::int64_t days_in(std::int64_t year, std::int64_t month) noexcept {
    constexpr std::uint8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : kDays[month - 1];
}

std::int64_t floor_div(std::int64_t dividend, std::int64_t divisor) noexcept {
    return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

}  // namespace

std::optional<Date> Date::of(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
    if (year < -kMaxYear || year > kMaxYear || month < 1 || month > 12) return std::nullopt;
    if (day < 1 || day > days_in(year, month)) return std::nullopt;
    return Date{static_cast<std::int32_t>(year), static_cast<std::uint8_t>(month),
                static_cast<std::uint8_t>(day)};
}

// Howard Hinnant's chrono-compatible calendar algorithms: years begin in March, in eras of 400 years.
std::int64_t Date::to_days() const noexcept {
    const std::int64_t shifted = std::int64_t{year} - (month <= 2 ? 1 : 0);
    const auto era = floor_div(shifted, 400);
    const auto year_of_era = shifted - era * 400;
    const auto day_of_shifted = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const auto day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_shifted;
    return era * 146'097 + day_of_era - 719'468;
}

std::optional<Date> Date::from_days(std::int64_t days) noexcept {
    constexpr std::int64_t kLimit = (std::int64_t{kMaxYear} + 1) * 366;
    if (days > kLimit || days < -kLimit) return std::nullopt;
    const auto shifted = days + 719'468;
    const auto era = floor_div(shifted, 146'097);
    const auto day_of_era = shifted - era * 146'097;
    const auto year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const auto day_of_shifted = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const auto month_of_shifted = (5 * day_of_shifted + 2) / 153;
    const auto month = month_of_shifted + (month_of_shifted < 10 ? 3 : -9);
    return of(year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
              day_of_shifted - (153 * month_of_shifted + 2) / 5 + 1);
}

int Date::weekday() const noexcept {
    const auto since_monday = to_days() + 3;  // 1970-01-01 was a Thursday
    return static_cast<int>(since_monday - floor_div(since_monday, 7) * 7) + 1;
}

int Date::day_of_year() const noexcept {
    return static_cast<int>(to_days() - Date{year, 1, 1}.to_days()) + 1;
}

int Date::week_of_year() const noexcept {
    const auto week = (day_of_year() - weekday() + 10) / 7;
    const auto weeks_in = [](std::int32_t of) {
        const auto first = Date{of, 1, 1}.weekday();
        return first == 4 || (first == 3 && leap(of)) ? 53 : 52;
    };
    if (week < 1) return weeks_in(year - 1);
    return week > weeks_in(year) ? 1 : week;
}

std::optional<Time> Time::of(std::int64_t hour, std::int64_t minute, std::int64_t second, std::int64_t nanos,
                             Zone zone) noexcept {
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
    if (nanos < 0 || nanos >= kNanosPerSecond) return std::nullopt;
    return Time{((hour * 60 + minute) * 60 + second) * kNanosPerSecond + nanos, zone};
}

std::optional<DateTime> DateTime::at(std::int64_t utc_seconds, std::int64_t nanos, Zone zone) {
    const auto local = utc_seconds + zone.offset_at_utc(utc_seconds);
    const auto days = floor_div(local, kSecondsPerDay);
    const auto date = Date::from_days(days);
    if (!date) return std::nullopt;
    return DateTime{*date, (local - days * kSecondsPerDay) * kNanosPerSecond + nanos, zone};
}

std::int64_t DateTime::utc_seconds() const {
    const auto local = local_seconds();
    return local - zone.offset_at_local(local);
}

}  // namespace rules::feel
