#include "tables/grid.hpp"
#include "tables/grid_words.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace rules::tables {
namespace {

std::string* place_in(InputColumn& input, RowKind row) {
    switch (row) {
        case RowKind::kLabel:
            return &input.label;
        case RowKind::kExpression:
            return &input.expression;
        case RowKind::kType:
            return &input.type;
        case RowKind::kValues:
            return &input.values;
        case RowKind::kId:
            return &input.id;
        default:
            return nullptr;
    }
}

std::string* place_in(OutputColumn& output, RowKind row) {
    switch (row) {
        case RowKind::kLabel:
            return &output.label;
        case RowKind::kExpression:
            return &output.name;
        case RowKind::kType:
            return &output.type;
        case RowKind::kValues:
            return &output.values;
        case RowKind::kDefault:
            return &output.default_value;
        case RowKind::kId:
            return &output.id;
        default:
            return nullptr;
    }
}

class GridReader {
 public:
    GridReader(const Grid& grid, Faults& faults) : grid_(grid), faults_(faults) {}

    std::optional<Table> read() {
        const std::size_t before = faults_.size();
        for (row_ = 0; row_ < grid_.size(); ++row_)
            if (!is_blank()) read_row();
        if (!has_columns_)
            faults_.add(
                "", "missing_columns",
                "The sheet has no row that begins with 'Columns' and says of each column whether it is an "
                "input, an output, an annotation, or the id or description of the rules.");
        else if (table_.outputs.empty())
            faults_.add("", "missing_output", "A decision table needs an output.");
        if (faults_.size() != before || !faults_.complete()) return std::nullopt;
        return std::move(table_);
    }

 private:
    struct Column {
        ColumnKind kind = ColumnKind::kId;
        std::size_t place = 0;  // among those of its kind
    };

    const std::vector<std::string>& cells() const { return grid_[row_]; }
    std::string_view cell(std::size_t column) const {
        return column < cells().size() ? trimmed(cells()[column]) : std::string_view{};
    }
    bool is_blank() const {
        return std::all_of(cells().begin(), cells().end(),
                           [](const std::string& text) { return trimmed(text).empty(); });
    }

    void fault(std::size_t column, const char* code, std::string reason) {
        faults_.add(cell_name(row_, column), code, std::move(reason));
    }

    void read_row() {
        const auto kind = find_row_kind(cell(0));
        if (!kind) {
            std::string words;
            for (const std::string_view word : kRowWords)
                words.append(words.empty() ? "" : ", ").append(word);
            return fault(0, "unknown_row", "A row begins with one of these: " + words + ".");
        }
        if (*kind != RowKind::kRule && !seen_.insert(*kind).second)
            return fault(0, "duplicate_row", "There can be only one row of this kind.");
        switch (*kind) {
            case RowKind::kTitle:
                return read_title();
            case RowKind::kPolicy:
                return read_policy();
            case RowKind::kColumns:
                return read_columns();
            default:
                return read_cells(*kind);
        }
    }

    void read_title() {
        table_.name = cell(1);
        table_.id = cell(2);
        expect_nothing_from(3);
    }

    void read_policy() {
        if (const auto found = find_hit_policy(cell(1)))
            table_.hit_policy = *found;
        else if (!cell(1).empty())
            fault(1, "unknown_hit_policy", "There is no hit policy '" + std::string(cell(1)) + "'.");
        if (const auto found = find_aggregation(cell(2)))
            table_.aggregation = *found;
        else
            fault(2, "unknown_aggregation", "There is no aggregation '" + std::string(cell(2)) + "'.");
        expect_nothing_from(3);
    }

    void read_columns() {
        has_columns_ = true;
        if (needed_columns_)
            fault(0, "misplaced_row", "This row must stand above those that have the columns' cells.");
        columns_.resize(cells().size());
        for (std::size_t i = 1; i < cells().size(); ++i)
            if (!cell(i).empty()) columns_[i] = read_column(i);
    }

    std::optional<Column> read_column(std::size_t at) {
        const auto kind = find_column_kind(cell(at));
        if (!kind) {
            fault(at, "unknown_column", "A column is an input, an output, an annotation, id or description.");
            return std::nullopt;
        }
        switch (*kind) {
            case ColumnKind::kInput:
                table_.inputs.emplace_back();
                return Column{*kind, table_.inputs.size() - 1};
            case ColumnKind::kOutput:
                table_.outputs.emplace_back();
                return Column{*kind, table_.outputs.size() - 1};
            case ColumnKind::kAnnotation:
                table_.annotations.emplace_back();
                return Column{*kind, table_.annotations.size() - 1};
            default:
                break;
        }
        if (std::any_of(columns_.begin(), columns_.end(),
                        [&](const auto& known) { return known && known->kind == *kind; }))
            fault(at, "duplicate_column", "There can be only one column of this kind.");
        return Column{*kind, 0};
    }

    void read_cells(RowKind kind) {
        if (!has_columns_) {
            needed_columns_ = true;  // told once, by whether they come later
            return;
        }
        if (kind == RowKind::kRule) {
            Row& row = table_.rows.emplace_back();
            row.inputs.resize(table_.inputs.size());
            row.outputs.resize(table_.outputs.size());
            row.annotations.resize(table_.annotations.size());
        }
        for (std::size_t i = 1; i < cells().size(); ++i) {
            std::string* place = i < columns_.size() && columns_[i] ? place_of(kind, *columns_[i]) : nullptr;
            if (place != nullptr)
                *place = cells()[i];
            else
                expect_nothing_at(i);
        }
    }

    // What a cell goes to; null if nothing is meant to stand there.
    std::string* place_of(RowKind row, Column column) {
        if (row == RowKind::kRule) return place_in_rule(column);
        switch (column.kind) {
            case ColumnKind::kInput:
                return place_in(table_.inputs[column.place], row);
            case ColumnKind::kOutput:
                return place_in(table_.outputs[column.place], row);
            case ColumnKind::kAnnotation:
                return row == RowKind::kExpression ? &table_.annotations[column.place] : nullptr;
            default:
                return nullptr;
        }
    }

    std::string* place_in_rule(Column column) {
        Row& row = table_.rows.back();
        switch (column.kind) {
            case ColumnKind::kId:
                return &row.id;
            case ColumnKind::kDescription:
                return &row.description;
            case ColumnKind::kInput:
                return &row.inputs[column.place];
            case ColumnKind::kOutput:
                return &row.outputs[column.place];
            case ColumnKind::kAnnotation:
                return &row.annotations[column.place];
        }
        return nullptr;
    }

    void expect_nothing_from(std::size_t first) {
        for (std::size_t i = first; i < cells().size(); ++i)
            expect_nothing_at(i);
    }

    void expect_nothing_at(std::size_t at) {
        if (!cell(at).empty()) fault(at, "unexpected_cell", "Nothing is expected here.");
    }

    const Grid& grid_;
    Faults& faults_;
    std::size_t row_ = 0;
    bool has_columns_ = false;
    bool needed_columns_ = false;  // before there were any
    std::set<RowKind> seen_;
    std::vector<std::optional<Column>> columns_;
    Table table_;
};

}  // namespace

std::optional<Table> from_grid(const Grid& grid, Faults& faults) {
    return GridReader(grid, faults).read();
}

}  // namespace rules::tables
