#pragma once

#include "mortise/call.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// The forms in which tables are sent and answered.
namespace rules {

enum class TableFormat : std::uint8_t { kJson, kCsv, kXlsx };

inline constexpr std::string_view kCsvType = "text/csv";
inline constexpr std::string_view kXlsxType =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

// What is to be answered: by the parameter `format`, else by the header Accept (RFC 9110, 12.5.1); JSON where
// it is as welcome. 400 for an unknown format, 406 if Accept allows none of them.
TableFormat wanted_format(const mortise::sdk::Call& call);
// The same of the header alone.
TableFormat accepted_format(std::string_view accept);

// What was sent, by its Content-Type, which the route has checked: CSV or XLSX.
TableFormat given_format(const mortise::sdk::Call& call);

// A file to save, named after what it shows.
mortise::sdk::Response file_answer(TableFormat format, std::string_view name, std::string body);

}  // namespace rules
