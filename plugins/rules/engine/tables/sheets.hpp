#pragma once

#include "tables/fault.hpp"
#include "tables/limits.hpp"
#include "tables/table.hpp"

#include <optional>
#include <string>
#include <string_view>

// Decision tables as files of spreadsheets. What is written is read again as the same table.
namespace rules::tables {

std::string to_csv(const Table& table);
std::optional<Table> from_csv(std::string_view text, Faults& faults, const Limits& limits = {});

// None, with faults, if a cell is longer than spreadsheets take.
std::optional<std::string> to_xlsx(const Table& table, Faults& faults);
// Of a workbook its first sheet. Numbers, booleans and dates that somebody typed become FEEL.
std::optional<Table> from_xlsx(std::string_view bytes, Faults& faults, const Limits& limits = {});

}  // namespace rules::tables
