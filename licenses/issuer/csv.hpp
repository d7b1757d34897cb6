#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::issuer {

// Comma-separated values (RFC 4180): quoted fields, with "" for a quote, may hold commas and line ends; CRLF
// or LF; UTF-8, of which a byte-order mark at the beginning is passed over.
class CsvReader {
 public:
    // `text` must outlive the reader.
    explicit CsvReader(std::string_view text);

    // The next record; false at the end. Empty lines are passed over. Throws Failure `malformed_csv` with the
    // line.
    bool next(std::vector<std::string>& fields);
    // The line, from 1, at which the last record began.
    std::size_t line() const noexcept { return record_line_; }

 private:
    std::string quoted();
    std::string_view rest_;
    std::size_t line_ = 1, record_line_ = 1;
};

// A field as it stands in a file: quoted if it must be. What a spreadsheet would take for a formula (= + - @,
// tab or CR at the beginning) gets an apostrophe before it, as names may come from strangers.
std::string csv_field(std::string_view text);
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace mortise::issuer
