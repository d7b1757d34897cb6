#include "licenses/issuer/csv.hpp"

#include "licenses/issuer/failure.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mortise::issuer {
namespace {

using Records = std::vector<std::vector<std::string>>;

Records read(std::string_view text) {
    CsvReader reader(text);
    Records out;
    std::vector<std::string> fields;
    while (reader.next(fields))
        out.push_back(fields);
    return out;
}

// RFC 4180, 2.
TEST(Csv, ReadsRecords) {
    EXPECT_EQ(read("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"),
              (Records{{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}}));
    EXPECT_EQ(read("aaa,bbb\nzzz,yyy"), (Records{{"aaa", "bbb"}, {"zzz", "yyy"}}));
    EXPECT_EQ(read("\"aaa\",\"b\r\nbb\",\"ccc\"\r\n"), (Records{{"aaa", "b\r\nbb", "ccc"}}));
    EXPECT_EQ(read("\"aaa\",\"b\"\"bb\",\"c,c\"\n"), (Records{{"aaa", "b\"bb", "c,c"}}));
    EXPECT_EQ(read("a,,\n,b,\n"), (Records{{"a", "", ""}, {"", "b", ""}}));
    EXPECT_EQ(read("\xef\xbb\xbf"
                   "sub\nMüller\n"),
              (Records{{"sub"}, {"Müller"}}));
    EXPECT_EQ(read("\n\na\n\n\nb\n\n"), (Records{{"a"}, {"b"}}));
    EXPECT_EQ(read(""), Records{});
}

TEST(Csv, SaysWhatIsWrongAndWhere) {
    for (const auto& [text, line] : {std::pair{"a\nb\"c\n", "Line 2"}, std::pair{"a\n\n\"b\nc", "Line 3"},
                                     std::pair{"\"a\"b\n", "Line 1"}, std::pair{"a\rb\n", "Line 1"}}) {
        try {
            read(text);
            ADD_FAILURE() << text;
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), "malformed_csv");
            EXPECT_EQ(std::string(failure.what()).substr(0, 6), line) << text;
        }
    }
}

TEST(Csv, LinesOfRecords) {
    CsvReader reader("a\n\"b\nb\"\nc\n");
    std::vector<std::string> fields;
    std::vector<std::size_t> lines;
    while (reader.next(fields))
        lines.push_back(reader.line());
    EXPECT_EQ(lines, (std::vector<std::size_t>{1, 2, 4}));
}

TEST(Csv, WhatASpreadsheetWouldRunIsText) {
    EXPECT_EQ(csv_field("=1+1"), "'=1+1");
    EXPECT_EQ(csv_field("@SUM(A1)"), "'@SUM(A1)");
    EXPECT_EQ(csv_field("-2"), "'-2");
    EXPECT_EQ(csv_field("a=b"), "a=b");
    EXPECT_EQ(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
    EXPECT_EQ(csv_line({"a", "b c", ""}), "a,b c,\r\n");
}

TEST(Csv, RoundTrips) {
    const std::vector<std::string> fields = {"a", "b,c", "d\"e", "f\ng", ""};
    EXPECT_EQ(read(csv_line(fields)), Records{fields});
}

}  // namespace
}  // namespace mortise::issuer
