#include "csv_import.hpp"

#include "csv.hpp"
#include "mortise/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace milestones {
namespace {

// The columns, by their place in `Columns`. `owner_role` is another name of `owner`.
enum Column : std::size_t {
    kKey,
    kTitle,
    kDescription,
    kOwner,
    kDue,
    kStatus,
    kProgress,
    kParent,
    kDependsOn
};
constexpr std::array<std::string_view, 9> kColumnNames = {
    "key", "title", "description", "owner", "due", "status", "progress", "parent", "depends_on"};
using Columns = std::array<std::optional<std::size_t>, kColumnNames.size()>;

Columns read_header(const std::vector<std::string>& names, CellErrors& errors) {
    Columns columns;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string_view name = names[i] == "owner_role" ? std::string_view("owner") : names[i];
        const auto found = std::ranges::find(kColumnNames, name);
        const std::string shown(mortise::sdk::cut_utf8(names[i], kMaxKey));
        if (found == kColumnNames.end())
            errors.add(1, shown, "unknown_column", "This column is unknown.");
        else if (auto& column = columns[static_cast<std::size_t>(found - kColumnNames.begin())]; column)
            errors.add(1, shown, "repeated_column", "This column is there twice.");
        else
            column = i;
    }
    for (const Column needed : {kKey, kTitle})
        if (!columns[needed]) errors.add(1, kColumnNames[needed], "required", "This column must be there.");
    return columns;
}

// Reads the cells of one record into a draft.
class RowReader {
 public:
    RowReader(const Columns& columns, const std::vector<std::string>& fields, std::size_t row,
              CellErrors& errors)
        : columns_(columns), fields_(fields), row_(row), errors_(errors) {}

    Draft read() {
        Draft draft;
        draft.key = text(kKey, check_key, true).value_or("");
        draft.title = text(kTitle, check_title, true).value_or("");
        draft.description = text(kDescription, check_description);
        draft.owner = text(kOwner, check_owner);
        draft.due = text(kDue, check_due);
        if (const auto status = text(kStatus, check_status))
            draft.status = parse_status(*status).value_or(Status::kPlanned);
        draft.progress = percent();
        draft.parent = text(kParent, check_key);
        draft.depends_on = keys();
        return draft;
    }

 private:
    std::string_view cell(Column column) const {
        const auto place = columns_[column];
        return place && *place < fields_.size() ? std::string_view(fields_[*place]) : std::string_view{};
    }

    void fault(Column column, const Fault& fault) {
        errors_.add(row_, kColumnNames[column], fault.code, fault.detail);
    }

    // An empty cell is an absent value.
    std::optional<std::string> text(Column column, std::optional<Fault> (*check)(std::string_view),
                                    bool required = false) {
        const std::string_view value = cell(column);
        if (value.empty() && !required) return std::nullopt;
        const auto wrong = value.empty() ? Fault{"required", "Must not be empty."} : check(value);
        if (wrong) fault(column, *wrong);
        return wrong ? std::nullopt : std::optional(std::string(value));
    }

    std::int64_t percent() {
        const std::string_view value = cell(kProgress);
        if (value.empty()) return 0;
        std::int64_t progress = -1;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), progress);
        if (error != std::errc{} || end != value.data() + value.size()) progress = -1;
        if (const auto wrong = check_progress(progress)) fault(kProgress, *wrong);
        return progress;
    }

    // Keys joined by ';', blanks around them allowed.
    std::vector<std::string> keys() {
        std::vector<std::string> keys;
        std::string_view rest = cell(kDependsOn);
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            std::string_view key = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            while (key.starts_with(' '))
                key.remove_prefix(1);
            while (key.ends_with(' '))
                key.remove_suffix(1);
            if (const auto wrong = check_key(key)) fault(kDependsOn, *wrong);
            keys.emplace_back(key);
        }
        std::ranges::sort(keys);
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        if (keys.size() > kMaxDependencies)
            fault(kDependsOn,
                  {"too_long", "Must have at most " + std::to_string(kMaxDependencies) + " keys."});
        return keys;
    }

    const Columns& columns_;
    const std::vector<std::string>& fields_;
    std::size_t row_;
    CellErrors& errors_;
};

std::optional<Columns> read_first_record(CsvReader& reader, std::vector<std::string>& fields,
                                         CellErrors& errors) {
    switch (reader.next(fields)) {
        case CsvReader::Result::kRecord:
            return read_header(fields, errors);
        case CsvReader::Result::kEnd:
            errors.add(1, "", "required", "A row with the names of columns must come first.");
            break;
        case CsvReader::Result::kError:
            errors.add(reader.row(), "", "malformed_csv", reader.error());
            break;
    }
    return std::nullopt;
}

}  // namespace

std::vector<ImportRow> read_import(std::string_view text, CellErrors& errors) {
    std::vector<ImportRow> rows;
    if (!mortise::sdk::is_utf8(text)) {
        errors.add(1, "", "invalid_utf8", "The file is not UTF-8 text.");
        return rows;
    }
    CsvReader reader(text);
    std::vector<std::string> fields;
    const auto columns = read_first_record(reader, fields, errors);
    if (!columns || !errors.empty()) return rows;
    const std::vector<std::string> header = fields;
    while (true) {
        const CsvReader::Result result = reader.next(fields);
        if (result == CsvReader::Result::kEnd) return rows;
        if (result == CsvReader::Result::kError) {
            errors.add(reader.row(), "", "malformed_csv", reader.error());
            return rows;
        }
        if (rows.size() == kMaxImportRows) {
            errors.add(reader.row(), "", "too_many_rows",
                       "A file has at most " + std::to_string(kMaxImportRows) + " rows.");
            return rows;
        }
        if (fields.size() != header.size())
            errors.add(reader.row(), "", "wrong_width",
                       "Has " + std::to_string(fields.size()) + " fields; the header has " +
                           std::to_string(header.size()) + ".");
        if (fields == header)  // two files, one behind the other
            errors.add(reader.row(), "", "repeated_header", "The names of the columns stand here again.");
        rows.push_back({reader.row(), RowReader(*columns, fields, reader.row(), errors).read()});
    }
}

}  // namespace milestones
