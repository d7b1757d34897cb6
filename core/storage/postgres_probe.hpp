#pragma once

#include "core/base/result.hpp"
#include "core/storage/postgres_connection.hpp"

#include <string>

namespace mortise::storage {

// Tries, under a plugin's role, what no plugin may. Refuses the start (`storage_unguarded`) if it could read
// the platform's schema or make something in the tenants': the server's own grants are wrong then. Answers
// what else the database lets the role do, as one sentence for the operator, or the empty text: only a
// superuser can take that away (config/postgresql/setup.sql), and some managed servers never do.
base::Result<std::string> probe_guards(PostgresConnection& connection);

}  // namespace mortise::storage
