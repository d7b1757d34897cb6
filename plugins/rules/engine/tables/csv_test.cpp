#include "tables/csv.hpp"

#include "tables/test_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rules::tables {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::told;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string as_csv(const Grid& grid) {
    const std::string text = write_csv(grid);
    EXPECT_TRUE(text.starts_with(kByteOrderMark));
    return text.substr(kByteOrderMark.size());
}

Grid csv_cells(std::string_view text) {
    Faults faults;
    const auto grid = read_csv(text, faults);
    EXPECT_THAT(told(faults), IsEmpty()) << text;
    return grid.value_or(Grid());
}

std::vector<std::string> csv_faults(std::string_view text, const Limits& limits = {}) {
    Faults faults;
    EXPECT_FALSE(read_csv(text, faults, limits)) << text;
    return told(faults);
}

TEST(Csv, QuotesOnlyWhatNeedsIt) {
    EXPECT_EQ(as_csv({{"a", "", "b c"}, {}, {"1,5", "say \"x\"", "two\nlines"}, {" a", "a ", "a;b", "a\tb"}}),
              "a,,b c\r\n"
              "\r\n"
              "\"1,5\",\"say \"\"x\"\"\",\"two\nlines\"\r\n"
              "\" a\",\"a \",\"a;b\",\"a\tb\"\r\n");
}

TEST(Csv, NothingIsAFormulaToASpreadsheet) {
    EXPECT_EQ(as_csv({{"=1+1", "+1", "-x", "@a", "-1+cmd|' /C calc'!A0"}}),
              "\"'=1+1\",\"'+1\",\"'-x\",\"'@a\",\"'-1+cmd|' /C calc'!A0\"\r\n");
    EXPECT_EQ(as_csv({{"\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a"}}),
              "\"'\t=1\",\"'\r=1\",\"'\n=1\",\"'＝1\",\"'＋1\",\"'－1\",\"'＠a\"\r\n");
    EXPECT_EQ(as_csv({{"-", "-5", "-5.25", "a-b", "'a"}}), "-,-5,-5.25,a-b,'a\r\n");
}

TEST(Csv, GuardsAreTakenAwayAgain) {
    const Grid grid = {{"=1+1", "+1", "-x", "@a", "\t", "\r", "\n", "-", "-5", "-5-5", "+", "--"},
                       {"'", "''", "'=1", "''=1", "'a", "'-", "'", "＝", "'＝", "'TRUE"},
                       {"TRUE", "true", "FALSE", "false", "True", "\"", "\"\"", ",", ";", "\r\n"}};
    EXPECT_EQ(csv_cells(write_csv(grid)), grid);
}

TEST(Csv, BooleansThatASpreadsheetSaved) {
    EXPECT_EQ(csv_cells("TRUE,FALSE,'TRUE,TRUE OR X"), (Grid{{"true", "false", "TRUE", "TRUE OR X"}}));
}

TEST(Csv, ReadsWhatProgramsWrite) {
    const Grid expected = {{"a", "b,c"}, {"d\r\ne", "\"f\""}};
    EXPECT_EQ(csv_cells("a,\"b,c\"\r\n\"d\r\ne\",\"\"\"f\"\"\"\r\n"), expected);
    EXPECT_EQ(csv_cells("a,\"b,c\"\n\"d\r\ne\",\"\"\"f\"\"\""), expected);
    EXPECT_EQ(csv_cells("\xEF\xBB\xBF"
                        "a;b,c\r\n\"d\r\ne\";\"\"\"f\"\"\""),
              expected);
    EXPECT_EQ(csv_cells("a\tb,c\n\"d\r\ne\"\t\"\"\"f\"\"\"\n"), expected);
    EXPECT_EQ(csv_cells("a,,\n\n,b"), (Grid{{"a", "", ""}, {""}, {"", "b"}}));
    EXPECT_EQ(csv_cells("\"a;b;c\",d"), (Grid{{"a;b;c", "d"}}));
    EXPECT_EQ(csv_cells(""), Grid());
}

TEST(Csv, TellsTheCellThatIsWrong) {
    EXPECT_THAT(csv_faults("a,b\nc,\"d\ne"), ElementsAre("B2 bad_csv"));
    EXPECT_THAT(csv_faults("a,b\n\"c\"d,e"), ElementsAre("A2 bad_csv"));
    EXPECT_THAT(csv_faults("a,b\"c\""), ElementsAre("B1 bad_csv"));
    EXPECT_THAT(csv_faults("a\rb"), ElementsAre("A1 bad_csv"));
    EXPECT_THAT(csv_faults("a,\xFF"), ElementsAre(" not_utf8"));
}

TEST(Csv, Limits) {
    Limits limits;
    limits.max_bytes = 10;
    EXPECT_THAT(csv_faults("12345678901", limits), ElementsAre(" too_large"));
    limits.max_rows = 2;
    EXPECT_THAT(csv_faults("1\n2\n3\n", limits), ElementsAre("A2 too_many_rows"));
    limits.max_columns = 2;
    EXPECT_THAT(csv_faults("1,2,3", limits), ElementsAre("B1 too_many_cells"));
    limits.max_cells = 3;
    EXPECT_THAT(csv_faults("1,2\n3,4", limits), ElementsAre("A2 too_many_cells"));
    limits.max_cell_bytes = 4;
    EXPECT_THAT(csv_faults("1,12345", limits), ElementsAre("B1 cell_too_long"));
    EXPECT_THAT(csv_faults("\"1\"\"\"\"45\"", limits), ElementsAre("A1 cell_too_long"));
}

}  // namespace
}  // namespace rules::tables
