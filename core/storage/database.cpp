#include "core/storage/database.hpp"

#include "core/storage/postgres_database.hpp"
#include "core/storage/sqlite_database.hpp"

namespace mortise::storage {

base::Result<std::unique_ptr<Database>> Database::open(const DatabaseSettings& settings,
                                                       const base::Clock& clock) {
    if (settings.engine == Engine::kSqlite) return SqliteDatabase::open(settings, clock);
    return PostgresDatabase::open(settings, clock);
}

}  // namespace mortise::storage
