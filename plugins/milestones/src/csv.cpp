#include "csv.hpp"

#include <algorithm>

namespace milestones {

CsvReader::CsvReader(std::string_view text) : rest_(text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

bool CsvReader::at_line_end() const noexcept {
    return rest_.starts_with('\n') || rest_.starts_with("\r\n");
}

void CsvReader::skip_line_end() noexcept {
    if (at_line_end()) rest_.remove_prefix(rest_.starts_with('\n') ? 1 : 2);
}

bool CsvReader::fail(std::string_view error) noexcept {
    error_ = error;
    rest_ = {};
    return false;
}

CsvReader::Result CsvReader::next(std::vector<std::string>& fields) {
    fields.clear();
    if (!error_.empty()) return Result::kError;
    while (at_line_end()) {
        ++row_;
        skip_line_end();
    }
    if (rest_.empty()) return Result::kEnd;
    ++row_;
    while (true) {
        if (fields.size() == kMaxCsvColumns) fail("A record has too many columns.");
        if (!error_.empty() || !read_field(fields.emplace_back())) return Result::kError;
        if (!rest_.starts_with(',')) break;
        rest_.remove_prefix(1);
    }
    skip_line_end();
    return Result::kRecord;
}

bool CsvReader::read_field(std::string& field) {
    if (rest_.starts_with('"')) return read_quoted(field);
    const std::size_t end = std::min(rest_.find_first_of(",\"\r\n"), rest_.size());
    if (end > kMaxCsvField) return fail("A field is longer than 64 KiB.");
    field = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (rest_.starts_with('"')) return fail("A quote stands inside a field that does not begin with one.");
    if (rest_.starts_with('\r') && !at_line_end())
        return fail("A carriage return stands without a line feed.");
    return true;
}

bool CsvReader::read_quoted(std::string& field) {
    rest_.remove_prefix(1);
    while (true) {
        const std::size_t quote = rest_.find('"');
        if (quote == std::string_view::npos) return fail("A quoted field is not closed.");
        if (field.size() + quote > kMaxCsvField) return fail("A field is longer than 64 KiB.");
        field.append(rest_.substr(0, quote));
        rest_.remove_prefix(quote + 1);
        if (!rest_.starts_with('"')) break;
        field += '"';
        rest_.remove_prefix(1);
    }
    if (rest_.empty() || rest_.starts_with(',') || at_line_end()) return true;
    return fail("Text stands behind the closing quote of a field.");
}

void append_csv_field(std::string& out, std::string_view field) {
    const bool blank_edge = field.starts_with(' ') || field.ends_with(' ');  // some readers trim these
    if (!blank_edge && field.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += field;
        return;
    }
    out += '"';
    for (const char c : field)
        out.append(c == '"' ? 2 : 1, c);
    out += '"';
}

void append_csv_record(std::string& out, const std::vector<std::string_view>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) out += ',';
        append_csv_field(out, fields[i]);
    }
    out += "\r\n";
}

}  // namespace milestones
