#pragma once

#include "tables/fault.hpp"
#include "tables/table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

// A decision table as a sheet of cells. The first cell of each row says what the row is; README.md of this
// folder tells the form.
namespace rules::tables {

// Rows may be shorter than others: what isn't there is empty.
using Grid = std::vector<std::vector<std::string>>;

// Both from 0: `A1`, `B1`, …, `AA1`.
std::string cell_name(std::size_t row, std::size_t column);

Grid to_grid(const Table& table);

// None, with all faults by cell, if something is wrong.
std::optional<Table> from_grid(const Grid& grid, Faults& faults);

}  // namespace rules::tables
