#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"
#include "core/storage/sqlite_policy.hpp"
#include "core/storage/statement_cache.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace mortise::storage {

struct SqliteOptions {
    std::filesystem::path file;
    base::Uuid tenant;  // what mortise_tenant() answers; nil: the function raises an error
    bool create = false;
    bool read_only = false;
    std::chrono::milliseconds busy_timeout{5000};  // for locks of other processes
};

struct SqliteClose {
    void operator()(sqlite3* db) const noexcept;
    void operator()(sqlite3_stmt* statement) const noexcept;
};

// One connection to one file, hardened, in WAL mode. Used by one thread at a time.
class SqliteConnection {
 public:
    static base::Result<std::unique_ptr<SqliteConnection>> open(const SqliteOptions& options);
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;
    ~SqliteConnection();

    // Statements and lock waits that go on past the deadline end with kStatementTimeout or kBusy.
    void set_deadline(base::Monotonic deadline) noexcept { deadline_ = deadline; }

    base::Status begin(Access access);
    base::Status commit();
    // False if the connection can't be used any more.
    bool rollback() noexcept;

    base::Result<std::int64_t> run(const Statement& statement, std::span<const Value> parameters,
                                   const RowSink& sink);
    static const std::string& text_of(const Statement& statement) noexcept { return statement.sqlite(); }
    // Commits a change that leaves everything as it is, to show that the file can be written.
    base::Status touch();
    // Runs the statements of a text, such as a migration's, and leaves their rows.
    base::Status execute(std::string_view sql);
    // The first column of the first row.
    base::Result<std::int64_t> query_integer(const std::string& sql);

    SqlitePolicy& policy() noexcept { return policy_; }
    sqlite3* handle() noexcept { return db_.get(); }

 private:
    using StatementHandle = std::unique_ptr<sqlite3_stmt, SqliteClose>;
    struct Prepared {
        StatementHandle handle;
        std::vector<int> positions;  // of $1, $2, … among SQLite's own numbers; 0 if the text has no such one
        std::string plugin;          // for whom it was authorized
    };
    enum Control : std::uint8_t { kBeginRead, kBeginWrite, kSnapshot, kCommit, kRollback, kControls };

    explicit SqliteConnection(const SqliteOptions& options);
    base::Status harden();
    base::Status configure();
    int control(Control which) noexcept;
    base::Result<Prepared*> prepare(const Statement& statement);
    base::Result<Prepared> make_prepared(const Statement& statement);
    base::Status bind(const Statement& statement, Prepared& prepared, std::span<const Value> parameters);
    base::Status step_all(const Statement& statement, sqlite3_stmt* handle, const RowSink& sink);
    base::Error error(std::string_view where);
    int system_number() noexcept;
    static int on_progress(void* self) noexcept;
    static int on_busy(void* self, int count) noexcept;

    SqliteOptions options_;
    SqlitePolicy policy_;
    base::Monotonic deadline_ = base::Monotonic::max();
    std::chrono::steady_clock::time_point busy_since_{};
    std::unique_ptr<sqlite3, SqliteClose> db_;
    std::array<StatementHandle, kControls> controls_;
    StatementCache<Prepared> prepared_;
    bool reading_ = false;  // rows of a statement are being given to a sink
};

}  // namespace mortise::storage
