#pragma once

#include "core/base/result.hpp"
#include "core/storage/sqlite_connection.hpp"

#include <map>
#include <string>

namespace mortise::storage {

// The objects of a database as sqlite_schema has them: "table name" to its table and text. Read under the
// host's policy.
using SqliteCatalogue = std::map<std::string, std::string>;
base::Result<SqliteCatalogue> read_catalogue(SqliteConnection& connection);

// After a plugin's migration and before its commit: whether every object that is new, gone or changed is a
// table or index named <plugin>__…, of a table of that name, whose foreign keys lead to such tables. Refuses
// the first that is not (`migration_refused`).
base::Status check_catalogue(SqliteConnection& connection, const SqliteCatalogue& before,
                             const std::string& plugin);

}  // namespace mortise::storage
