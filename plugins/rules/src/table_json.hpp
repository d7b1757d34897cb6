#pragma once

#include "model.hpp"
#include "tables/table.hpp"

#include <cstdint>
#include <string>
#include <vector>

// Decision tables as the API shows them.
namespace rules {

// {"version", "items": […]} of the tables of all files, without their rules.
std::string tables_to_json(std::int64_t version, const std::vector<SourceFile>& files);

// One table with its rules; `file` is the name of the one that it stands in.
std::string table_to_json(std::int64_t version, const std::string& file, const tables::Table& table);

}  // namespace rules
