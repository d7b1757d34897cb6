// DMN 1.5, sections 10.3.4.8 and 10.3.4.13: the calendar and the clock.
#include "feel/built_in.hpp"
#include "feel/evaluation.hpp"

#include <array>

namespace rules::feel {

namespace {

using Arguments = std::span<const Value>;

constexpr std::array<std::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};

using OfDay = Value (*)(const Date&);

template <OfDay kFunction>
Value of_day(Arguments arguments, Evaluation& evaluation) {
    const auto& date = arguments[0];
    if (date.is_date()) return kFunction(date.as_date());
    if (date.is_date_time()) return kFunction(date.as_date_time().date);
    if (date.is_list() && date.as_list().size() == 1 && !date.as_list()[0].is_list())
        return of_day<kFunction>(date.as_list(), evaluation);
    return evaluation.null("only dates have a place in the calendar");
}

Value day_of_year(const Date& date) {
    return Value::number(std::int64_t{date.day_of_year()});
}

Value day_of_week(const Date& date) {
    return Value::string(kDays[static_cast<std::size_t>(date.weekday() - 1)]);
}

Value month_of_year(const Date& date) {
    return Value::string(kMonths[date.month - 1U]);
}

Value week_of_year(const Date& date) {
    return Value::number(std::int64_t{date.week_of_year()});
}

Value now(Arguments, Evaluation& evaluation) {
    return Value::date_time(evaluation.now());
}

Value today(Arguments, Evaluation& evaluation) {
    return Value::date(evaluation.now().date);
}

}  // namespace

void add_temporal_functions(BuiltIns& functions) {
    using Kind = Type::Kind;
    add(functions, "day of year", Kind::kNumber, {{"date", of_day<day_of_year>}});
    add(functions, "day of week", Kind::kString, {{"date", of_day<day_of_week>}});
    add(functions, "month of year", Kind::kString, {{"date", of_day<month_of_year>}});
    add(functions, "week of year", Kind::kNumber, {{"date", of_day<week_of_year>}});
    add(functions, "now", Kind::kDateTime, {{"", now}});
    add(functions, "today", Kind::kDate, {{"", today}});
}

}  // namespace rules::feel
