#include "tables/grid.hpp"

#include "tables/grid_words.hpp"

#include <algorithm>
#include <utility>

namespace rules::tables {
namespace {

class GridWriter {
 public:
    explicit GridWriter(const Table& table)
        : table_(table), has_ids_(any_row_has(&Row::id)), has_descriptions_(any_row_has(&Row::description)) {}

    Grid write() {
        grid_.push_back({word(RowKind::kTitle), table_.name, table_.id});
        grid_.push_back({word(RowKind::kPolicy), std::string(name_of(table_.hit_policy)),
                         std::string(name_of(table_.aggregation))});
        grid_.push_back(columns());
        head(RowKind::kLabel, &InputColumn::label, &OutputColumn::label);
        grid_.push_back(expressions());
        head(RowKind::kType, &InputColumn::type, &OutputColumn::type);
        head(RowKind::kValues, &InputColumn::values, &OutputColumn::values);
        head(RowKind::kDefault, nullptr, &OutputColumn::default_value);
        head(RowKind::kId, &InputColumn::id, &OutputColumn::id);
        for (const Row& row : table_.rows)
            grid_.push_back(rule(row));
        return std::move(grid_);
    }

 private:
    using Cells = std::vector<std::string>;

    template <class Kind>
    static std::string word(Kind kind) {
        return std::string(word_of(kind));
    }

    bool any_row_has(std::string Row::*member) const {
        return std::any_of(table_.rows.begin(), table_.rows.end(),
                           [&](const Row& row) { return !(row.*member).empty(); });
    }

    Cells columns() const {
        Cells cells{word(RowKind::kColumns)};
        if (has_ids_) cells.push_back(word(ColumnKind::kId));
        cells.insert(cells.end(), table_.inputs.size(), word(ColumnKind::kInput));
        cells.insert(cells.end(), table_.outputs.size(), word(ColumnKind::kOutput));
        cells.insert(cells.end(), table_.annotations.size(), word(ColumnKind::kAnnotation));
        if (has_descriptions_) cells.push_back(word(ColumnKind::kDescription));
        return cells;
    }

    Cells begun(RowKind kind) const {
        Cells cells{word(kind)};
        if (has_ids_) cells.emplace_back();
        return cells;
    }

    // A row of what the columns have, if any of them has it.
    void head(RowKind kind, std::string InputColumn::*of_input, std::string OutputColumn::*of_output) {
        Cells cells = begun(kind);
        for (const InputColumn& input : table_.inputs)
            cells.push_back(of_input == nullptr ? "" : input.*of_input);
        for (const OutputColumn& output : table_.outputs)
            cells.push_back(output.*of_output);
        if (std::any_of(cells.begin() + 1, cells.end(),
                        [](const std::string& cell) { return !cell.empty(); }))
            grid_.push_back(std::move(cells));
    }

    Cells expressions() const {
        Cells cells = begun(RowKind::kExpression);
        for (const InputColumn& input : table_.inputs)
            cells.push_back(input.expression);
        for (const OutputColumn& output : table_.outputs)
            cells.push_back(output.name);
        cells.insert(cells.end(), table_.annotations.begin(), table_.annotations.end());
        return cells;
    }

    Cells rule(const Row& row) const {
        Cells cells{word(RowKind::kRule)};
        if (has_ids_) cells.push_back(row.id);
        for (const auto* part : {&row.inputs, &row.outputs, &row.annotations})
            cells.insert(cells.end(), part->begin(), part->end());
        if (has_descriptions_) cells.push_back(row.description);
        return cells;
    }

    const Table& table_;
    bool has_ids_;
    bool has_descriptions_;
    Grid grid_;
};

}  // namespace

std::string cell_name(std::size_t row, std::size_t column) {
    std::string letters;
    for (std::size_t left = column + 1; left > 0; left = (left - 1) / 26)
        letters.insert(letters.begin(), static_cast<char>('A' + (left - 1) % 26));
    return letters + std::to_string(row + 1);
}

Grid to_grid(const Table& table) {
    return GridWriter(table).write();
}

}  // namespace rules::tables
