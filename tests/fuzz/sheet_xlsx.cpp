// Workbooks as decision tables: the input as a whole workbook, and its pieces, between zero bytes, as rows,
// shared texts, number formats and styles of a sound one. What is read is written as what reads the same.
#include "tables/grid.hpp"
#include "tables/test_workbook.hpp"
#include "tables/xlsx.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace rules::tables;

void read_workbook(std::string_view bytes) {
    Faults faults(20);
    const Limits limits{.max_bytes = 64 << 10,
                        .max_unpacked_bytes = 1 << 20,
                        .max_parts = 20,
                        .max_rows = 1'000,
                        .max_columns = 50,
                        .max_cells = 5'000};
    const auto grid = read_xlsx(bytes, faults, limits);
    FUZZ_EXPECT(grid.has_value() == faults.empty());
    if (!grid) return;
    Faults of_writing;
    if (const auto written = write_xlsx(*grid, of_writing))
        FUZZ_EXPECT(read_xlsx(*written, of_writing) == grid);
    const auto table = from_grid(*grid, faults);
    FUZZ_EXPECT(table.has_value() == faults.empty());
    if (table) FUZZ_EXPECT(from_grid(to_grid(*table), faults) == table);
}

std::string next_piece(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    std::string piece(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

}  // namespace

void fuzz(std::string_view input) {
    read_workbook(input);
    testing::TestWorkbook workbook;
    for (std::string* part : {&workbook.rows, &workbook.texts, &workbook.formats, &workbook.styles})
        *part = next_piece(input);
    read_workbook(workbook.bytes());
}
