#pragma once

#include "tables/fault.hpp"
#include "tables/grid.hpp"
#include "tables/limits.hpp"

#include <optional>
#include <string>
#include <string_view>

// Comma-separated values (RFC 4180) in UTF-8, with a byte order mark, without which spreadsheets take them
// for Latin-1.
namespace rules::tables {

// A cell that a spreadsheet would take for a formula, or for TRUE or FALSE, gets a `'` before it, which
// reading takes away again. So that TRUE and FALSE without it, which is what a spreadsheet saves where it
// opened `true` and `false`, are read as these.
std::string write_csv(const Grid& grid);

// The separator may be a comma, a semicolon or a tab, whatever stands first; a line ends by LF or CRLF.
// None, with a fault, at what is no CSV or beyond the limits.
std::optional<Grid> read_csv(std::string_view text, Faults& faults, const Limits& limits = {});

}  // namespace rules::tables
