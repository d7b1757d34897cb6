#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/storage/migration.hpp"
#include "core/storage/postgres_connection.hpp"

#include <string>
#include <string_view>

namespace mortise::storage {

// Refuses a role that row-level security would not hold: a superuser, or one with BYPASSRLS.
base::Status check_role(PostgresConnection& connection);

// Makes the schemas and the table of migrations, unless they are there.
base::Status make_schemas(PostgresConnection& connection);

// Applies what a set has and the database has not, each step in a transaction of its own under a lock, so
// that several nodes can start at once. Each step of the tenants' schema leaves every table with row-level
// security; one that breaks the rules of postgres_rules.hpp is rolled back.
base::Status migrate_postgres(PostgresConnection& connection, std::string_view schema,
                              const MigrationSet& set, const base::Clock& clock);

// Makes the NOLOGIN role under which a plugin's statements run, with rights on the plugin's tables only, and
// answers its quoted name. Empty if the server does not allow it: then only the judgement of statements at
// install stands between plugins (tenants stay apart all the same).
base::Result<std::string> make_plugin_role(PostgresConnection& connection, const std::string& plugin);

}  // namespace mortise::storage
