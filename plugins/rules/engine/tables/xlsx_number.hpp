#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rules::tables {

enum class ShownAs : std::uint8_t {
    kNumber,
    kDate,      // or a time, or both
    kDuration,  // hours, minutes or seconds beyond those of a day
};

// By a number format's number if it is built in (ECMA-376, 18.8.30), else by its code.
ShownAs shown_as(unsigned id);
ShownAs shown_as(std::string_view code);

// A number of a workbook as FEEL's plain digits; none if it is no number.
std::optional<std::string> feel_number(std::string_view text);

// A number that is shown as a date: the date, time or date and time as FEEL; none if there is no such day.
// `from_1904`: days are counted from there.
std::optional<std::string> feel_date(std::string_view text, bool from_1904);

// A number of days as FEEL's duration; none if it is no number or no spreadsheet could show it.
std::optional<std::string> feel_duration(std::string_view text);

// A date, or date and time, of ISO 8601 as FEEL; none if it is neither.
std::optional<std::string> feel_iso_date(std::string_view text);

}  // namespace rules::tables
