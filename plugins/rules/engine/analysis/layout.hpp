#pragma once

#include "analysis/analysis.hpp"
#include "analysis/budget.hpp"
#include "analysis/grid.hpp"
#include "dmn/table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace rules::analysis {

// A table with its columns as the domains of a grid.
struct Layout {
    const dmn::TableParts* parts = nullptr;
    std::vector<std::size_t> domain_of;  // a column
    std::vector<std::size_t> column_of;  // a domain: its first
    std::vector<bool> free;              // whether all of a domain's values occur with all of the others'
    Grid grid;
};

// The text of a domain's input.
std::string input_of(const Layout& layout, std::size_t domain);

// Nothing if the table is too large for the budgets (steps, and words of memory).
std::optional<Layout> make_layout(const dmn::TableParts& parts, Budget& steps, Budget& memory);

// What can't be told of the columns and rules; up to so many.
std::vector<Undecided> undecided(const Layout& layout, std::size_t most);

}  // namespace rules::analysis
