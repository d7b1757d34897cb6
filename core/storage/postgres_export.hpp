#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/postgres_connection.hpp"

#include <filesystem>

namespace mortise::storage {

// Writes the rows that a tenant's open reading transaction sees to a new SQLite file, with tables and columns
// of the same names and the types of value.hpp; others (numeric, jsonb, …) become their text. The file
// appears whole or not at all.
base::Status export_rows(PostgresConnection& connection, const base::Uuid& tenant,
                         const std::filesystem::path& file);

}  // namespace mortise::storage
