#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::storage {

// One .sql file that was compiled into the program (cmake/MortiseSql.cmake).
struct SqlFile {
    std::string_view name;
    std::string_view text;
};

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

// A set from files, refused unless their versions run from 1 without a gap.
base::Result<MigrationSet> make_migration_set(std::string owner, std::span<const SqlFile> files);

// A step that a database says it has.
struct AppliedMigration {
    std::uint32_t version = 0;
    std::string name;
    std::string checksum;
};

// The steps of `set` that are still to be applied, given those that were (ascending). A history that differs
// is refused. One that is longer is accepted: each migration works with the previous version of the code.
base::Result<std::span<const Migration>> pending(const MigrationSet& set,
                                                 const std::vector<AppliedMigration>& applied);

// Whether `name` is an id that a plugin may have: [a-z][a-z0-9]{1,30}.
bool is_plugin_id(std::string_view name) noexcept;

}  // namespace mortise::storage
