#include "core/storage/sqlite_migrator.hpp"

#include "core/storage/sqlite_catalogue.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mortise::storage {
namespace {

const Statement kHistory(
    "storage.history",
    "SELECT version, name, checksum FROM schema_migrations WHERE owner = $1 ORDER BY version", {Type::kText},
    {Type::kInteger, Type::kText, Type::kText});
const Statement kRecord("storage.record_migration",
                        "INSERT INTO schema_migrations (owner, version, name, checksum, applied_at) "
                        "VALUES ($1, $2, $3, $4, $5)",
                        {Type::kText, Type::kInteger, Type::kText, Type::kText, Type::kTime});

constexpr std::string_view kHistoryTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "owner TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, "
    "applied_at INTEGER NOT NULL, PRIMARY KEY (owner, version)) STRICT, WITHOUT ROWID";

// Rolls back unless it was committed.
class Step {
 public:
    explicit Step(SqliteConnection& connection) : connection_(connection) {}
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() {
        connection_.policy() = {};
        connection_.rollback();
    }
    base::Status begin() { return connection_.begin(Access::kWrite); }
    base::Status commit() {
        connection_.policy() = {};
        return connection_.commit();
    }

 private:
    SqliteConnection& connection_;
};

base::Result<std::vector<AppliedMigration>> history(SqliteConnection& connection, const std::string& owner) {
    std::vector<AppliedMigration> applied;
    const std::vector<Value> parameters{std::string_view(owner)};
    MORTISE_TRY(connection.run(kHistory, parameters, [&](const Row& row) {
        applied.push_back(
            {static_cast<std::uint32_t>(row.integer(0)), std::string(row.text(1)), std::string(row.text(2))});
        return true;
    }));
    return applied;
}

bool is_host(const std::string& owner) {
    return owner == "core" || owner == "host";
}

base::Status run_host_step(SqliteConnection& connection, const Migration& migration) {
    connection.policy() = {{}, true};
    auto done = connection.execute(migration.sql);
    connection.policy() = {};
    return done;
}

base::Status apply(SqliteConnection& connection, const MigrationSet& set, const Migration& migration,
                   const base::Clock& clock) {
    auto done = is_host(set.owner) ? run_host_step(connection, migration)
                                   : run_plugin_step(connection, set.owner, migration);
    if (!done.ok()) {
        auto error = std::move(done).error();
        error.log_text = "migration " + set.owner + "/" + migration.name + ": " + error.log_text;
        return error;
    }
    const auto digest = checksum(migration);
    const std::vector<Value> record{std::string_view(set.owner), std::int64_t{migration.version},
                                    std::string_view(migration.name), std::string_view(digest), clock.now()};
    MORTISE_TRY(connection.run(kRecord, record, {}));
    return {};
}

// Applies the next step of a set that the database has not; answers whether there was one.
base::Result<bool> apply_next(SqliteConnection& connection, const MigrationSet& set,
                              const base::Clock& clock) {
    Step step(connection);
    MORTISE_TRY(step.begin());
    MORTISE_TRY_ASSIGN(const auto applied, history(connection, set.owner));
    MORTISE_TRY_ASSIGN(const auto steps, pending(set, applied));
    if (steps.empty()) return false;
    MORTISE_TRY(apply(connection, set, steps.front(), clock));
    MORTISE_TRY(step.commit());
    return true;
}

}  // namespace

base::Status run_plugin_step(SqliteConnection& connection, const std::string& plugin,
                             const Migration& migration) {
    MORTISE_TRY_ASSIGN(const auto before, read_catalogue(connection));
    connection.policy() = {plugin, true};
    auto done = connection.execute(migration.sql);
    connection.policy() = {};
    MORTISE_TRY(done);
    return check_catalogue(connection, before, plugin);
}

base::Result<std::int64_t> read_fingerprint(SqliteConnection& connection) {
    return connection.query_integer("PRAGMA user_version");
}

base::Status migrate_sqlite(SqliteConnection& connection, const Schema& schema, const base::Clock& clock) {
    MORTISE_TRY_ASSIGN(const auto present, read_fingerprint(connection));
    if (present == schema.fingerprint) return {};
    MORTISE_TRY(connection.execute(kHistoryTable));
    for (const auto& set : schema.sets) {
        bool more = true;
        while (more) {
            MORTISE_TRY_ASSIGN(more, apply_next(connection, set, clock));
        }
    }
    return connection.execute("PRAGMA user_version = " + std::to_string(schema.fingerprint));
}

}  // namespace mortise::storage
