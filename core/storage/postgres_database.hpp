#pragma once

#include "core/storage/database.hpp"
#include "core/storage/plugin_roles.hpp"
#include "core/storage/pool.hpp"
#include "core/storage/postgres_connection.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mortise::storage {

// One PostgreSQL database with the platform's tables in the schema mortise_core and all tenants' in
// mortise_tenant, kept apart by row-level security.
class PostgresDatabase final : public Database {
 public:
    static base::Result<std::unique_ptr<Database>> open(const DatabaseSettings& settings,
                                                        const base::Clock& clock);
    PostgresDatabase(const DatabaseSettings& settings, const base::Clock& clock);

    Engine engine() const noexcept override { return Engine::kPostgresql; }
    base::Status migrate_core(const MigrationSet& migrations) override;
    base::Status migrate_tenants(const MigrationSet& migrations) override;
    base::Result<std::unique_ptr<Unit>> begin_core(Access access, base::Monotonic deadline) override;
    base::Result<std::unique_ptr<Unit>> begin_tenant(const base::Uuid& tenant, Access access,
                                                     base::Monotonic deadline) override;
    base::Status create_tenant(const base::Uuid& tenant) override;
    base::Status drop_tenant(const base::Uuid& tenant) override;
    base::Status export_tenant(const base::Uuid& tenant, const std::filesystem::path& file) override;
    base::Status ping(base::Monotonic deadline) override;
    std::unique_ptr<ChangeListener> listen(std::function<void()> changed) override;
    std::vector<std::string> warnings() const override;

 private:
    using Connections = Pool<PostgresConnection>;
    base::Result<Connections::Lease> lease_for_schema();
    base::Result<Connections::Lease> begin(const base::Uuid& tenant, Access access, base::Monotonic deadline);
    base::Result<std::unique_ptr<Unit>> begin_unit(const base::Uuid& tenant, Access access,
                                                   base::Monotonic deadline);

    const DatabaseSettings settings_;
    const base::Clock& clock_;
    PluginRoles roles_;
    mutable std::mutex warnings_mutex_;
    std::vector<std::string> warnings_;
    Connections connections_;
};

}  // namespace mortise::storage
