#include "tables/csv.hpp"

#include "feel/characters.hpp"

#include <algorithm>
#include <iterator>

namespace rules::tables {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// What spreadsheets take for the begin of a formula, some of them also in full width (＝, ＋, －, ＠).
constexpr std::string_view kFormulaStarts[] = {
    "=", "+", "-", "@", "\t", "\r", "\n", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
constexpr char kApostrophe = '\'';
// How spreadsheets write FEEL's `true` and `false` when they save what they opened.
constexpr std::string_view kTrue = "TRUE";
constexpr std::string_view kFalse = "FALSE";

bool is_plain_number(std::string_view text) {
    text.remove_prefix(text.starts_with('-') ? 1 : 0);
    return !text.empty() && text.find_first_not_of("0123456789.") == text.npos;
}

// Whether a spreadsheet would make something else of such a text.
bool is_taken_for_more(std::string_view cell) {
    return cell == kTrue || cell == kFalse ||
           std::any_of(std::begin(kFormulaStarts), std::end(kFormulaStarts),
                       [&](std::string_view start) { return cell.starts_with(start); });
}

// Whether a `'` at the begin is a guard, and not part of the text.
bool has_guard(std::string_view cell) {
    return cell.size() > 1 && cell.front() == kApostrophe &&
           (cell[1] == kApostrophe || is_taken_for_more(cell.substr(1)));
}

bool needs_guard(std::string_view cell) {
    if (cell == "-" || is_plain_number(cell)) return false;
    return has_guard(cell) || is_taken_for_more(cell);
}

// The text that was written as this cell.
void restore(std::string& cell) {
    if (has_guard(cell))
        cell.erase(0, 1);
    else if (cell == kTrue)
        cell = "true";
    else if (cell == kFalse)
        cell = "false";
}

void append_cell(std::string& out, std::string_view cell) {
    const bool guarded = needs_guard(cell);
    const bool blank_edge = cell.starts_with(' ') || cell.ends_with(' ');  // which some readers trim
    if (!guarded && !blank_edge && cell.find_first_of(",;\t\"\r\n") == cell.npos) {
        out += cell;
        return;
    }
    out += '"';
    if (guarded) out += kApostrophe;
    for (const char c : cell)
        out.append(c == '"' ? 2 : 1, c);
    out += '"';
}

// What stands first of those that there are: the first cell of a sheet is a word without any.
char separator_of(std::string_view text) {
    constexpr std::string_view kSeparators = ",;\t";
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (!quoted && kSeparators.find(c) != kSeparators.npos) return c;
    }
    return kSeparators.front();
}

class CsvReader {
 public:
    CsvReader(std::string_view text, Faults& faults, const Limits& limits)
        : rest_(text), faults_(faults), limits_(limits), separator_(separator_of(text)) {}

    std::optional<Grid> read() {
        while (!rest_.empty()) {
            if (grid_.size() == limits_.max_rows)
                return refuse("too_many_rows",
                              "There are more than " + std::to_string(limits_.max_rows) + " rows.");
            grid_.emplace_back();
            if (!read_record()) return std::nullopt;
        }
        return std::move(grid_);
    }

 private:
    std::nullopt_t refuse(const char* code, std::string reason) {
        const std::size_t row = grid_.empty() ? 0 : grid_.size() - 1;
        const std::size_t column = grid_.empty() || grid_.back().empty() ? 0 : grid_.back().size() - 1;
        faults_.add(cell_name(row, column), code, std::move(reason));
        return std::nullopt;
    }
    bool fail(const char* code, std::string reason) {
        (void)refuse(code, std::move(reason));
        return false;
    }

    bool at_line_end() const { return rest_.starts_with('\n') || rest_.starts_with("\r\n"); }
    bool at_cell_end() const { return rest_.empty() || rest_.front() == separator_ || at_line_end(); }

    bool read_record() {
        std::vector<std::string>& record = grid_.back();
        while (true) {
            if (record.size() == limits_.max_columns || ++cells_ > limits_.max_cells)
                return fail("too_many_cells", "There are more than " + std::to_string(limits_.max_columns) +
                                                  " columns or " + std::to_string(limits_.max_cells) +
                                                  " cells.");
            std::string& cell = record.emplace_back();
            if (!(rest_.starts_with('"') ? read_quoted(cell) : read_plain(cell))) return false;
            restore(cell);
            if (rest_.empty()) return true;
            if (at_line_end()) break;
            rest_.remove_prefix(1);
        }
        rest_.remove_prefix(rest_.starts_with('\n') ? 1 : 2);
        return true;
    }

    bool read_plain(std::string& cell) {
        const char ends[] = {separator_, '"', '\r', '\n', '\0'};
        const std::size_t end = std::min(rest_.find_first_of(ends), rest_.size());
        if (end > limits_.max_cell_bytes) return too_long();
        cell = rest_.substr(0, end);
        rest_.remove_prefix(end);
        if (at_cell_end()) return true;
        return fail("bad_csv",
                    "A quote, or a carriage return without a line feed, stands in a cell that does not "
                    "begin with a quote.");
    }

    bool read_quoted(std::string& cell) {
        rest_.remove_prefix(1);
        while (true) {
            const std::size_t quote = rest_.find('"');
            if (quote == rest_.npos)
                return fail("bad_csv", "The quote that begins this cell is never closed.");
            if (cell.size() + quote > limits_.max_cell_bytes) return too_long();
            cell.append(rest_.substr(0, quote));
            rest_.remove_prefix(quote + 1);
            if (!rest_.starts_with('"')) break;
            cell += '"';
            rest_.remove_prefix(1);
        }
        return at_cell_end() || fail("bad_csv", "Text stands behind the quote that closes this cell.");
    }

    bool too_long() {
        return fail("cell_too_long",
                    "The cell has more than " + std::to_string(limits_.max_cell_bytes) + " bytes.");
    }

    std::string_view rest_;
    Faults& faults_;
    const Limits& limits_;
    char separator_;
    std::size_t cells_ = 0;
    Grid grid_;
};

}  // namespace

std::string write_csv(const Grid& grid) {
    std::string text(kByteOrderMark);
    for (const auto& row : grid) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i != 0) text += ',';
            append_cell(text, row[i]);
        }
        text += "\r\n";
    }
    return text;
}

std::optional<Grid> read_csv(std::string_view text, Faults& faults, const Limits& limits) {
    if (text.size() > limits.max_bytes) {
        faults.add("", "too_large", "The file has more than " + std::to_string(limits.max_bytes) + " bytes.");
        return std::nullopt;
    }
    if (!feel::is_utf8(text)) {
        faults.add("", "not_utf8", "The file is not encoded in UTF-8: save it as CSV UTF-8.");
        return std::nullopt;
    }
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return CsvReader(text, faults, limits).read();
}

}  // namespace rules::tables
