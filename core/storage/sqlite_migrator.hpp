#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/storage/schema.hpp"
#include "core/storage/sqlite_connection.hpp"

#include <string>

namespace mortise::storage {

// Brings the database of a connection, on which no transaction is open, to `schema`. Each step is a
// transaction of its own, so that a crash leaves whole steps.
base::Status migrate_sqlite(SqliteConnection& connection, const Schema& schema, const base::Clock& clock);

// The fingerprint of the schema that the database has reached, kept in PRAGMA user_version: one integer tells
// that nothing is to be done.
base::Result<std::int64_t> read_fingerprint(SqliteConnection& connection);

// Runs one step of a plugin inside the open transaction, under its policy, and compares the catalogue.
base::Status run_plugin_step(SqliteConnection& connection, const std::string& plugin,
                             const Migration& migration);

}  // namespace mortise::storage
