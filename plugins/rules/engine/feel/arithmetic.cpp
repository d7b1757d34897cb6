#include "feel/arithmetic.hpp"

#include <optional>

namespace rules::feel {

namespace {

__extension__ using Int128 = __int128;

Value undefined(std::string_view operation, const Value& left, const Value& right, Evaluation& evaluation) {
    if (!evaluation.keeps_notes()) return {};
    return evaluation.null(std::string(kind_name(left.kind())) + " " + std::string(operation) + " " +
                           std::string(kind_name(right.kind())) + " has no value");
}

Value number_or_null(std::optional<Decimal> number, Evaluation& evaluation) {
    return number ? Value::number(*number) : evaluation.null("the result is no finite number");
}

Value out_of_range(Evaluation& evaluation) {
    return evaluation.null("the result is out of range");
}

std::optional<DaysTimeDuration> days_time(Int128 nanos) noexcept {
    auto seconds = nanos / kNanosPerSecond;
    auto rest = nanos % kNanosPerSecond;
    if (rest < 0) {
        rest += kNanosPerSecond;
        --seconds;
    }
    if (seconds > INT64_MAX || seconds < -INT64_MAX) return std::nullopt;
    return DaysTimeDuration{static_cast<std::int64_t>(seconds), static_cast<std::int32_t>(rest)};
}

Int128 nanos_of(const DaysTimeDuration& duration) noexcept {
    return Int128{duration.seconds} * kNanosPerSecond + duration.nanos;
}

Value duration_or_null(std::optional<DaysTimeDuration> duration, Evaluation& evaluation) {
    return duration ? Value::duration(*duration) : out_of_range(evaluation);
}

Value months_or_null(Int128 months, Evaluation& evaluation) {
    if (months > INT64_MAX || months < -INT64_MAX) return out_of_range(evaluation);
    return Value::duration(YearsMonthsDuration{static_cast<std::int64_t>(months)});
}

// The last day of a month where the same day isn't in it.
std::optional<Date> plus_months(const Date& date, Int128 months) noexcept {
    constexpr std::int64_t kLimit = (std::int64_t{kMaxYear} + 1) * 12;
    const auto total = Int128{date.year} * 12 + (date.month - 1) + months;
    if (total > kLimit || total < -kLimit) return std::nullopt;
    const auto count = static_cast<std::int64_t>(total);
    const auto month = (count % 12 + 12) % 12;
    const auto year = (count - month) / 12;
    for (std::int64_t day = date.day;; --day) {
        const auto found = Date::of(year, month + 1, day);
        if (found || day <= 28) return found;
    }
}

std::optional<DateTime> plus_nanos(const DateTime& value, Int128 nanos) {
    const auto total = Int128{value.utc_seconds()} * kNanosPerSecond + value.nanos_of_second() + nanos;
    const auto moment = days_time(total);
    if (!moment) return std::nullopt;
    return DateTime::at(moment->seconds, moment->nanos, value.zone);
}

Value plus_duration(const Value& point, Int128 months, Int128 nanos, Evaluation& evaluation) {
    if (point.is_date()) {
        auto date = plus_months(point.as_date(), months);
        if (date && nanos != 0) {
            const auto moment = plus_nanos({*date, 0, Zone()}, nanos);
            date = moment ? std::optional(moment->date) : std::nullopt;
        }
        return date ? Value::date(*date) : out_of_range(evaluation);
    }
    auto value = point.as_date_time();
    const auto date = plus_months(value.date, months);
    if (!date) return out_of_range(evaluation);
    value.date = *date;
    if (nanos == 0) return Value::date_time(value);
    const auto sum = plus_nanos(value, nanos);
    return sum ? Value::date_time(*sum) : out_of_range(evaluation);
}

Value time_plus(const Time& time, Int128 nanos) {
    const auto sum = (Int128{time.nanos} + nanos) % kNanosPerDay;
    return Value::time({static_cast<std::int64_t>(sum < 0 ? sum + kNanosPerDay : sum), time.zone});
}

bool is_day(const Value& value) noexcept {
    return value.is_date() || value.is_date_time();
}

// A date is its midnight in UTC where a date and time is wanted.
DateTime as_moment(const Value& value) noexcept {
    return value.is_date() ? DateTime{value.as_date(), 0, Zone::offset(0)} : value.as_date_time();
}

Value between_moments(const Value& left, const Value& right, Evaluation& evaluation) {
    const auto a = as_moment(left);
    const auto b = as_moment(right);
    if (a.zone.none() != b.zone.none()) return evaluation.null("only one of two times has a zone");
    const auto nanos = (Int128{a.utc_seconds()} - b.utc_seconds()) * kNanosPerSecond + a.nanos_of_second() -
                       b.nanos_of_second();
    return duration_or_null(days_time(nanos), evaluation);
}

Value between_times(const Time& left, const Time& right, Evaluation& evaluation) {
    if (left.zone.none() != right.zone.none()) return evaluation.null("only one of two times has a zone");
    const auto nanos_in_utc = [](const Time& time) {
        return Int128{time.nanos} -
               Int128{time.zone.offset_at_local(time.nanos / kNanosPerSecond)} * kNanosPerSecond;
    };
    return duration_or_null(days_time(nanos_in_utc(left) - nanos_in_utc(right)), evaluation);
}

// A point in time and a duration, which is added or taken away (`sign` -1); nullopt if they are something
// else.
std::optional<Value> move_point(const Value& point, const Value& duration, int sign, Evaluation& evaluation) {
    if (is_day(point) && duration.is_years_months())
        return plus_duration(point, Int128{duration.as_years_months().months} * sign, 0, evaluation);
    if (!duration.is_days_time()) return std::nullopt;
    const auto nanos = nanos_of(duration.as_days_time()) * sign;
    if (is_day(point)) return plus_duration(point, 0, nanos, evaluation);
    if (point.is_time()) return time_plus(point.as_time(), nanos);
    return std::nullopt;
}

// Durations as numbers, in months or seconds, for the products and quotients.
Decimal number_of(const Value& duration) {
    if (duration.is_years_months()) return Decimal::of(duration.as_years_months().months);
    const auto value = duration.as_days_time();
    const auto nanos = Decimal::multiply(Decimal::of(value.nanos), *Decimal::parse("1E-9"));
    return *Decimal::add(Decimal::of(value.seconds), *nanos);
}

Value duration_like(const Value& model, std::optional<Decimal> number, Evaluation& evaluation) {
    if (!number) return out_of_range(evaluation);
    if (model.is_years_months()) {
        const auto months = number->truncated();
        return months ? months_or_null(*months, evaluation) : out_of_range(evaluation);
    }
    const auto whole = number->rounded(0, Decimal::Rounding::kFloor);
    const auto seconds = whole ? whole->truncated() : std::nullopt;
    if (!seconds) return out_of_range(evaluation);
    const auto rest = Decimal::multiply(*Decimal::subtract(*number, *whole), Decimal::of(kNanosPerSecond));
    const auto nanos = rest->truncated().value_or(0);
    return Value::duration(DaysTimeDuration{*seconds, static_cast<std::int32_t>(nanos)});
}

}  // namespace

Value add(const Value& left, const Value& right, Evaluation& evaluation) {
    if (left.is_number() && right.is_number())
        return number_or_null(Decimal::add(left.as_number(), right.as_number()), evaluation);
    if (left.is_string() && right.is_string()) {
        const auto a = left.as_string();
        const auto b = right.as_string();
        if (!evaluation.allocate(a.size() + b.size())) return {};
        std::string text;
        text.reserve(a.size() + b.size());
        return evaluation.string(text.append(a).append(b));
    }
    if (left.is_years_months() && right.is_years_months())
        return months_or_null(Int128{left.as_years_months().months} + right.as_years_months().months,
                              evaluation);
    if (left.is_days_time() && right.is_days_time())
        return duration_or_null(days_time(nanos_of(left.as_days_time()) + nanos_of(right.as_days_time())),
                                evaluation);
    if (auto moved = move_point(left, right, 1, evaluation)) return *std::move(moved);
    if (auto moved = move_point(right, left, 1, evaluation)) return *std::move(moved);
    return undefined("+", left, right, evaluation);
}

Value subtract(const Value& left, const Value& right, Evaluation& evaluation) {
    if (left.is_number() && right.is_number())
        return number_or_null(Decimal::subtract(left.as_number(), right.as_number()), evaluation);
    if (left.is_years_months() && right.is_years_months())
        return months_or_null(Int128{left.as_years_months().months} - right.as_years_months().months,
                              evaluation);
    if (left.is_days_time() && right.is_days_time())
        return duration_or_null(days_time(nanos_of(left.as_days_time()) - nanos_of(right.as_days_time())),
                                evaluation);
    if (is_day(left) && is_day(right)) return between_moments(left, right, evaluation);
    if (left.is_time() && right.is_time()) return between_times(left.as_time(), right.as_time(), evaluation);
    if (auto moved = move_point(left, right, -1, evaluation)) return *std::move(moved);
    return undefined("-", left, right, evaluation);
}

Value multiply(const Value& left, const Value& right, Evaluation& evaluation) {
    if (left.is_number() && right.is_number())
        return number_or_null(Decimal::multiply(left.as_number(), right.as_number()), evaluation);
    if (left.is_duration() && right.is_number())
        return duration_like(left, Decimal::multiply(number_of(left), right.as_number()), evaluation);
    if (left.is_number() && right.is_duration()) return multiply(right, left, evaluation);
    return undefined("*", left, right, evaluation);
}

Value divide(const Value& left, const Value& right, Evaluation& evaluation) {
    if (left.is_number() && right.is_number())
        return number_or_null(Decimal::divide(left.as_number(), right.as_number()), evaluation);
    if (left.is_duration() && right.is_number())
        return duration_like(left, Decimal::divide(number_of(left), right.as_number()), evaluation);
    if (left.is_duration() && left.kind() == right.kind())
        return number_or_null(Decimal::divide(number_of(left), number_of(right)), evaluation);
    return undefined("/", left, right, evaluation);
}

Value power(const Value& left, const Value& right, Evaluation& evaluation) {
    if (left.is_number() && right.is_number())
        return number_or_null(Decimal::power(left.as_number(), right.as_number()), evaluation);
    return undefined("**", left, right, evaluation);
}

Value negate(const Value& operand, Evaluation& evaluation) {
    if (operand.is_number()) return Value::number(operand.as_number().negated());
    if (operand.is_years_months())
        return months_or_null(-Int128{operand.as_years_months().months}, evaluation);
    if (operand.is_days_time())
        return duration_or_null(days_time(-nanos_of(operand.as_days_time())), evaluation);
    return evaluation.null("only numbers and durations can be negated");
}

}  // namespace rules::feel
