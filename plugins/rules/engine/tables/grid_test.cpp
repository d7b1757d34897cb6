#include "tables/grid.hpp"

#include "tables/test_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rules::tables {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::told;

Table sample_table() {
    Table table;
    table.id = "t1";
    table.name = "Discount";
    table.hit_policy = dmn::HitPolicy::kCollect;
    table.aggregation = dmn::Aggregation::kSum;
    table.inputs = {{"i1", "Age", "customer.age", "number", "[0..130]"}, {"i2", "", "country", "", ""}};
    table.outputs = {{"o1", "", "discount", "number", "", "0"}};
    table.annotations = {"Reason"};
    table.rows = {{"r1", "grown up", {">= 18", "-"}, {"5"}, {"by law"}},
                  {"r2", "", {"", "\"BD\""}, {"3"}, {""}}};
    return table;
}

Table table_of(const Grid& grid) {
    Faults faults;
    const auto table = from_grid(grid, faults);
    EXPECT_THAT(told(faults), IsEmpty());
    return table.value_or(Table());
}

std::vector<std::string> grid_faults(const Grid& grid) {
    Faults faults;
    EXPECT_FALSE(from_grid(grid, faults));
    return told(faults);
}

TEST(Grid, ShowsATable) {
    EXPECT_THAT(
        to_grid(sample_table()),
        ElementsAre(
            ElementsAre("Decision table", "Discount", "t1"), ElementsAre("Hit policy", "COLLECT", "SUM"),
            ElementsAre("Columns", "id", "input", "input", "output", "annotation", "description"),
            ElementsAre("Label", "", "Age", "", ""),
            ElementsAre("Expression", "", "customer.age", "country", "discount", "Reason"),
            ElementsAre("Type", "", "number", "", "number"), ElementsAre("Values", "", "[0..130]", "", ""),
            ElementsAre("Default", "", "", "", "0"), ElementsAre("Id", "", "i1", "i2", "o1"),
            ElementsAre("Rule", "r1", ">= 18", "-", "5", "by law", "grown up"),
            ElementsAre("Rule", "r2", "", "\"BD\"", "3", "", "")));
}

TEST(Grid, ComesBackAsItWas) {
    EXPECT_EQ(table_of(to_grid(sample_table())), sample_table());
    Table bare;
    bare.outputs = {{}};
    EXPECT_EQ(table_of(to_grid(bare)), bare);
}

TEST(Grid, PeopleMoveColumnsAndLeaveOutRows) {
    Table expected;
    expected.inputs = {{"", "", "x", "", ""}};
    expected.outputs = {{"", "", "y", "", "", ""}};
    expected.rows = {{"", "why", {"1"}, {"2"}, {}}, {"", "", {""}, {"3"}, {}}};
    EXPECT_EQ(table_of({{},
                        {" columns ", "Description", "OUTPUT", "", "input"},
                        {"", "  "},
                        {"EXPRESSION", "", "y", "", "x"},
                        {"rule", "why", "2", "", "1"},
                        {"rule", "", "3"}}),
              expected);
}

TEST(Grid, TellsEachCellThatIsWrong) {
    EXPECT_THAT(grid_faults({{"Decision table", "D", "d", "more"},
                             {"Hit policy", "BEST", "AVERAGE"},
                             {"Columns", "id", "id", "price", "output", "annotation"},
                             {"Label", "", "", "", "o", "a"},
                             {"Type", "", "", "", "number"},
                             {"Type", "", "", "", "string"},
                             {"Formula", "1"},
                             {"Rule", "", "", "", "1", "", "far"}}),
                ElementsAre("D1 unexpected_cell", "B2 unknown_hit_policy", "C2 unknown_aggregation",
                            "C3 duplicate_column", "D3 unknown_column", "F4 unexpected_cell",
                            "A6 duplicate_row", "A7 unknown_row", "G8 unexpected_cell"));
}

TEST(Grid, NeedsColumnsBeforeTheirCells) {
    EXPECT_THAT(grid_faults({}), ElementsAre(" missing_columns"));
    EXPECT_THAT(grid_faults({{"Rule", "1"}, {"Rule", "2"}}), ElementsAre(" missing_columns"));
    EXPECT_THAT(grid_faults({{"Rule", "1"}, {"Columns", "output"}}), ElementsAre("A2 misplaced_row"));
    EXPECT_THAT(grid_faults({{"Columns", "input"}}), ElementsAre(" missing_output"));
}

TEST(Grid, NamesOfCells) {
    EXPECT_EQ(cell_name(0, 0), "A1");
    EXPECT_EQ(cell_name(9, 25), "Z10");
    EXPECT_EQ(cell_name(0, 26), "AA1");
    EXPECT_EQ(cell_name(1'048'575, 16'383), "XFD1048576");
}

}  // namespace
}  // namespace rules::tables
