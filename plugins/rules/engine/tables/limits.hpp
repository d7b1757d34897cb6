#pragma once

#include <cstddef>

namespace rules::tables {

// What an import may take. The defaults are far beyond what people keep in one sheet.
struct Limits {
    std::size_t max_bytes = 16U << 20;           // of a document as it is given
    std::size_t max_unpacked_bytes = 64U << 20;  // of all the parts of a workbook that are read
    std::size_t max_parts = 1'000;               // of a workbook
    std::size_t max_rows = 100'000;
    std::size_t max_columns = 1'000;
    std::size_t max_cells = 1'000'000;
    std::size_t max_cell_bytes = 64U << 10;
};

}  // namespace rules::tables
