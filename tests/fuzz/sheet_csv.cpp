// CSV as decision tables: what is read is written as what reads the same, as cells and as a table.
#include "tables/csv.hpp"
#include "tables/grid.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace rules::tables;
    Faults faults(20);
    const Limits limits{.max_bytes = 64 << 10, .max_rows = 1'000, .max_columns = 50, .max_cells = 5'000};
    const auto grid = read_csv(input, faults, limits);
    FUZZ_EXPECT(grid.has_value() == faults.empty());
    if (!grid) return;
    FUZZ_EXPECT(read_csv(write_csv(*grid), faults) == grid);
    const auto table = from_grid(*grid, faults);
    FUZZ_EXPECT(table.has_value() == faults.empty());
    if (table) FUZZ_EXPECT(from_grid(to_grid(*table), faults) == table);
}
