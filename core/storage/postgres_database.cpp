#include "core/storage/postgres_database.hpp"

#include "core/storage/postgres_export.hpp"
#include "core/storage/postgres_listener.hpp"
#include "core/storage/postgres_probe.hpp"
#include "core/storage/postgres_rules.hpp"
#include "core/storage/postgres_schema.hpp"
#include "core/storage/postgres_unit.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace mortise::storage {
namespace {

constexpr std::chrono::seconds kSchemaWait{60};

// Whatever happened, the connection comes back without a transaction or not at all.
void clean_up(Pool<PostgresConnection>::Lease& connection) {
    if (!connection->rollback()) connection.discard();
}

base::Error nil_tenant() {
    return base::internal_error("the nil UUID is no tenant");
}

// Deletes a table's rows, unless others still refer to them; answers whether it could.
base::Result<bool> try_delete(PostgresConnection& connection, const std::string& table) {
    MORTISE_TRY(connection.execute("SAVEPOINT rows"));
    const auto deleted = connection.execute("DELETE FROM mortise_tenant.\"" + table + "\"");
    if (deleted.ok()) return true;
    if (deleted.error().code != kForeignKey) return deleted.error();
    MORTISE_TRY(connection.execute("ROLLBACK TO rows"));
    return false;
}

// Goes over the tables again as long as that helps: each round frees what the rows of one before referred to.
base::Status delete_rows(PostgresConnection& connection) {
    MORTISE_TRY_ASSIGN(auto left, tenant_tables(connection));
    while (!left.empty()) {
        const auto before = left.size();
        for (auto table = left.begin(); table != left.end();) {
            MORTISE_TRY_ASSIGN(const bool deleted, try_delete(connection, *table));
            table = deleted ? left.erase(table) : std::next(table);
        }
        if (left.size() == before)
            return storage_error(kForeignKey,
                                 "rows of " + *left.begin() + " refer to each other in a circle");
    }
    return {};
}

}  // namespace

PostgresDatabase::PostgresDatabase(const DatabaseSettings& settings, const base::Clock& clock)
    : settings_(settings),
      clock_(clock),
      connections_(std::max(1U, settings.connections), [this](base::Monotonic deadline) {
          return PostgresConnection::open(settings_.url, deadline);
      }) {}

base::Result<std::unique_ptr<Database>> PostgresDatabase::open(const DatabaseSettings& settings,
                                                               const base::Clock& clock) {
    auto database = std::make_unique<PostgresDatabase>(settings, clock);
    MORTISE_TRY_ASSIGN(auto connection,
                       database->connections_.lease(base::Monotonic::clock::now() + settings.busy_timeout));
    MORTISE_TRY(check_role(*connection));
    MORTISE_TRY(make_schemas(*connection));
    MORTISE_TRY_ASSIGN(auto unguarded, probe_guards(*connection));
    if (!unguarded.empty()) database->warnings_.push_back(std::move(unguarded));
    return std::unique_ptr<Database>(std::move(database));
}

base::Result<PostgresDatabase::Connections::Lease> PostgresDatabase::lease_for_schema() {
    return connections_.lease(base::Monotonic::clock::now() + kSchemaWait);
}

base::Status PostgresDatabase::migrate_core(const MigrationSet& migrations) {
    MORTISE_TRY_ASSIGN(auto connection, lease_for_schema());
    auto status = migrate_postgres(*connection, kCoreSchema, migrations, clock_);
    clean_up(connection);
    return status;
}

base::Status PostgresDatabase::migrate_tenants(const MigrationSet& migrations) {
    const bool plugin = migrations.owner != "host";
    if (plugin && !is_plugin_id(migrations.owner))
        return base::internal_error("not a plugin's id: " + migrations.owner);
    MORTISE_TRY_ASSIGN(auto connection, lease_for_schema());
    auto status = migrate_postgres(*connection, kTenantSchema, migrations, clock_);
    if (!status.ok() || !plugin) {
        clean_up(connection);
        return status;
    }
    auto role = make_plugin_role(*connection, migrations.owner);
    clean_up(connection);
    MORTISE_TRY(role);
    if (role->empty()) {
        std::lock_guard lock(warnings_mutex_);
        warnings_.push_back("PostgreSQL role for plugin " + migrations.owner +
                            " could not be made: the connecting role has no CREATEROLE");
    }
    roles_.set(migrations.owner, std::move(role).value());
    return {};
}

base::Result<PostgresDatabase::Connections::Lease> PostgresDatabase::begin(const base::Uuid& tenant,
                                                                           Access access,
                                                                           base::Monotonic deadline) {
    // A connection that the server closed while it lay idle shows that only now; then nothing has happened
    // yet, and a fresh one is tried.
    for (unsigned attempt = 0;; ++attempt) {
        MORTISE_TRY_ASSIGN(auto connection, connections_.lease(deadline));
        auto begun = connection->begin(access, tenant, deadline);
        if (begun.ok()) return connection;
        const bool again = connection->broken() && attempt <= settings_.connections &&
                           base::Monotonic::clock::now() < deadline;
        clean_up(connection);
        if (!again) return std::move(begun).error();
    }
}

base::Result<std::unique_ptr<Unit>> PostgresDatabase::begin_unit(const base::Uuid& tenant, Access access,
                                                                 base::Monotonic deadline) {
    MORTISE_TRY_ASSIGN(auto connection, begin(tenant, access, deadline));
    return std::unique_ptr<Unit>(
        std::make_unique<PostgresUnit>(std::move(connection), roles_, access, tenant));
}

base::Result<std::unique_ptr<Unit>> PostgresDatabase::begin_core(Access access, base::Monotonic deadline) {
    return begin_unit(base::Uuid{}, access, deadline);
}

base::Result<std::unique_ptr<Unit>> PostgresDatabase::begin_tenant(const base::Uuid& tenant, Access access,
                                                                   base::Monotonic deadline) {
    if (tenant.is_nil()) return nil_tenant();
    return begin_unit(tenant, access, deadline);
}

base::Status PostgresDatabase::create_tenant(const base::Uuid& tenant) {
    if (tenant.is_nil()) return nil_tenant();
    return {};  // its rows are all there is of it
}

base::Status PostgresDatabase::drop_tenant(const base::Uuid& tenant) {
    if (tenant.is_nil()) return nil_tenant();
    MORTISE_TRY_ASSIGN(auto connection, begin(tenant, Access::kWrite, base::Monotonic::max()));
    auto status = delete_rows(*connection);
    if (status.ok()) status = connection->commit();
    clean_up(connection);
    return status;
}

base::Status PostgresDatabase::export_tenant(const base::Uuid& tenant, const std::filesystem::path& file) {
    if (tenant.is_nil()) return nil_tenant();
    MORTISE_TRY_ASSIGN(auto connection, begin(tenant, Access::kRead, base::Monotonic::max()));
    auto status = export_rows(*connection, tenant, file);
    clean_up(connection);
    return status;
}

base::Status PostgresDatabase::ping(base::Monotonic deadline) {
    MORTISE_TRY_ASSIGN(auto connection, begin(base::Uuid{}, Access::kWrite, deadline));
    auto status = connection->execute("UPDATE head SET outbox_position = outbox_position");
    if (status.ok()) status = connection->commit();
    clean_up(connection);
    return status;
}

std::unique_ptr<ChangeListener> PostgresDatabase::listen(std::function<void()> changed) {
    return std::make_unique<PostgresListener>(settings_.url, std::move(changed));
}

std::vector<std::string> PostgresDatabase::warnings() const {
    std::lock_guard lock(warnings_mutex_);
    return warnings_;
}

}  // namespace mortise::storage
