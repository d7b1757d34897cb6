#include "core/storage/sqlite_tenants.hpp"

#include "core/base/file.hpp"
#include "core/storage/file_system.hpp"
#include "core/storage/sqlite_migrator.hpp"

#include <system_error>

namespace mortise::storage {
namespace {

constexpr std::size_t kMaxTemplate = 64U << 20;

base::Error no_tenant(const base::Uuid& tenant) {
    return {base::ErrorKind::kNotFound, "tenant_not_found", "There is no such tenant.",
            "no database file of tenant " + tenant.to_string()};
}

}  // namespace

SqliteTenants::SqliteTenants(std::filesystem::path directory, std::size_t open_files,
                             std::chrono::milliseconds busy_timeout, const SchemaRegistry& schemas,
                             const base::Clock& clock)
    : directory_(std::move(directory)),
      open_files_(open_files),
      busy_timeout_(busy_timeout),
      schemas_(schemas),
      clock_(clock) {}

std::filesystem::path SqliteTenants::path_of(const base::Uuid& tenant) const {
    return directory_ / (tenant.to_string() + ".db");
}

std::size_t SqliteTenants::open_count() const {
    std::lock_guard lock(mutex_);
    return recent_.size();
}

base::Result<std::shared_ptr<SqliteFile>> SqliteTenants::find(const base::Uuid& tenant) {
    Recent closing;  // files are closed, and checkpointed, after the lock is released
    std::lock_guard lock(mutex_);
    if (const auto found = index_.find(tenant); found != index_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        return found->second->second;
    }
    const auto path = path_of(tenant);
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return no_tenant(tenant);
    SqliteOptions options;
    options.file = path;
    options.tenant = tenant;
    options.busy_timeout = busy_timeout_;
    recent_.emplace_front(tenant, std::make_shared<SqliteFile>(options, schemas_, clock_));
    index_[tenant] = recent_.begin();
    auto file = recent_.front().second;
    closing = evict();
    return file;
}

// Takes out the least recently used files that are over the bound and that no unit uses.
SqliteTenants::Recent SqliteTenants::evict() {
    Recent evicted;
    auto at = recent_.end();
    while (recent_.size() > open_files_ && at != recent_.begin()) {
        --at;
        // New users come only through find(), under the same lock: one owner is this list.
        if (at->second.use_count() > 1) continue;
        index_.erase(at->first);
        const auto next = std::next(at);
        evicted.splice(evicted.begin(), recent_, at);
        at = next;
    }
    return evicted;
}

base::Result<std::string> SqliteTenants::template_bytes() {
    const auto schema = schemas_.current();
    if (!template_.empty() && template_fingerprint_ == schema->fingerprint) return template_;
    SqliteOptions options;
    options.file = directory_ / "template.new";
    options.create = true;
    MORTISE_TRY(remove_file(options.file));
    MORTISE_TRY(remove_sidecars(options.file));
    {
        MORTISE_TRY_ASSIGN(const auto connection, SqliteConnection::open(options));
        MORTISE_TRY(migrate_sqlite(*connection, *schema, clock_));
    }
    // The last connection to close has written the whole WAL into the file.
    MORTISE_TRY_ASSIGN(template_, base::read_file(options.file, kMaxTemplate));
    template_fingerprint_ = schema->fingerprint;
    MORTISE_TRY(remove_file(options.file));
    MORTISE_TRY(remove_sidecars(options.file));
    return template_;
}

base::Status SqliteTenants::create(const base::Uuid& tenant) {
    const auto path = path_of(tenant);
    std::lock_guard lock(create_mutex_);  // two that make the same one must not put a file in another's place
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error)) return {};
    MORTISE_TRY_ASSIGN(const auto bytes, template_bytes());
    // A log left by a tenant that was dropped half would be replayed into the new file.
    MORTISE_TRY(remove_sidecars(path));
    return base::write_file(path, bytes, 0600);
}

base::Status SqliteTenants::drop(const base::Uuid& tenant) {
    Recent closing;
    {
        std::lock_guard lock(mutex_);
        if (const auto found = index_.find(tenant); found != index_.end()) {
            closing.splice(closing.begin(), recent_, found->second);
            index_.erase(found);
        }
    }
    closing.clear();
    const auto path = path_of(tenant);
    // Units that still run go on in files without a name. The main file goes last: until then this is
    // repeated.
    MORTISE_TRY(remove_sidecars(path));
    MORTISE_TRY(remove_file(path));
    return sync_directory(directory_);
}

}  // namespace mortise::storage
