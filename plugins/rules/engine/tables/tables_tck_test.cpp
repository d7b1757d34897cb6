// Every decision table of the DMN Technology Compatibility Kit (the folder dmn-tck in MORTISE_CONFORMANCE)
// goes out as CSV and as XLSX and comes in again as the same, and back in its model leaves the model as it
// was.
#include "tables/model_tables.hpp"
#include "tables/sheets.hpp"
#include "tables/test_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace rules::tables {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using testing::told;

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The table that an import finds, which has in the end what the model had.
void expect_round_trip(const std::string& xml, const std::string& id) {
    Faults faults;
    const auto table = read_table(xml, id, faults);
    ASSERT_TRUE(table);
    const auto from_text = from_csv(to_csv(*table), faults);
    EXPECT_TRUE(from_text == table);
    const auto workbook = to_xlsx(*table, faults);
    ASSERT_TRUE(workbook);
    const auto from_book = from_xlsx(*workbook, faults);
    EXPECT_TRUE(from_book == table);
    ASSERT_TRUE(from_text);
    const auto replaced = replace_table(xml, id, *from_text, faults);
    ASSERT_TRUE(replaced) << ::testing::PrintToString(told(faults));
    EXPECT_TRUE(read_table(*replaced, id, faults) == table);
    EXPECT_THAT(told(faults), IsEmpty());
}

TEST(TablesOfTheTck, ComeBackAsTheyWere) {
    const char* given = std::getenv("MORTISE_CONFORMANCE");
    const fs::path folder = fs::path(given != nullptr ? given : "") / "dmn-tck";
    if (!fs::is_directory(folder)) {
        const char* ci = std::getenv("CI");
        const std::string message =
            "MORTISE_CONFORMANCE names no folder with dmn-tck, the TestCases of github.com/dmn-tck/tck";
        if (ci != nullptr && std::string_view(ci) == "true") FAIL() << message;
        GTEST_SKIP() << message;
    }
    std::size_t tables = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".dmn") continue;
        const std::string xml = read_file(entry.path());
        Faults faults;
        for (const TableEntry& table : list_tables(xml, faults)) {
            SCOPED_TRACE(entry.path().string() + ": " + table.holder_name);
            expect_round_trip(xml, table.id.empty() ? table.holder_name : table.id);
            ++tables;
        }
    }
    std::cout << tables << " tables\n";
    EXPECT_GE(tables, 40u);
}

}  // namespace
}  // namespace rules::tables
