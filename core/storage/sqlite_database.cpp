#include "core/storage/sqlite_database.hpp"

#include "core/base/system_error.hpp"
#include "core/storage/file_system.hpp"

#include <string>
#include <system_error>
#include <utility>

namespace mortise::storage {
namespace {

SqliteOptions core_options(const DatabaseSettings& settings) {
    SqliteOptions options;
    options.file = settings.directory / "core.db";
    options.create = true;
    options.busy_timeout = settings.busy_timeout;
    return options;
}

base::Error nil_tenant() {
    return base::internal_error("the nil UUID is no tenant");
}

}  // namespace

SqliteDatabase::SqliteDatabase(const DatabaseSettings& settings, const base::Clock& clock)
    : core_(std::make_shared<SqliteFile>(core_options(settings), core_schema_, clock)),
      tenants_(settings.directory / "tenants", settings.open_tenant_files, settings.busy_timeout,
               tenant_schema_, clock) {}

base::Result<std::unique_ptr<Database>> SqliteDatabase::open(const DatabaseSettings& settings,
                                                             const base::Clock& clock) {
    std::error_code error;
    std::filesystem::create_directories(settings.directory / "tenants", error);
    if (error) return base::system_error(error.value(), "make " + (settings.directory / "tenants").string());
    auto database = std::make_unique<SqliteDatabase>(settings, clock);
    MORTISE_TRY(database->ping(base::Monotonic::clock::now() + settings.busy_timeout));
    return std::unique_ptr<Database>(std::move(database));
}

base::Status SqliteDatabase::migrate_core(const MigrationSet& migrations) {
    MORTISE_TRY(core_schema_.declare(migrations));
    return core_->migrate(base::Monotonic::max());
}

base::Status SqliteDatabase::migrate_tenants(const MigrationSet& migrations) {
    if (migrations.owner != "host" && !is_plugin_id(migrations.owner))
        return base::internal_error("not a plugin's id: " + migrations.owner);
    return tenant_schema_.declare(migrations);
}

base::Result<std::unique_ptr<Unit>> SqliteDatabase::begin_core(Access access, base::Monotonic deadline) {
    return core_->begin(access, deadline);
}

base::Result<std::unique_ptr<Unit>> SqliteDatabase::begin_tenant(const base::Uuid& tenant, Access access,
                                                                 base::Monotonic deadline) {
    if (tenant.is_nil()) return nil_tenant();
    MORTISE_TRY_ASSIGN(const auto file, tenants_.find(tenant));
    return file->begin(access, deadline);
}

base::Status SqliteDatabase::create_tenant(const base::Uuid& tenant) {
    if (tenant.is_nil()) return nil_tenant();
    MORTISE_TRY(tenants_.create(tenant));
    MORTISE_TRY_ASSIGN(const auto file, tenants_.find(tenant));
    return file->migrate(base::Monotonic::max());
}

base::Status SqliteDatabase::drop_tenant(const base::Uuid& tenant) {
    if (tenant.is_nil()) return nil_tenant();
    return tenants_.drop(tenant);
}

base::Status SqliteDatabase::export_tenant(const base::Uuid& tenant, const std::filesystem::path& file) {
    auto temporary = file;
    temporary += ".new";
    MORTISE_TRY(remove_file(temporary));
    MORTISE_TRY(remove_sidecars(temporary));
    MORTISE_TRY_ASSIGN(const auto source, tenants_.find(tenant));
    MORTISE_TRY(source->backup(temporary, base::Monotonic::max()));
    return publish_file(temporary, file);
}

base::Status SqliteDatabase::ping(base::Monotonic deadline) {
    return core_->touch(deadline);
}

}  // namespace mortise::storage
