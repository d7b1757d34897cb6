#include "csv.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace milestones {
namespace {

using Record = std::vector<std::string>;

// All records, then "!" and the message if reading ended with an error.
std::vector<Record> read_all(std::string_view text) {
    CsvReader reader(text);
    std::vector<Record> records;
    Record record;
    while (true) {
        const auto result = reader.next(record);
        if (result == CsvReader::Result::kEnd) return records;
        if (result == CsvReader::Result::kError) {
            records.push_back({"!"});
            return records;
        }
        records.push_back(record);
    }
}

TEST(Csv, Rfc4180Section2) {
    EXPECT_EQ(read_all("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"),
              (std::vector<Record>{{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}}));
    EXPECT_EQ(read_all("aaa,bbb\r\nzzz,yyy"), (std::vector<Record>{{"aaa", "bbb"}, {"zzz", "yyy"}}));
    EXPECT_EQ(read_all("\"aaa\",\"b \r\nbb\",\"ccc\"\r\n"),
              (std::vector<Record>{{"aaa", "b \r\nbb", "ccc"}}));
    EXPECT_EQ(read_all("\"aaa\",\"b\"\"bb\",\"c,c\""), (std::vector<Record>{{"aaa", "b\"bb", "c,c"}}));
    EXPECT_EQ(read_all(" a , b "), (std::vector<Record>{{" a ", " b "}})) << "spaces are part of a field";
}

TEST(Csv, EmptyFieldsAndLines) {
    EXPECT_EQ(read_all(""), std::vector<Record>{});
    EXPECT_EQ(read_all("\r\n\n"), std::vector<Record>{});
    EXPECT_EQ(read_all(",,\n"), (std::vector<Record>{{"", "", ""}}));
    EXPECT_EQ(read_all("a,"), (std::vector<Record>{{"a", ""}}));
    EXPECT_EQ(read_all("\"\"\n"), (std::vector<Record>{{""}}));
    EXPECT_EQ(read_all("a\n\nb\n"), (std::vector<Record>{{"a"}, {"b"}}));
}

TEST(Csv, ByteOrderMark) {
    EXPECT_EQ(read_all("\xEF\xBB\xBFkey\n"), (std::vector<Record>{{"key"}}));
}

TEST(Csv, CountsRowsLikeASpreadsheet) {
    CsvReader reader("h\n\n\"a\nb\"\nc\n");
    Record record;
    reader.next(record);
    EXPECT_EQ(reader.row(), 1U);
    reader.next(record);
    EXPECT_EQ(reader.row(), 3U) << "the empty line is a row, the broken one is one row";
    reader.next(record);
    EXPECT_EQ(reader.row(), 4U);
}

TEST(Csv, RefusesWhatIsMalformed) {
    for (const std::string bad : {"\"open", "\"open\"\"", "a\"b", "\"a\"b", "\"a\" ,b", "a\rb", "a\r"})
        EXPECT_EQ(read_all(bad).back(), Record{"!"}) << bad;
}

TEST(Csv, LimitsFieldsAndColumns) {
    EXPECT_EQ(read_all(std::string(kMaxCsvField, 'x')).front().front().size(), kMaxCsvField);
    EXPECT_EQ(read_all(std::string(kMaxCsvField + 1, 'x')).back(), Record{"!"});
    EXPECT_EQ(read_all('"' + std::string(kMaxCsvField + 1, 'x') + '"').back(), Record{"!"});
    EXPECT_EQ(read_all(std::string(kMaxCsvColumns - 1, ',')).front().size(), kMaxCsvColumns);
    EXPECT_EQ(read_all(std::string(kMaxCsvColumns, ',')).back(), Record{"!"});
}

TEST(Csv, EveryTruncationEndsWell) {
    const std::string text = "\xEF\xBB\xBFkey,\"ti\"\"tle\"\r\n\"a\r\nb\",\"c\"\r\n";
    for (std::size_t size = 0; size <= text.size(); ++size)
        read_all(std::string_view(text).substr(0, size));
}

TEST(Csv, WritesWhatItReads) {
    const Record hard = {"plain", "co,mma", "quo\"te", "line\nbreak", "cr\r\nlf", "", " edge ", "=1+1", "ü"};
    std::string text;
    append_csv_record(text, {hard.begin(), hard.end()});
    EXPECT_EQ(read_all(text), std::vector<Record>{hard});
    EXPECT_TRUE(text.ends_with("\r\n"));
}

}  // namespace
}  // namespace milestones
