#include "feel/temporal_literal.hpp"

namespace rules::feel {

Value parse_temporal(std::string_view text) {
    if (const auto date = Date::parse(text)) return Value::date(*date);
    if (const auto moment = DateTime::parse(text)) return Value::date_time(*moment);
    if (const auto time = Time::parse(text)) return Value::time(*time);
    if (const auto months = parse_years_months(text)) return Value::duration(*months);
    if (const auto seconds = parse_days_time(text)) return Value::duration(*seconds);
    return {};
}

}  // namespace rules::feel
