#pragma once

#include "dmn/fault.hpp"
#include "model.hpp"
#include "table_format.hpp"
#include "tables/grid.hpp"
#include "tables/table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Decision tables of a version's files, and sheets that take their places.
namespace rules {

// A table and the file that it stands in.
struct StoredTable {
    std::size_t file = 0;
    tables::Table table;
};

// By the table's id, or by the id or name of what it is the logic of: the first one in the order of the
// files, or in the file of that name. 404 if there is none.
StoredTable find_table(const std::vector<SourceFile>& files, std::string_view id_or_name,
                       std::optional<std::string_view> file);

// A table as it was sent, and the sheet where it stood.
struct Sheet {
    tables::Grid grid;
    tables::Table table;
};

// 400 `invalid_table` with every faulty cell.
Sheet decode_sheet(TableFormat format, std::string_view body);

// Puts the sheet's table in the place of the stored one. 400 `invalid_table` for what can't stand in a model,
// 422 `invalid_model` if the model has errors then: each with row and column if it is of the sheet.
void replace_table(std::vector<SourceFile>& files, const StoredTable& stored, std::string_view id_or_name,
                   const Sheet& sheet);

}  // namespace rules
