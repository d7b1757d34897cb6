#pragma once

#include "core/base/result.hpp"
#include "core/storage/postgres_connection.hpp"

#include <set>
#include <string>

namespace mortise::storage {

// Rules that every table of the tenants' schema follows, checked in the catalogue inside the transaction of a
// migration:
// - tenant_id uuid NOT NULL DEFAULT (current_setting('mortise.tenant')::uuid), first in the primary key and
//   in every unique key, so that rows of two tenants never meet and Citus can distribute by it;
// - forced row-level security with the host's policy and no other;
// - no view, materialised view, foreign table, function, trigger, rule, or foreign key out of the schema.

base::Result<std::set<std::string>> tenant_tables(PostgresConnection& connection);

// Everything in the database that a plugin's migration may not make, change or drop, one line each: relations
// and their columns' number and rights, schemas, functions, types, triggers, rules, policies, constraints,
// extensions, and foreign keys of the plugin's tables that lead out of them. Compared before a commit.
base::Result<std::set<std::string>> foreign_objects(PostgresConnection& connection,
                                                    const std::string& plugin);

// Puts row-level security on tables that lack it.
base::Status protect_tables(PostgresConnection& connection);

// Refuses the first thing that is against the rules, by name.
base::Status check_rules(PostgresConnection& connection);

}  // namespace mortise::storage
