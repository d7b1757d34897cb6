#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Dates, times and durations, on the proleptic Gregorian calendar, to the nanosecond. Texts are those of XML
// Schema and ISO 8601 as DMN's section 10.3.2.3 restricts them.
namespace rules::feel {

inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kSecondsPerDay = 86'400;
inline constexpr std::int64_t kNanosPerDay = kSecondsPerDay * kNanosPerSecond;
inline constexpr std::int32_t kMaxYear = 999'999'999;

// No zone, an offset from UTC, or a zone of the IANA database by its id.
class Zone {
 public:
    constexpr Zone() = default;  // none: local time
    static constexpr Zone offset(std::int32_t seconds) noexcept { return Zone(kOffset, seconds); }
    // `id` as `Europe/Paris`; nullopt if the database doesn't know it.
    static std::optional<Zone> named(std::string_view id);

    constexpr bool none() const noexcept { return id_ == kNone; }
    constexpr bool is_offset() const noexcept { return id_ == kOffset; }
    constexpr bool is_named() const noexcept { return !none() && !is_offset(); }
    // Of a named zone; empty otherwise.
    std::string_view name() const;
    // Seconds east of UTC at a local time, given as seconds since 1970 as if it were UTC.
    std::int32_t offset_at_local(std::int64_t local_seconds) const;
    std::int32_t offset_at_utc(std::int64_t utc_seconds) const;
    // `Z`, `+01:00`, `@Europe/Paris`, or nothing.
    std::string to_string() const;

    // For Value, which stores the parts.
    constexpr std::uint16_t id() const noexcept { return id_; }
    constexpr std::int32_t seconds() const noexcept { return seconds_; }
    static constexpr Zone from_parts(std::uint16_t id, std::int32_t seconds) noexcept {
        return Zone(id, seconds);
    }

    friend bool operator==(const Zone&, const Zone&) = default;

 private:
    static constexpr std::uint16_t kNone = 0;
    static constexpr std::uint16_t kOffset = 0xFFFF;
    constexpr Zone(std::uint16_t id, std::int32_t seconds) noexcept : seconds_(seconds), id_(id) {}

    std::int32_t seconds_ = 0;
    std::uint16_t id_ = kNone;
};

struct Date {
    std::int32_t year = 1970;
    std::uint8_t month = 1;
    std::uint8_t day = 1;

    static std::optional<Date> of(std::int64_t year, std::int64_t month, std::int64_t day) noexcept;
    static std::optional<Date> parse(std::string_view text);
    // Days since 1970-01-01; nullopt beyond the years that there are.
    static std::optional<Date> from_days(std::int64_t days) noexcept;
    std::int64_t to_days() const noexcept;
    int weekday() const noexcept;  // 1 is Monday
    int day_of_year() const noexcept;
    int week_of_year() const noexcept;  // of ISO 8601
    std::string to_string() const;

    friend auto operator<=>(const Date&, const Date&) = default;
};

struct Time {
    std::int64_t nanos = 0;  // since midnight
    Zone zone;

    static std::optional<Time> of(std::int64_t hour, std::int64_t minute, std::int64_t second,
                                  std::int64_t nanos, Zone zone) noexcept;
    static std::optional<Time> parse(std::string_view text);
    std::string to_string() const;

    int hour() const noexcept { return static_cast<int>(nanos / (3600 * kNanosPerSecond)); }
    int minute() const noexcept { return static_cast<int>(nanos / (60 * kNanosPerSecond) % 60); }
    int second() const noexcept { return static_cast<int>(nanos / kNanosPerSecond % 60); }
};

struct DateTime {
    Date date;
    std::int64_t nanos = 0;  // since midnight
    Zone zone;

    // A date alone is its midnight.
    static std::optional<DateTime> parse(std::string_view text);
    // The time at `zone` of an instant.
    static std::optional<DateTime> at(std::int64_t utc_seconds, std::int64_t nanos, Zone zone);
    // Seconds since 1970 in UTC; a local time counts as UTC.
    std::int64_t utc_seconds() const;
    std::int64_t nanos_of_second() const noexcept { return nanos % kNanosPerSecond; }
    Time time() const noexcept { return {nanos, zone}; }
    // Seconds since 1970 on the clock at its place.
    std::int64_t local_seconds() const noexcept {
        return date.to_days() * kSecondsPerDay + nanos / kNanosPerSecond;
    }
    std::string to_string() const;
};

struct YearsMonthsDuration {
    std::int64_t months = 0;

    std::string to_string() const;
    friend auto operator<=>(const YearsMonthsDuration&, const YearsMonthsDuration&) = default;
};

// seconds + nanos / 10^9, where 0 <= nanos < 10^9.
struct DaysTimeDuration {
    std::int64_t seconds = 0;
    std::int32_t nanos = 0;

    std::string to_string() const;
    friend auto operator<=>(const DaysTimeDuration&, const DaysTimeDuration&) = default;
};

std::optional<YearsMonthsDuration> parse_years_months(std::string_view text);
std::optional<DaysTimeDuration> parse_days_time(std::string_view text);

}  // namespace rules::feel
