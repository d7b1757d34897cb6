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

// Puts row-level security on tables that lack it.
base::Status protect_tables(PostgresConnection& connection);

// Refuses the first thing that is against the rules, by name.
base::Status check_rules(PostgresConnection& connection);

}  // namespace mortise::storage
