#pragma once

#include "dmn/model.hpp"
#include "tables/grid.hpp"
#include "tables/grid_words.hpp"
#include "tables/table.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rules {

// A cell of a sheet; both from 0.
struct SheetPlace {
    std::size_t row = 0;
    std::size_t column = 0;
};

// "C7" as a place; nullopt if it is no cell.
std::optional<SheetPlace> place_of_cell(std::string_view name);
// As spreadsheets number and name them: 7 and "C".
std::size_t row_number(const SheetPlace& place);
std::string column_name(const SheetPlace& place);

// Where a sheet has the elements of a table, so that who keeps the sheet learns which cell is wrong.
class SheetPlaces {
 public:
    // The table is what was read from the grid. Finds columns and rules by the ids that they have there.
    SheetPlaces(const tables::Grid& grid, const tables::Table& table);

    // The same table in a model, where all cells have ids.
    void add(const dmn::DecisionTable& table);

    std::optional<SheetPlace> find(std::string_view element_id) const;

 private:
    void read_columns(const std::vector<std::string>& cells);
    void put(const std::string& id, std::size_t row, std::size_t column);
    void put(const dmn::Text& text, tables::RowKind row, std::size_t column);
    std::size_t row_of(tables::RowKind kind) const;

    std::map<tables::RowKind, std::size_t> rows_;
    std::vector<std::size_t> rules_;  // their rows
    std::vector<std::size_t> inputs_;
    std::vector<std::size_t> outputs_;
    std::map<std::string, SheetPlace, std::less<>> places_;
};

}  // namespace rules
