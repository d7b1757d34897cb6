#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace mortise::storage {

// One step of a schema, in the SQL of the engine it is for. Applied once, in order, never changed: `checksum`
// (BLAKE2b-256 of the text, hex) is kept, and a difference refuses the start.
struct Migration {
    std::uint32_t version = 0;  // from the file's name: 0001_name.sql
    std::string name;
    std::string sql;
};

// The steps of one owner: "core", "host" (the host's tables in a tenant's database) or a plugin's id, whose
// tables are named <id>__….
struct MigrationSet {
    std::string owner;
    std::vector<Migration> steps;  // ascending, without gaps, from 1
};

// Makes a step of a file's name and text; the name must be NNNN_name.sql.
base::Result<Migration> parse_migration(std::string_view file_name, std::string_view text);
std::string checksum(const Migration& migration);

}  // namespace mortise::storage
