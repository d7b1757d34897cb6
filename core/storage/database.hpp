#pragma once

#include "core/base/clock.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/error_map.hpp"
#include "core/storage/migration.hpp"
#include "core/storage/statement.hpp"
#include "core/storage/value.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::storage {

enum class Engine : std::uint8_t { kSqlite, kPostgresql };
enum class Access : std::uint8_t { kRead, kWrite };

// One row while its callback runs. Asking a column for another type than the statement declares is a
// programming error and throws std::bad_variant_access; NULL is asked for first.
class Row {
 public:
    explicit Row(std::span<const Value> values) : values_(values) {}
    std::size_t size() const noexcept { return values_.size(); }
    const Value& operator[](std::size_t i) const { return values_[i]; }
    bool is_null(std::size_t i) const { return std::holds_alternative<Null>(values_[i]); }
    std::int64_t integer(std::size_t i) const { return std::get<std::int64_t>(values_[i]); }
    double real(std::size_t i) const { return std::get<double>(values_[i]); }
    bool boolean(std::size_t i) const { return std::get<bool>(values_[i]); }
    base::Uuid uuid(std::size_t i) const { return std::get<base::Uuid>(values_[i]); }
    std::string_view bytes(std::size_t i) const { return std::get<Bytes>(values_[i]).data; }
    std::string_view text(std::size_t i) const { return std::get<std::string_view>(values_[i]); }
    std::string text_or(std::size_t i, std::string_view fallback) const {
        return std::string(is_null(i) ? fallback : text(i));
    }

 private:
    std::span<const Value> values_;
};

// Sees each row; returns false to stop reading.
using RowSink = std::function<bool(const Row&)>;

// The unit of work: one transaction in one database. Used by one thread at a time. Destroyed without a
// commit, it rolls back.
class Unit {
 public:
    virtual ~Unit() = default;

    // Runs a statement and answers the number of rows that it changed (0 for a SELECT). Rows go to `sink`.
    // After an error only destruction is left.
    virtual base::Result<std::int64_t> run(const Statement& statement, std::span<const Value> parameters,
                                           const RowSink& sink = {}) = 0;
    base::Result<std::int64_t> run(const Statement& statement, std::initializer_list<Value> parameters,
                                   const RowSink& sink = {}) {
        return run(statement, std::span<const Value>(parameters.begin(), parameters.size()), sink);
    }

    // Makes the work durable. After an error nothing of it happened, except kCommitUnknown.
    virtual base::Status commit() = 0;
    // Rolls back and gives the connection to others at once, though somebody still holds the unit: run() and
    // commit() fail from then on. On another thread than the unit's, if that one is inside neither of them
    // and finds out, by a lock that both take, before it comes back to the unit.
    virtual void abandon() noexcept = 0;

    virtual Access access() const noexcept = 0;
    // Nil for the core's database.
    virtual base::Uuid tenant() const noexcept = 0;

    // Runs `body` under the role of a plugin (PostgreSQL) or with the authorizer set to it (SQLite), so that
    // only the plugin's own tables can be reached inside.
    virtual base::Status as_plugin(std::string_view plugin, base::FunctionRef<base::Status()> body) = 0;
};

struct DatabaseSettings {
    Engine engine = Engine::kSqlite;
    std::filesystem::path directory;   // SQLite: holds core.db and tenants/
    std::string url;                   // PostgreSQL: a libpq connection string
    unsigned connections = 16;         // PostgreSQL: at most so many
    unsigned open_tenant_files = 200;  // SQLite: tenant files kept open
    std::chrono::milliseconds busy_timeout{5000};
};

// The channel on which a node of a PostgreSQL database tells the others that it has changed what they hold in
// memory. What is told is only a hint: a node that hears nothing looks by itself now and then.
inline constexpr const char* kChangeChannel = "mortise_snapshots";

// Listens until it is destroyed, which waits for a call that is under way.
class ChangeListener {
 public:
    virtual ~ChangeListener() = default;
};

// A database of either engine: the core's, and one for each tenant. Thread-safe.
class Database {
 public:
    virtual ~Database() = default;

    static base::Result<std::unique_ptr<Database>> open(const DatabaseSettings& settings,
                                                        const base::Clock& clock);

    virtual Engine engine() const noexcept = 0;

    // Brings the core's database to the newest of `migrations`; refuses a history that differs (checksums).
    virtual base::Status migrate_core(const MigrationSet& migrations) = 0;
    // Declares the tables of an owner ("host" or a plugin's id) in every tenant's database. On PostgreSQL
    // they are migrated now; SQLite migrates a tenant's file before it is next used.
    virtual base::Status migrate_tenants(const MigrationSet& migrations) = 0;

    // Opens a unit; waits for a connection and the writer's turn until `deadline`.
    virtual base::Result<std::unique_ptr<Unit>> begin_core(Access access, base::Monotonic deadline) = 0;
    virtual base::Result<std::unique_ptr<Unit>> begin_tenant(const base::Uuid& tenant, Access access,
                                                             base::Monotonic deadline) = 0;

    // Makes, removes (for good) and exports what a tenant has. Each can be repeated after a crash.
    virtual base::Status create_tenant(const base::Uuid& tenant) = 0;
    virtual base::Status drop_tenant(const base::Uuid& tenant) = 0;
    // Writes every row of the tenant's database to one new SQLite file, on either engine.
    virtual base::Status export_tenant(const base::Uuid& tenant, const std::filesystem::path& file) = 0;

    // A small commit in the core's database, for readiness: shows that it can be reached and written.
    virtual base::Status ping(base::Monotonic deadline) = 0;

    // Calls `changed` on a thread of its own whenever something is told on kChangeChannel, and once each time
    // it begins to listen, since it has heard nothing before. Null where no other node can write (SQLite).
    virtual std::unique_ptr<ChangeListener> listen(std::function<void()> /*changed*/) { return nullptr; }

    // What the operator should know, such as a role that could not be made. For the log, after migrations.
    virtual std::vector<std::string> warnings() const { return {}; }
};

}  // namespace mortise::storage
