#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"
#include "core/storage/pool.hpp"
#include "core/storage/schema.hpp"
#include "core/storage/sqlite_connection.hpp"

#include <atomic>
#include <filesystem>
#include <memory>

namespace mortise::storage {

// One database file: one connection that writes, a few that read, opened when first needed. The file is
// brought to the schema of `schemas` before a unit begins. Thread-safe.
class SqliteFile : public std::enable_shared_from_this<SqliteFile> {
 public:
    // `schemas` and `clock` must outlive it.
    SqliteFile(SqliteOptions options, const SchemaRegistry& schemas, const base::Clock& clock);

    base::Result<std::unique_ptr<Unit>> begin(Access access, base::Monotonic deadline);
    base::Status migrate(base::Monotonic deadline);
    // Shows that the file can be written, by a commit that leaves everything as it is.
    base::Status touch(base::Monotonic deadline);
    // Copies the file's present content to a new file, in WAL mode's own consistency.
    base::Status backup(const std::filesystem::path& target, base::Monotonic deadline);

 private:
    using Connections = Pool<SqliteConnection>;
    Connections& connections(Access access) noexcept { return access == Access::kWrite ? writer_ : readers_; }
    base::Status migrate_if_needed(Access access, base::Monotonic deadline);
    // Notes that the file has the schema.
    void reached(const Schema& schema);

    const SqliteOptions options_;
    const SchemaRegistry& schemas_;
    const base::Clock& clock_;
    static constexpr std::int64_t kUnknown = -1 - (std::int64_t{1} << 32);  // no fingerprint
    std::atomic<std::int64_t> fingerprint_{kUnknown};
    Connections writer_;
    Connections readers_;
};

}  // namespace mortise::storage
