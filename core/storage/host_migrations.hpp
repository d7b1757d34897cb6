#pragma once

#include "core/base/result.hpp"
#include "core/storage/database.hpp"
#include "core/storage/migration.hpp"

namespace mortise::storage {

// The host's own sets, compiled in from migrations/core ("core", for migrate_core) and migrations/tenant
// ("host", for migrate_tenants). They fail only if a file in the source tree has a wrong name or number.
base::Result<MigrationSet> core_migrations(Engine engine);
base::Result<MigrationSet> host_migrations(Engine engine);

}  // namespace mortise::storage
