#pragma once

#include "core/base/result.hpp"
#include "core/host/package.hpp"
#include "core/host/plugin.hpp"
#include "core/host/service_parts.hpp"

#include <memory>

namespace mortise::host {

// Loads a verified package into this process and starts it. Its calls run on the threads that make them,
// several at once. Errors are those of Library::load, and `plugin_entry_invalid`, `plugin_start_failed`,
// `statement_invalid`, each naming the plugin.
base::Result<std::unique_ptr<Plugin>> load_in_process(Package package, storage::Engine engine,
                                                      ServiceParts parts);

// The migrations of a package for an engine: sql/<engine>/migrations/NNNN_name.sql, in order.
base::Result<storage::MigrationSet> package_migrations(const Package& package, storage::Engine engine);

// The statements of a package for an engine, by name. Errors `statement_invalid` name file and line.
base::Result<Statements> read_statements(const Package& package, storage::Engine engine);

// Whether the manifest's ABI is this host's; `plugin_abi_mismatch`.
base::Status check_abi(const Manifest& manifest);

// Whether every statement and migration of a package for an engine can be read and passes the judge
// (core/storage/judge.hpp). Errors name file and line, or the statement.
base::Status check_sql(const Package& package, storage::Engine engine);

}  // namespace mortise::host
