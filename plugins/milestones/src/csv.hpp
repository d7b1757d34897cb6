#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Comma-separated values (RFC 4180), in UTF-8. Besides CRLF a lone LF ends a record, and a byte order mark
// may come first, since both are what programs write.
namespace milestones {

inline constexpr std::size_t kMaxCsvField = 64 * 1024;  // bytes
inline constexpr std::size_t kMaxCsvColumns = 64;

// Reads record by record. The text must outlive the reader.
class CsvReader {
 public:
    enum class Result { kRecord, kEnd, kError };

    explicit CsvReader(std::string_view text);

    // Reads the next record, past empty lines. After kError nothing more can be read.
    Result next(std::vector<std::string>& fields);

    // Of the record that was read last: its number as spreadsheets count, 1 for the first, and what is wrong.
    std::size_t row() const noexcept { return row_; }
    std::string_view error() const noexcept { return error_; }

 private:
    bool read_field(std::string& field);
    bool read_quoted(std::string& field);
    bool at_line_end() const noexcept;
    void skip_line_end() noexcept;
    bool fail(std::string_view error) noexcept;

    std::string_view rest_;
    std::size_t row_ = 0;
    std::string_view error_;
};

// Appends one field, quoted where it must be. The text stays as it is: a spreadsheet that takes a leading
// '=',
// '+', '-' or '@' for a formula has to be told to import text, since escaping would change the data.
void append_csv_field(std::string& out, std::string_view field);
// Appends a record and its CRLF.
void append_csv_record(std::string& out, const std::vector<std::string_view>& fields);

}  // namespace milestones
