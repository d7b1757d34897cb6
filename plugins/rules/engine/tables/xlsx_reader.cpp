#include "tables/workbook.hpp"
#include "tables/xlsx.hpp"
#include "tables/xlsx_text.hpp"

#include <algorithm>
#include <charconv>

namespace rules::tables {
namespace {

std::optional<std::size_t> whole_number(std::string_view text) {
    std::size_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

// The column of a cell's name, from 0; none if there are no letters.
std::optional<std::size_t> column_of(std::string_view name) {
    std::size_t column = 0;
    const std::size_t letters = std::min(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), name.size());
    if (letters == 0 || letters > 3) return std::nullopt;
    for (const char letter : name.substr(0, letters))
        column = column * 26 + static_cast<std::size_t>(letter - 'A') + 1;
    return column - 1;
}

class SheetReader {
 public:
    SheetReader(const Workbook& workbook, Faults& faults, const Limits& limits)
        : workbook_(workbook), faults_(faults), limits_(limits) {}

    std::optional<Grid> read() {
        const std::size_t before = faults_.size();
        const dmn::XmlDocument& sheet = workbook_.sheet();
        for (const pugi::xml_node data : sheet.root().children())
            if (sheet.local_name(data) == "sheetData")
                for (const pugi::xml_node row : data.children())
                    if (sheet.local_name(row) == "row" && !read_row(row)) return std::nullopt;
        if (faults_.size() != before || !faults_.complete()) return std::nullopt;
        return std::move(grid_);
    }

 private:
    bool fail(std::size_t column, const char* code, std::string reason) {
        faults_.add(cell_name(row_, column), code, std::move(reason));
        return false;
    }

    // False where reading ends. Rows and cells that aren't told where they are follow the one before.
    bool read_row(pugi::xml_node row) {
        const auto number = whole_number(row.attribute("r").value());
        row_ = number && *number > 0 ? *number - 1 : next_row_;
        next_row_ = row_ + 1;
        std::size_t next_column = 0;
        for (const pugi::xml_node cell : row.children()) {
            if (workbook_.sheet().local_name(cell) != "c") continue;
            const std::size_t column = column_of(cell.attribute("r").value()).value_or(next_column);
            next_column = column + 1;
            std::string text = read_cell(cell, column);
            // Empty cells that have only a style may stand far beyond the table.
            if (text.empty()) continue;
            if (!put(column, std::move(text))) return false;
        }
        return true;
    }

    bool put(std::size_t column, std::string text) {
        if (row_ >= limits_.max_rows)
            return fail(column, "too_many_rows",
                        "There are more than " + std::to_string(limits_.max_rows) + " rows.");
        if (column >= limits_.max_columns)
            return fail(column, "too_many_cells",
                        "There are more than " + std::to_string(limits_.max_columns) + " columns.");
        if (text.size() > limits_.max_cell_bytes)
            return fail(column, "cell_too_long",
                        "The cell has more than " + std::to_string(limits_.max_cell_bytes) + " bytes.");
        // Many cells can share one text.
        bytes_ += text.size();
        if (bytes_ > limits_.max_unpacked_bytes)
            return fail(column, "too_large", "The cells have too much text altogether.");
        if (grid_.size() <= row_) grid_.resize(row_ + 1);
        auto& cells = grid_[row_];
        if (cells.size() <= column) {
            cells_ += column + 1 - cells.size();
            if (cells_ > limits_.max_cells)
                return fail(column, "too_many_cells",
                            "There are more than " + std::to_string(limits_.max_cells) + " cells.");
            cells.resize(column + 1);
        }
        cells[column] = std::move(text);
        return true;
    }

    std::string read_cell(pugi::xml_node cell, std::size_t column) {
        const dmn::XmlDocument& sheet = workbook_.sheet();
        const std::string_view type = cell.attribute("t").value();
        std::string value;
        bool has_formula = false;
        for (const pugi::xml_node child : cell.children()) {
            const std::string_view name = sheet.local_name(child);
            if (name == "v") value = dmn::xml_text(child);
            if (name == "f") has_formula = true;
            if (name == "is") return decode_cell(rich_text(sheet, child));
        }
        if (type == "str") return decode_cell(value);
        if (!value.empty()) return typed(type, value, cell.attribute("s").as_uint(), column);
        if (has_formula)
            fail(
                column, "no_value",
                "The workbook has a formula here, but not what it gives: save it with a spreadsheet program.");
        return {};
    }

    std::string typed(std::string_view type, const std::string& value, unsigned style, std::size_t column) {
        if (type == "s") return shared_text(value, column);
        if (type == "b") return value == "1" ? "true" : "false";
        if (type == "e") {
            fail(column, "cell_error", "The spreadsheet says " + value + " here.");
            return {};
        }
        const auto text = type == "d" ? feel_iso_date(value) : number(value, style);
        if (!text) fail(column, "bad_number", "'" + value + "' is no number, date or time.");
        return text.value_or("");
    }

    std::string shared_text(std::string_view value, std::size_t column) {
        const auto number = whole_number(value);
        const std::string* text = number ? workbook_.shared_text(*number) : nullptr;
        if (text == nullptr) fail(column, "damaged", "The text of this cell is missing.");
        return text != nullptr ? *text : std::string();
    }

    std::optional<std::string> number(std::string_view value, unsigned style) const {
        switch (workbook_.shown_as(style)) {
            case ShownAs::kDate:
                return feel_date(value, workbook_.from_1904());
            case ShownAs::kDuration:
                return feel_duration(value);
            default:
                return feel_number(value);
        }
    }

    const Workbook& workbook_;
    Faults& faults_;
    const Limits& limits_;
    std::size_t row_ = 0;
    std::size_t next_row_ = 0;
    std::size_t cells_ = 0;
    std::size_t bytes_ = 0;
    Grid grid_;
};

}  // namespace

std::optional<Grid> read_xlsx(std::string_view bytes, Faults& faults, const Limits& limits) {
    const auto workbook = Workbook::open(bytes, limits, faults);
    if (!workbook) return std::nullopt;
    return SheetReader(*workbook, faults, limits).read();
}

}  // namespace rules::tables
