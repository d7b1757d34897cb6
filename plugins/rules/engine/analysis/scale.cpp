#include "analysis/scale.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace rules::analysis {
namespace {

using feel::Decimal;
using feel::Value;
using Kind = Value::Kind;

// A place on the scale of dates (days), times and dates with times (seconds in UTC, or of the local clock),
// and durations (months, or seconds).
struct Place {
    std::int64_t whole = 0;
    std::int64_t nanos = 0;
};

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kFarthestZone = 14 * kHour;

bool in_day(std::int64_t seconds) {
    return seconds >= 0 && seconds < feel::kSecondsPerDay;
}

Place place_of(const Value& value) {
    switch (value.kind()) {
        case Kind::kDate:
            return {value.as_date().to_days(), 0};
        case Kind::kYearsMonths:
            return {value.as_years_months().months, 0};
        case Kind::kDaysTime:
            return {value.as_days_time().seconds, value.as_days_time().nanos};
        case Kind::kTime: {
            const feel::Time time = value.as_time();
            const std::int64_t seconds = time.nanos / feel::kNanosPerSecond;
            return {seconds - time.zone.offset_at_local(seconds), time.nanos % feel::kNanosPerSecond};
        }
        default: {
            const feel::DateTime time = value.as_date_time();
            return {time.utc_seconds(), time.nanos_of_second()};
        }
    }
}

std::optional<Value> time_at(Place place, bool zoned) {
    std::int64_t offset = 0;
    if (zoned && place.whole < 0) offset = kFarthestZone;
    if (zoned && place.whole >= feel::kSecondsPerDay) offset = -kFarthestZone;
    const std::int64_t seconds = place.whole + offset;
    if (!in_day(seconds)) return std::nullopt;
    const auto zone = zoned ? feel::Zone::offset(static_cast<std::int32_t>(offset)) : feel::Zone();
    return Value::time({seconds * feel::kNanosPerSecond + place.nanos, zone});
}

std::optional<Value> date_time_at(Place place, bool zoned) {
    const auto time =
        feel::DateTime::at(place.whole, place.nanos, zoned ? feel::Zone::offset(0) : feel::Zone());
    return time ? std::optional(Value::date_time(*time)) : std::nullopt;
}

std::optional<Value> value_at(Kind kind, Place place, bool zoned) {
    switch (kind) {
        case Kind::kDate: {
            const auto date = feel::Date::from_days(place.whole);
            return date ? std::optional(Value::date(*date)) : std::nullopt;
        }
        case Kind::kYearsMonths:
            return Value::duration(feel::YearsMonthsDuration{place.whole});
        case Kind::kDaysTime:
            return Value::duration(
                feel::DaysTimeDuration{place.whole, static_cast<std::int32_t>(place.nanos)});
        case Kind::kTime:
            return time_at(place, zoned);
        default:
            return date_time_at(place, zoned);
    }
}

// Steps from an end to a value beside it, the larger first, since they give the plainer values.
std::span<const Place> steps_of(Kind kind) {
    static constexpr std::array kDays = {Place{1, 0}};
    static constexpr std::array kMonths = {Place{12, 0}, Place{1, 0}};
    static constexpr std::array kSeconds = {Place{feel::kSecondsPerDay, 0}, Place{kHour, 0}, Place{60, 0},
                                            Place{1, 0}, Place{0, 1}};
    if (kind == Kind::kDate) return kDays;
    if (kind == Kind::kYearsMonths) return kMonths;
    return kind == Kind::kTime ? std::span(kSeconds).subspan(1) : std::span(kSeconds);
}

std::optional<Place> moved(Place from, Place step, bool up) {
    Place to;
    const bool beyond = up ? __builtin_add_overflow(from.whole, step.whole, &to.whole)
                           : __builtin_sub_overflow(from.whole, step.whole, &to.whole);
    if (beyond) return std::nullopt;
    to.nanos = up ? from.nanos + step.nanos : from.nanos - step.nanos;
    const std::int64_t carry = to.nanos < 0 ? -1 : to.nanos / feel::kNanosPerSecond;
    to.nanos -= carry * feel::kNanosPerSecond;
    if (__builtin_add_overflow(to.whole, carry, &to.whole)) return std::nullopt;
    return to;
}

bool is_between(const Value& value, const Value& low, const Value& high) {
    return (low.is_null() || before(low, value)) && (high.is_null() || before(value, high));
}

std::optional<Value> temporal_between(Kind kind, const Value& low, const Value& high) {
    const bool up = !low.is_null();
    const Value& end = up ? low : high;
    if (end.is_null()) return value_at(kind, {}, false);
    for (const Place step : steps_of(kind)) {
        const auto place = moved(place_of(end), step, up);
        const auto value = place ? value_at(kind, *place, has_zone(end)) : std::nullopt;
        if (value && is_between(*value, low, high)) return value;
    }
    return std::nullopt;
}

std::optional<Decimal> next_integer(Decimal number, bool up) {
    const auto whole = number.rounded(0, up ? Decimal::Rounding::kFloor : Decimal::Rounding::kCeiling);
    if (!whole) return std::nullopt;
    return up ? Decimal::add(*whole, Decimal::of(1)) : Decimal::subtract(*whole, Decimal::of(1));
}

std::optional<Decimal> middle(Decimal low, Decimal high) {
    // By the difference, which is exact for numbers close together, as their sum isn't.
    const auto difference = Decimal::subtract(high, low);
    const auto half = difference ? Decimal::divide(*difference, Decimal::of(2)) : std::nullopt;
    return half ? Decimal::add(low, *half) : std::nullopt;
}

std::optional<Value> number_between(const Value& low, const Value& high) {
    if (low.is_null() && high.is_null()) return Value::number(0);
    const Decimal end = low.is_null() ? high.as_number() : low.as_number();
    const bool both = !low.is_null() && !high.is_null();
    // Far from 0 the next integer is the number itself, after rounding; a half or the double is beyond it.
    const std::array candidates = {
        next_integer(end, !low.is_null()), both ? middle(low.as_number(), high.as_number()) : std::nullopt,
        Decimal::divide(end, Decimal::of(2)), Decimal::multiply(end, Decimal::of(2))};
    for (const auto& candidate : candidates)
        if (candidate && is_between(Value::number(*candidate), low, high)) return Value::number(*candidate);
    return std::nullopt;
}

// The last of the endings gives the least string that follows another: if it is too large, there is none.
std::optional<Value> string_between(const Value& low, const Value& high) {
    using namespace std::string_view_literals;
    constexpr std::array kEndings = {"a"sv, "A"sv, "0"sv, " "sv, "\x01"sv, "\0"sv};
    for (const std::string_view word : {"other"sv, ""sv})
        if (is_between(Value::string(word), low, high)) return Value::string(word);
    if (low.is_null()) return std::nullopt;
    for (const std::string_view ending : kEndings) {
        const Value value = Value::string(std::string(low.as_string()).append(ending));
        if (is_between(value, low, high)) return value;
    }
    return std::nullopt;
}

}  // namespace

