#pragma once

#include "tables/fault.hpp"
#include "tables/grid.hpp"
#include "tables/limits.hpp"

#include <optional>
#include <string>
#include <string_view>

// Office Open XML workbooks (ECMA-376). Debian has no static libxlsxwriter, and a plugin links its libraries
// statically; and it writes temporary files, which a worker may not. So that the few parts of a sheet of
// texts are written here.
namespace rules::tables {

// A workbook of one sheet whose cells are all texts: nothing is taken for a number, a date or a formula.
// None, with faults, if a cell is longer than spreadsheets take.
std::optional<std::string> write_xlsx(const Grid& grid, Faults& faults);

// The first sheet. What isn't a text becomes FEEL: numbers, true and false, date("…"), time("…"), date and
// time("…"); of a formula what it gave when the workbook was saved.
std::optional<Grid> read_xlsx(std::string_view bytes, Faults& faults, const Limits& limits = {});

}  // namespace rules::tables
