#pragma once

#include "dmn/limits.hpp"
#include "tables/fault.hpp"
#include "tables/table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The decision tables of a DMN document. Faults of a model's own are none here unless the table can't be
// read: dmn::compile tells them.
namespace rules::tables {

struct TableEntry {
    std::string id;         // of the decisionTable; may be empty
    std::string holder_id;  // of the decision or knowledge model
    std::string holder_name;
};

// All of them, in the order of the document.
std::vector<TableEntry> list_tables(std::string_view xml, Faults& faults, const dmn::Limits& limits = {});

// By the table's id, or by the id or name of what it is the logic of. None, with faults, if there is no such
// table.
std::optional<Table> read_table(std::string_view xml, std::string_view name_or_id, Faults& faults,
                                const dmn::Limits& limits = {});

// The document with this table in place of the one that was there. Columns and rows are recognised by their
// ids, and keep what a Table doesn't show (extensions, ids of cells, languages); new ones get ids. A row
// whose id another has already, as a copy in a spreadsheet does, is new. Name and id of the table stay.
std::optional<std::string> replace_table(std::string_view xml, std::string_view name_or_id,
                                         const Table& table, Faults& faults, const dmn::Limits& limits = {});

}  // namespace rules::tables
