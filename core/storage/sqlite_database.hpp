#pragma once

#include "core/storage/database.hpp"
#include "core/storage/schema.hpp"
#include "core/storage/sqlite_file.hpp"
#include "core/storage/sqlite_tenants.hpp"

#include <memory>

namespace mortise::storage {

// core.db and tenants/<uuid>.db in one directory.
class SqliteDatabase final : public Database {
 public:
    static base::Result<std::unique_ptr<Database>> open(const DatabaseSettings& settings,
                                                        const base::Clock& clock);
    SqliteDatabase(const DatabaseSettings& settings, const base::Clock& clock);

    Engine engine() const noexcept override { return Engine::kSqlite; }
    base::Status migrate_core(const MigrationSet& migrations) override;
    base::Status migrate_tenants(const MigrationSet& migrations) override;
    base::Result<std::unique_ptr<Unit>> begin_core(Access access, base::Monotonic deadline) override;
    base::Result<std::unique_ptr<Unit>> begin_tenant(const base::Uuid& tenant, Access access,
                                                     base::Monotonic deadline) override;
    base::Status create_tenant(const base::Uuid& tenant) override;
    base::Status drop_tenant(const base::Uuid& tenant) override;
    base::Status export_tenant(const base::Uuid& tenant, const std::filesystem::path& file) override;
    base::Status ping(base::Monotonic deadline) override;

 private:
    SchemaRegistry core_schema_;
    SchemaRegistry tenant_schema_;
    std::shared_ptr<SqliteFile> core_;
    SqliteTenants tenants_;
};

}  // namespace mortise::storage
