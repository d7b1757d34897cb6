#include "table_places.hpp"

#include <algorithm>

namespace rules {

using tables::RowKind;

std::optional<SheetPlace> place_of_cell(std::string_view name) {
    constexpr std::size_t kMost = 1'000'000'000;
    std::size_t column = 0;
    std::size_t at = 0;
    for (; at < name.size() && name[at] >= 'A' && name[at] <= 'Z' && column < kMost; ++at)
        column = column * 26 + static_cast<std::size_t>(name[at] - 'A') + 1;
    std::size_t row = 0;
    const std::size_t digits = at;
    for (; at < name.size() && name[at] >= '0' && name[at] <= '9' && row < kMost; ++at)
        row = row * 10 + static_cast<std::size_t>(name[at] - '0');
    if (column == 0 || row == 0 || at != name.size() || digits == at) return std::nullopt;
    return SheetPlace{row - 1, column - 1};
}

std::size_t row_number(const SheetPlace& place) {
    return place.row + 1;
}

std::string column_name(const SheetPlace& place) {
    std::string name = tables::cell_name(0, place.column);
    name.pop_back();  // the row, which is 1
    return name;
}

SheetPlaces::SheetPlaces(const tables::Grid& grid, const tables::Table& table) {
    for (std::size_t row = 0; row < grid.size(); ++row) {
        const auto kind = grid[row].empty() ? std::nullopt : tables::find_row_kind(grid[row].front());
        if (!kind) continue;
        if (*kind == RowKind::kColumns) read_columns(grid[row]);
        if (*kind == RowKind::kRule)
            rules_.push_back(row);
        else
            rows_.emplace(*kind, row);
    }
    for (std::size_t i = 0; i < std::min(table.inputs.size(), inputs_.size()); ++i)
        put(table.inputs[i].id, row_of(RowKind::kExpression), inputs_[i]);
    for (std::size_t i = 0; i < std::min(table.outputs.size(), outputs_.size()); ++i)
        put(table.outputs[i].id, row_of(RowKind::kExpression), outputs_[i]);
    for (std::size_t i = 0; i < std::min(table.rows.size(), rules_.size()); ++i)
        put(table.rows[i].id, rules_[i], 0);
}

void SheetPlaces::add(const dmn::DecisionTable& table) {
    for (std::size_t i = 0; i < std::min(table.inputs.size(), inputs_.size()); ++i) {
        put(table.inputs[i].id, row_of(RowKind::kExpression), inputs_[i]);
        put(table.inputs[i].expression, RowKind::kExpression, inputs_[i]);
        if (table.inputs[i].values) put(*table.inputs[i].values, RowKind::kValues, inputs_[i]);
    }
    for (std::size_t i = 0; i < std::min(table.outputs.size(), outputs_.size()); ++i) {
        put(table.outputs[i].id, row_of(RowKind::kExpression), outputs_[i]);
        if (table.outputs[i].values) put(*table.outputs[i].values, RowKind::kValues, outputs_[i]);
        if (table.outputs[i].default_value)
            put(*table.outputs[i].default_value, RowKind::kDefault, outputs_[i]);
    }
    for (std::size_t i = 0; i < std::min(table.rules.size(), rules_.size()); ++i) {
        const dmn::Rule& rule = table.rules[i];
        put(rule.id, rules_[i], 0);
        for (std::size_t j = 0; j < std::min(rule.inputs.size(), inputs_.size()); ++j)
            put(rule.inputs[j].id, rules_[i], inputs_[j]);
        for (std::size_t j = 0; j < std::min(rule.outputs.size(), outputs_.size()); ++j)
            put(rule.outputs[j].id, rules_[i], outputs_[j]);
    }
}

std::optional<SheetPlace> SheetPlaces::find(std::string_view element_id) const {
    const auto found = places_.find(element_id);
    if (found == places_.end()) return std::nullopt;
    return found->second;
}

void SheetPlaces::read_columns(const std::vector<std::string>& cells) {
    for (std::size_t column = 1; column < cells.size(); ++column) {
        const auto kind = tables::find_column_kind(cells[column]);
        if (kind == tables::ColumnKind::kInput) inputs_.push_back(column);
        if (kind == tables::ColumnKind::kOutput) outputs_.push_back(column);
    }
}

void SheetPlaces::put(const std::string& id, std::size_t row, std::size_t column) {
    if (!id.empty()) places_.emplace(id, SheetPlace{row, column});
}

void SheetPlaces::put(const dmn::Text& text, RowKind row, std::size_t column) {
    put(text.id, row_of(row), column);
}

// A row that the sheet doesn't have can't be wrong, but for its absence; which the columns' row stands for.
std::size_t SheetPlaces::row_of(RowKind kind) const {
    for (const RowKind wanted : {kind, RowKind::kColumns})
        if (const auto found = rows_.find(wanted); found != rows_.end()) return found->second;
    return 0;
}

}  // namespace rules
