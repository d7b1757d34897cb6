#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"
#include "core/storage/statement_cache.hpp"

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::storage {

struct PostgresClose {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, PostgresClose>;

// The schemas that hold the platform's tables and the tenants'.
inline constexpr std::string_view kCoreSchema = "mortise_core";
inline constexpr std::string_view kTenantSchema = "mortise_tenant";

// One connection, used by one thread at a time. Values and results travel in binary form by the extended
// protocol; every statement is prepared once on the connection.
class PostgresConnection {
 public:
    static base::Result<std::unique_ptr<PostgresConnection>> open(const std::string& url,
                                                                  base::Monotonic deadline);

    // Begins with the settings that last until the end of the transaction: tenant, search path, time limit. A
    // reading transaction takes its snapshot here. Nil tenant: the core's schema. One round trip.
    base::Status begin(Access access, const base::Uuid& tenant, base::Monotonic deadline);
    // kCommitUnknown if the connection is lost before the answer.
    base::Status commit();
    // Ends what is open. False if the connection can't be used any more.
    bool rollback() noexcept;

    base::Result<std::int64_t> run(const Statement& statement, std::span<const Value> parameters,
                                   const RowSink& sink);
    static const std::string& text_of(const Statement& statement) noexcept { return statement.postgresql(); }
    // Runs a text of one or more statements by the simple protocol: the host's own, or a judged migration.
    base::Status execute(const std::string& sql);

    // After "LISTEN", outside of a transaction: waits without limit until something is told on a channel
    // (true), or until `stop` is readable (false).
    base::Result<bool> wait_told(int stop);

    bool broken() const noexcept { return broken_; }

 private:
    explicit PostgresConnection(PGconn* connection);
    base::Status prepare_controls();
    std::uint64_t key(const Statement& statement) const noexcept;
    base::Result<std::string> prepare(const Statement& statement);
    base::Status send_prepare(const std::string& name, const std::string& sql, std::span<const Oid> types);
    base::Result<std::int64_t> read_rows(const Statement& statement, const RowSink& sink);
    base::Status read_row(const Statement& statement, const PGresult* result, std::vector<Value>& values);
    base::Result<PostgresResult> control(const char* name);
    // The next result, null at the end of a statement's. Past the deadline the connection is given up.
    base::Result<PostgresResult> next();
    // Reads to the end; the first error of the results, if any.
    base::Status finish();
    // Reads to the end whatever comes, so that another statement can be sent.
    void drain() noexcept;
    bool wait_for_input(base::Monotonic until);
    // Lets go of a statement whose result changed with its tables; true if that was the reason.
    bool forget_if_changed(const Statement& statement, const base::Error& error);
    base::Status check(const PGresult* result, std::string_view where);
    base::Error lost(std::string_view where);

    std::unique_ptr<PGconn, PostgresClose> connection_;
    StatementCache<std::string> prepared_;  // names
    std::vector<std::string> stale_;        // names that the server still has and nobody uses
    std::uint64_t preparations_ = 0;        // makes names unique on the connection
    base::Monotonic deadline_ = base::Monotonic::max();
    Access access_ = Access::kWrite;  // of the present transaction
    bool core_ = true;                // the present transaction is of the core's schema
    bool broken_ = false;
    bool reading_ = false;
};

}  // namespace mortise::storage
