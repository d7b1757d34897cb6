// DMN 1.5, sections 10.3.4.1 and 10.3.4.2: conversions and booleans.
#include "feel/built_in.hpp"
#include "feel/compile.hpp"
#include "feel/evaluation.hpp"

#include <algorithm>

namespace rules::feel {

namespace {

using Arguments = std::span<const Value>;

std::optional<DateTime> date_and_time_of(const Value& date, const Time& time) {
    if (date.is_date()) return DateTime{date.as_date(), time.nanos, time.zone};
    if (date.is_date_time()) return DateTime{date.as_date_time().date, time.nanos, time.zone};
    return std::nullopt;
}

// What a conversion converts: a value, or the only item of a list.
const Value& single(const Value& value) noexcept {
    return value.is_list() && value.as_list().size() == 1 ? value.as_list()[0] : value;
}

Value date_from(Arguments arguments, Evaluation& evaluation) {
    const auto& from = single(arguments[0]);
    if (from.is_date()) return from;
    if (from.is_date_time()) return Value::date(from.as_date_time().date);
    if (from.is_string())
        if (const auto date = Date::parse(from.as_string())) return Value::date(*date);
    return evaluation.null("date() is given no date");
}

// A whole number within a date's or time's part.
std::optional<std::int64_t> whole(const Value& number) {
    return number.as_number().to_integer();
}

Value date_of_parts(Arguments arguments, Evaluation& evaluation) {
    const auto year = whole(arguments[0]);
    const auto month = whole(arguments[1]);
    const auto day = whole(arguments[2]);
    const auto date = year && month && day ? Date::of(*year, *month, *day) : std::nullopt;
    return date ? Value::date(*date) : evaluation.null("date() is given no day that there is");
}

Value date_and_time_from(Arguments arguments, Evaluation& evaluation) {
    const auto& from = single(arguments[0]);
    if (from.is_date_time()) return from;
    if (from.is_date()) return Value::date_time({from.as_date(), 0, Zone::offset(0)});
    if (from.is_string())
        if (const auto moment = DateTime::parse(from.as_string())) return Value::date_time(*moment);
    return evaluation.null("date and time() is given no date and time");
}

Value date_and_time_of_parts(Arguments arguments, Evaluation& evaluation) {
    const auto moment = date_and_time_of(single(arguments[0]), arguments[1].as_time());
    return moment ? Value::date_time(*moment) : evaluation.null("date and time() is given no date");
}

Value time_from(Arguments arguments, Evaluation& evaluation) {
    const auto& from = single(arguments[0]);
    if (from.is_time()) return from;
    if (from.is_date_time()) return Value::time(from.as_date_time().time());
    if (from.is_date()) return Value::time({0, Zone::offset(0)});
    if (from.is_string())
        if (const auto time = Time::parse(from.as_string())) return Value::time(*time);
    return evaluation.null("time() is given no time");
}

// Seconds may have a fraction; the offset is a duration of less than a day.
Value time_of_parts(Arguments arguments, Evaluation& evaluation) {
    const auto hour = whole(arguments[0]);
    const auto minute = whole(arguments[1]);
    const auto second = arguments[2].as_number().rounded(0, Decimal::Rounding::kFloor);
    const auto whole_second = second ? second->truncated() : std::nullopt;
    if (!hour || !minute || !whole_second) return evaluation.null("time() is given no time that there is");
    const auto fraction = Decimal::subtract(arguments[2].as_number(), *second);
    const auto nanos = Decimal::multiply(*fraction, Decimal::of(kNanosPerSecond))->truncated().value_or(0);
    Zone zone;
    if (!arguments[3].is_null()) {
        constexpr std::int64_t kMaxOffset = 18 * 3600;
        const auto offset = arguments[3].as_days_time();
        if (offset.nanos != 0 || offset.seconds > kMaxOffset || offset.seconds < -kMaxOffset)
            return evaluation.null("time() is given no offset that there is");
        zone = Zone::offset(static_cast<std::int32_t>(offset.seconds));
    }
    const auto time = Time::of(*hour, *minute, *whole_second, nanos, zone);
    return time ? Value::time(*time) : evaluation.null("time() is given no time that there is");
}

// Whether a separator is one of those allowed; absent is.
bool is_one_of(const Value& separator, std::string_view allowed) noexcept {
    return separator.is_null() || (separator.as_string().size() == 1 &&
                                   allowed.find(separator.as_string()[0]) != std::string_view::npos);
}

Value number_from(Arguments arguments, Evaluation& evaluation) {
    const auto& grouping = arguments[1];
    const auto& point = arguments[2];
    const bool same = !grouping.is_null() && !point.is_null() && grouping.as_string() == point.as_string();
    if (!is_one_of(grouping, " ,.") || !is_one_of(point, ",.") || same)
        return evaluation.null("number() is given no separators that there are");
    std::string text(arguments[0].as_string());
    if (!grouping.is_null()) std::erase(text, grouping.as_string()[0]);
    if (!point.is_null()) std::replace(text.begin(), text.end(), point.as_string()[0], '.');
    // Grammar rule 37 has neither a plus sign nor an exponent.
    const bool literal = text.find_first_of("+eE") == std::string::npos;
    const auto number = literal ? Decimal::parse(text) : std::nullopt;
    return number ? Value::number(*number) : evaluation.null("the text is no number");
}

Value string_from(Arguments arguments, Evaluation& evaluation) {
    const auto& from = arguments[0];
    if (from.is_null() || from.is_string()) return from;
    if (!evaluation.step(from.weight())) return {};
    return evaluation.string(to_string(from));
}

Value duration_from(Arguments arguments, Evaluation& evaluation) {
    const auto& from = single(arguments[0]);
    if (from.is_duration()) return from;
    if (from.is_string()) {
        if (const auto months = parse_years_months(from.as_string())) return Value::duration(*months);
        if (const auto seconds = parse_days_time(from.as_string())) return Value::duration(*seconds);
    }
    return evaluation.null("duration() is given no duration");
}

std::optional<Date> day_of(const Value& value) {
    if (value.is_date()) return value.as_date();
    if (value.is_date_time()) return value.as_date_time().date;
    return std::nullopt;
}

// Whole months from one day to another.
Value years_and_months_between(Arguments arguments, Evaluation& evaluation) {
    const auto from = day_of(single(arguments[0]));
    const auto to = day_of(single(arguments[1]));
    if (!from || !to) return evaluation.null("years and months duration() is given no dates");
    const auto later = *from <= *to ? *to : *from;
    const auto earlier = *from <= *to ? *from : *to;
    auto months = (std::int64_t{later.year} - earlier.year) * 12 + later.month - earlier.month;
    if (later.day < earlier.day) --months;
    return Value::duration(YearsMonthsDuration{*from <= *to ? months : -months});
}

Value range_from(Arguments arguments, Evaluation& evaluation) {
    const auto text = arguments[0].as_string();
    if (!evaluation.step(text.size())) return {};
    Limits limits;
    limits.nesting = 8;
    limits.source_bytes = 1024;
    const auto range = compile_expression(text, Scope(), limits);
    if (!range || range->constant() == nullptr || !range->constant()->is_range())
        return evaluation.null("the text is no range of constants");
    return *range->constant();
}

Value not_of(Arguments arguments, Evaluation& evaluation) {
    const auto& negand = single(arguments[0]);
    return negand.is_boolean() ? Value::boolean(!negand.as_boolean())
                               : evaluation.null("not() is given no boolean");
}

Value is_same(Arguments arguments, Evaluation& evaluation) {
    if (!evaluation.step(std::min(arguments[0].weight(), arguments[1].weight()))) return {};
    return Value::boolean(identical(arguments[0], arguments[1]));
}

}  // namespace

void add_conversions(BuiltIns& functions) {
    using Kind = Type::Kind;
    add(functions, "date", Kind::kDate,
        {{"from", date_from}, {"year: number, month: number, day: number", date_of_parts}});
    add(functions, "date and time", Kind::kDateTime,
        {{"from", date_and_time_from}, {"date, time: time", date_and_time_of_parts}});
    add(functions, "time", Kind::kTime,
        {{"from", time_from},
         {"hour: number, minute: number, second: number, offset??: days and time duration", time_of_parts}});
    add(functions, "number", Kind::kNumber,
        {{"from: string, grouping separator??: string, decimal separator??: string", number_from}});
    add(functions, "string", Kind::kString, {{"from", string_from}});
    add(functions, "duration", {}, {{"from", duration_from}});
    add(functions, "years and months duration", Kind::kYearsMonths, {{"from, to", years_and_months_between}});
    add(functions, "range", Kind::kRange, {{"from: string", range_from}});
    add(functions, "not", Kind::kBoolean, {{"negand", not_of}});
    add(functions, "is", Kind::kBoolean, {{"value1, value2", is_same}});
}

}  // namespace rules::feel
