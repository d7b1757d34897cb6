#include "core/storage/sqlite_file.hpp"

#include "core/storage/sqlite_migrator.hpp"
#include "core/storage/sqlite_unit.hpp"

#include <sqlite3.h>

#include <utility>

namespace mortise::storage {
namespace {

constexpr std::size_t kReaders = 4;

SqliteOptions for_reading(SqliteOptions options) {
    options.create = false;
    options.read_only = true;
    return options;
}

}  // namespace

SqliteFile::SqliteFile(SqliteOptions options, const SchemaRegistry& schemas, const base::Clock& clock)
    : options_(std::move(options)),
      schemas_(schemas),
      clock_(clock),
      writer_(1, [this](base::Monotonic) { return SqliteConnection::open(options_); }),
      readers_(kReaders, [this](base::Monotonic) { return SqliteConnection::open(for_reading(options_)); }) {}

base::Status SqliteFile::migrate(base::Monotonic deadline) {
    const auto schema = schemas_.current();
    MORTISE_TRY_ASSIGN(auto connection, writer_.lease(deadline));
    connection->set_deadline(
        base::Monotonic::max());  // a long migration must not fail by its first user's deadline
    MORTISE_TRY(migrate_sqlite(*connection, *schema, clock_));
    reached(*schema);
    return {};
}

base::Status SqliteFile::migrate_if_needed(Access access, base::Monotonic deadline) {
    const auto schema = schemas_.current();
    if (fingerprint_.load() == schema->fingerprint) return {};
    if (access == Access::kRead) {
        // By the connection that will read: a file that is up to date is not opened for writing as well.
        MORTISE_TRY_ASSIGN(const auto connection, readers_.lease(deadline));
        connection->set_deadline(deadline);
        MORTISE_TRY_ASSIGN(const auto present, read_fingerprint(*connection));
        if (present == schema->fingerprint) {
            reached(*schema);
            return {};
        }
    }
    return migrate(deadline);
}

void SqliteFile::reached(const Schema& schema) {
    schemas_.applied(schema);
    fingerprint_.store(schema.fingerprint);
}

base::Result<std::unique_ptr<Unit>> SqliteFile::begin(Access access, base::Monotonic deadline) {
    MORTISE_TRY(migrate_if_needed(access, deadline));
    MORTISE_TRY_ASSIGN(auto connection, connections(access).lease(deadline));
    connection->set_deadline(deadline);
    if (auto begun = connection->begin(access); !begun.ok()) {
        if (!connection->rollback()) connection.discard();
        return std::move(begun).error();
    }
    return std::unique_ptr<Unit>(
        std::make_unique<SqliteUnit>(shared_from_this(), std::move(connection), access, options_.tenant));
}

base::Status SqliteFile::touch(base::Monotonic deadline) {
    MORTISE_TRY_ASSIGN(auto connection, writer_.lease(deadline));
    connection->set_deadline(deadline);
    auto touched = connection->touch();
    if (!connection->rollback()) connection.discard();
    return touched;
}

base::Status SqliteFile::backup(const std::filesystem::path& target, base::Monotonic deadline) {
    MORTISE_TRY(migrate_if_needed(Access::kRead, deadline));
    MORTISE_TRY_ASSIGN(auto source, readers_.lease(deadline));
    source->set_deadline(deadline);
    SqliteOptions options;
    options.file = target;
    options.create = true;
    MORTISE_TRY_ASSIGN(const auto copy, SqliteConnection::open(options));
    auto* backup = sqlite3_backup_init(copy->handle(), "main", source->handle(), "main");
    if (backup == nullptr)
        return map_sqlite_error(sqlite3_extended_errcode(copy->handle()), "backup to " + target.string(),
                                sqlite3_system_errno(copy->handle()));
    // All in one step, under one read transaction: between steps a writer would make it start again.
    const int code = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (code != SQLITE_DONE)
        return map_sqlite_error(code, "backup to " + target.string(), sqlite3_system_errno(copy->handle()));
    return copy->execute("PRAGMA journal_mode=DELETE");
}

}  // namespace mortise::storage