bool is_scalar(Kind kind) {
    switch (kind) {
        case Kind::kBoolean:
        case Kind::kNumber:
        case Kind::kString:
        case Kind::kDate:
        case Kind::kTime:
        case Kind::kDateTime:
        case Kind::kYearsMonths:
        case Kind::kDaysTime:
            return true;
        default:
            return false;
    }
}

bool before(const Value& left, const Value& right) {
    if (left.is_boolean()) return !left.as_boolean() && right.as_boolean();
    return less(left, right) == feel::Truth::kTrue;
}

std::optional<Value> between(Kind kind, const Value& low, const Value& high) {
    switch (kind) {
        case Kind::kBoolean:
            return std::nullopt;
        case Kind::kNumber:
            return number_between(low, high);
        case Kind::kString:
            return string_between(low, high);
        default:
            return temporal_between(kind, low, high);
    }
}

bool has_zone(const Value& value) {
    if (value.is_time()) return !value.as_time().zone.none();
    return value.is_date_time() && !value.as_date_time().zone.none();
}

std::string literal(const Value& value) {
    const auto call = [&](std::string_view function) {
        return std::string(function).append("(\"").append(to_string(value)).append("\")");
    };
    switch (value.kind()) {
        case Kind::kDate:
            return call("date");
        case Kind::kTime:
            return call("time");
        case Kind::kDateTime:
            return call("date and time");
        case Kind::kYearsMonths:
        case Kind::kDaysTime:
            return call("duration");
        case Kind::kString: {
            const std::string listed = to_string(Value::list({value}));
            return listed.substr(1, listed.size() - 2);
        }
        default:
            return to_string(value);
    }
}

}  // namespace rules::analysis
