#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rules::tables {

// Whether a number format shows dates or times: by its number if it is built in (ECMA-376, 18.8.30), else by
// its code.
bool is_date_format(unsigned id);
bool is_date_format(std::string_view code);

// A number of a workbook as FEEL's plain digits; none if it is no number.
std::optional<std::string> feel_number(std::string_view text);

// A number that is shown as a date: the date, time or date and time as FEEL; none if there is no such day.
// `from_1904`: days are counted from there.
std::optional<std::string> feel_date(std::string_view text, bool from_1904);

}  // namespace rules::tables
