#include "core/storage/postgres_connection.hpp"

#include "core/base/text.hpp"
#include "core/storage/postgres_codec.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace mortise::storage {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kPreparedStatements = 512;
// The server stops a statement itself at the deadline; this long after it the connection is given up. There
// is no cancel request: it would go by the same way that may be stuck, and libpq waits for its end without
// limit.
constexpr milliseconds kGrace{500};
constexpr milliseconds kRollbackWait{3000};
constexpr std::chrono::seconds kConnectWait{10};
constexpr int kChecksClient = 140000;  // the first version that notices during a statement that we have gone
constexpr milliseconds kLockWait{10000};

// Of SQLSTATE 0A000, which alone says only "not supported" (plancache.c).
constexpr std::string_view kPlanChanged = "cached plan must not change result type";

constexpr const char* kBeginReadName = "mortise_begin_read";
constexpr const char* kBeginWriteName = "mortise_begin_write";
constexpr const char* kSettingsName = "mortise_settings";
constexpr const char* kCommitName = "mortise_commit";
constexpr const char* kRollbackName = "mortise_rollback";

struct Control {
    const char* name;
    const char* sql;
};
// Writers read what others committed and wait for rows that others change, as the head rows of outbox and
// audit need; a reader sees one snapshot. A writer does not insist on READ WRITE: on a standby, and where the
// operator has set default_transaction_read_only, its first change is refused as read-only (25006).
constexpr auto kControlStatements = std::to_array<Control>(
    {{kBeginReadName, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
     {kBeginWriteName, "BEGIN ISOLATION LEVEL READ COMMITTED"},
     {kSettingsName,
      "SELECT set_config('mortise.tenant', $1, true), set_config('search_path', $2, true), "
      "set_config('statement_timeout', $3, true), set_config('lock_timeout', $4, true), "
      "set_config('enable_seqscan', $5, true)"},
     {kCommitName, "COMMIT"},
     {kRollbackName, "ROLLBACK"}});

// 0 means no limit, to the server too.
std::string remaining_ms(base::Monotonic deadline) {
    if (deadline == base::Monotonic::max()) return "0";
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - SteadyClock::now()).count();
    return std::to_string(std::clamp<std::int64_t>(left, 1, 24LL * 3600 * 1000));
}

// Nobody waits longer than this for a row that another holds; a migration waits as long as it must.
base::Monotonic lock_deadline(base::Monotonic deadline) {
    return deadline == base::Monotonic::max() ? deadline : SteadyClock::now() + kLockWait;
}

base::Monotonic after(base::Monotonic deadline, milliseconds more) {
    return deadline > base::Monotonic::max() - more ? base::Monotonic::max() : deadline + more;
}

bool changes_rows(std::string_view tag) {
    return tag.starts_with("INSERT") || tag.starts_with("UPDATE") || tag.starts_with("DELETE") ||
           tag.starts_with("MERGE");
}

}  // namespace

PostgresConnection::PostgresConnection(PGconn* connection)
    : connection_(connection), prepared_(kPreparedStatements) {}

base::Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& url,
                                                                           base::Monotonic deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(deadline - SteadyClock::now()).count();
    const auto timeout = std::to_string(std::clamp<std::int64_t>(left, 2, kConnectWait.count()));
    // A node that has gone silent holds its locks for three minutes at most; a plugin may compute for as long
    // between two statements.
    constexpr auto kSession =
        "-c search_path=mortise_core,pg_temp -c idle_in_transaction_session_timeout=180s -c TimeZone=UTC "
        "-c client_min_messages=warning";
    // What stands before "dbname", which is a URL, may be set there otherwise.
    constexpr std::array<const char*, 10> kNames = {
        "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",          "dbname",
        "connect_timeout", "client_encoding",     "options",          "fallback_application_name", nullptr};
    const std::array<const char*, 10> values = {
        "30", "10", "3", "60000", url.c_str(), timeout.c_str(), "UTF8", kSession, "mortise", nullptr};
    std::unique_ptr<PostgresConnection> made(
        new PostgresConnection(PQconnectdbParams(kNames.data(), values.data(), 1)));
    auto* raw = made->connection_.get();
    if (PQstatus(raw) != CONNECTION_OK)
        return storage_error(kLost, std::string("connect: ") + PQerrorMessage(raw));
    PQsetNoticeProcessor(
        raw, [](void*, const char*) {}, nullptr);
    // Else a statement with large values waits in libpq for a server that takes nothing, without limit.
    if (PQsetnonblocking(raw, 1) != 0) return made->lost("connect");
    made->deadline_ = std::min(deadline, SteadyClock::now() + kConnectWait);
    MORTISE_TRY(made->prepare_controls());
    return made;
}

base::Status PostgresConnection::prepare_controls() {
    if (PQserverVersion(connection_.get()) >= kChecksClient) {
        // A server whose system can't watch a connection refuses it; its statements then run to their limit.
        auto set = execute("SET client_connection_check_interval = '2s'");
        if (broken_) return set;
    }
    for (const auto& [name, sql] : kControlStatements)
        MORTISE_TRY(send_prepare(name, sql, {}));
    return {};
}

base::Error PostgresConnection::lost(std::string_view where) {
    broken_ = true;
    return storage_error(kLost, std::string(where) + ": " + PQerrorMessage(connection_.get()));
}

base::Status PostgresConnection::check(const PGresult* result, std::string_view where) {
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_SINGLE_TUPLE:
        case PGRES_PIPELINE_SYNC:
            return {};
        case PGRES_PIPELINE_ABORTED:
            return base::internal_error(std::string(where) + ": not run after an error");
        default:
            break;
    }
    const auto field = [&](int which) {
        const char* text = PQresultErrorField(result, which);
        return std::string(text == nullptr ? "" : text);
    };
    const auto state = field(PG_DIAG_SQLSTATE);
    // The detail is left out: it quotes values of the row.
    auto text = std::string(where) + ": " + field(PG_DIAG_MESSAGE_PRIMARY);
    if (const auto constraint = field(PG_DIAG_CONSTRAINT_NAME); !constraint.empty())
        text += " (" + constraint + ")";
    auto error = map_postgresql_error(state, std::move(text));
    if (error.code == kLost || PQstatus(connection_.get()) != CONNECTION_OK) {
        broken_ = true;
        return storage_error(kLost, std::move(error.log_text));
    }
    // Of a transaction that may write, the same state says that the node takes no writes.
    if (error.code == kReadOnly && access_ == Access::kRead)
        return storage_error(kDenied, std::move(error.log_text));
    return error;
}

bool PostgresConnection::wait_for_input(base::Monotonic until) {
    for (;;) {
        const int unsent = PQflush(connection_.get());
        if (unsent < 0) return false;
        int timeout = -1;
        if (until != base::Monotonic::max()) {
            const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now()).count();
            if (left <= 0) return false;
            timeout = static_cast<int>(std::min<std::int64_t>(left, 60'000));
        }
        pollfd descriptor{PQsocket(connection_.get()), POLLIN, 0};
        if (unsent > 0) descriptor.events |= POLLOUT;
        const int ready = ::poll(&descriptor, 1, timeout);
        if (ready < 0 && errno != EINTR) return false;
        if (ready > 0 && (descriptor.revents & ~POLLOUT) != 0) return true;
    }
}

base::Result<PostgresResult> PostgresConnection::next() {
    const auto until = after(deadline_, kGrace);
    while (PQflush(connection_.get()) > 0 || PQisBusy(connection_.get()) != 0) {
        if (wait_for_input(until)) {
            if (PQconsumeInput(connection_.get()) == 0) return lost("receive");
            continue;
        }
        if (SteadyClock::now() < until) return lost("receive");
        broken_ = true;
        return storage_error(kStatementTimeout, "no answer from the database before the deadline");
    }
    return PostgresResult(PQgetResult(connection_.get()));
}

base::Status PostgresConnection::finish() {
    base::Status first;
    for (;;) {
        MORTISE_TRY_ASSIGN(const auto result, next());
        if (!result) return first;
        if (auto status = check(result.get(), "statement"); !status.ok() && first.ok())
            first = std::move(status);
    }
}

void PostgresConnection::drain() noexcept {
    while (!broken_) {
        auto result = next();
        if (!result.ok() || !*result) return;
    }
}

base::Status PostgresConnection::send_prepare(const std::string& name, const std::string& sql,
                                              std::span<const Oid> types) {
    if (PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), static_cast<int>(types.size()),
                      types.data()) == 0)
        return lost("prepare");
    return finish();
}

base::Status PostgresConnection::begin(Access access, const base::Uuid& tenant, base::Monotonic deadline) {
    deadline_ = deadline;
    access_ = access;
    core_ = tenant.is_nil();
    const auto id = core_ ? std::string() : tenant.to_string();  // the empty text is no uuid: closed
    const auto path = std::string(core_ ? kCoreSchema : kTenantSchema) + ", pg_temp";
    const auto limit = remaining_ms(deadline);
    const auto lock_limit = remaining_ms(std::min(deadline, lock_deadline(deadline)));
    // Every key of a tenant's table begins with tenant_id, so that there is always a way that looks at the
    // tenant's own rows only; what it costs must not tell how many rows others have.
    const std::array<const char*, 5> settings = {id.c_str(), path.c_str(), limit.c_str(), lock_limit.c_str(),
                                                 core_ ? "on" : "off"};
    auto* raw = connection_.get();
    if (PQenterPipelineMode(raw) == 0) return lost("begin");
    const char* begin = access == Access::kRead ? kBeginReadName : kBeginWriteName;
    if (PQsendQueryPrepared(raw, begin, 0, nullptr, nullptr, nullptr, 0) == 0 ||
        PQsendQueryPrepared(raw, kSettingsName, settings.size(), settings.data(), nullptr, nullptr, 0) == 0 ||
        PQpipelineSync(raw) == 0)
        return lost("begin");
    base::Status status;
    for (int part = 0; part < 2; ++part)
        if (auto one = finish(); !one.ok() && status.ok()) status = std::move(one);
    if (broken_) return status;
    MORTISE_TRY_ASSIGN(const auto sync, next());
    if (PQexitPipelineMode(raw) == 0) return lost("begin");
    return status;
}

base::Result<PostgresResult> PostgresConnection::control(const char* name) {
    if (PQsendQueryPrepared(connection_.get(), name, 0, nullptr, nullptr, nullptr, 0) == 0) return lost(name);
    MORTISE_TRY_ASSIGN(auto result, next());
    MORTISE_TRY(check(result.get(), name));
    MORTISE_TRY(finish());
    return result;
}

base::Status PostgresConnection::commit() {
    auto result = control(kCommitName);
    if (!result.ok()) {
        if (!broken_) return std::move(result).error();
        return storage_error(kCommitUnknown, result.error().log_text);
    }
    // A failed transaction is rolled back by COMMIT, which then says so.
    if (std::string_view(PQcmdStatus(result->get())) == "COMMIT") return {};
    return base::internal_error("commit: the transaction had failed");
}

bool PostgresConnection::rollback() noexcept {
    if (broken_ || PQpipelineStatus(connection_.get()) != PQ_PIPELINE_OFF) return false;
    const auto state = PQtransactionStatus(connection_.get());
    if (state == PQTRANS_IDLE) return true;
    if (state != PQTRANS_INTRANS && state != PQTRANS_INERROR) return false;
    deadline_ = SteadyClock::now() + kRollbackWait;
    return control(kRollbackName).ok() && !broken_;
}

// The search path is part of what was analysed, so each schema has its own.
std::uint64_t PostgresConnection::key(const Statement& statement) const noexcept {
    return statement.id() * 2 + (core_ ? 0U : 1U);
}

base::Result<std::string> PostgresConnection::prepare(const Statement& statement) {
    if (const auto* found = prepared_.find(key(statement)); found != nullptr) return *found;
    const auto name = "s" + std::to_string(++preparations_);
    MORTISE_TRY(send_prepare(name, statement.postgresql(), parameter_types(statement)));
    if (auto evicted = prepared_.insert(key(statement), name)) stale_.push_back(*std::move(evicted));
    for (; !stale_.empty(); stale_.pop_back())
        MORTISE_TRY(execute("DEALLOCATE " + stale_.back()));
    return name;
}

// A migration changed the type of a column while the statement lay prepared. The transaction has failed and
// takes no more commands, so the name is given back later, and the caller tries its whole work again.
bool PostgresConnection::forget_if_changed(const Statement& statement, const base::Error& error) {
    if (error.log_text.find(kPlanChanged) == std::string::npos) return false;
    if (const auto* name = prepared_.find(key(statement)); name != nullptr) stale_.push_back(*name);
    prepared_.erase(key(statement));
    return true;
}

base::Status PostgresConnection::read_row(const Statement& statement, const PGresult* result,
                                          std::vector<Value>& values) {
    if (static_cast<std::size_t>(PQnfields(result)) != values.size())
        return base::internal_error("declares " + std::to_string(values.size()) + " columns, has " +
                                    std::to_string(PQnfields(result)));
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!decode_field(result, 0, static_cast<int>(i), statement.columns()[i], values[i]))
            return base::internal_error("column " + std::to_string(i + 1) + " is not of the declared type");
    return {};
}

base::Result<std::int64_t> PostgresConnection::read_rows(const Statement& statement, const RowSink& sink) {
    std::vector<Value> values(statement.columns().size());
    std::int64_t changed = 0;
    bool wanted = static_cast<bool>(sink);
    base::Status status;
    for (;;) {
        MORTISE_TRY_ASSIGN(const auto result, next());
        if (!result) break;
        auto one = check(result.get(), statement.name());
        if (one.ok() && PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE && wanted && status.ok()) {
            one = read_row(statement, result.get(), values);
            if (one.ok()) wanted = sink(Row(values));
        }
        if (!one.ok() && status.ok()) status = std::move(one);
        if (changes_rows(PQcmdStatus(result.get())))
            changed = static_cast<std::int64_t>(base::parse_u64(PQcmdTuples(result.get())).value_or(0));
    }
    if (!status.ok()) return std::move(status).error();
    return changed;
}

base::Result<std::int64_t> PostgresConnection::run(const Statement& statement,
                                                   std::span<const Value> parameters, const RowSink& sink) {
    MORTISE_TRY(check_parameters(statement, parameters));
    if (reading_) return base::internal_error(statement.name() + ": run while the rows of another are read");
    // The server's time-out is one statement's; many short ones must end as well.
    if (SteadyClock::now() >= deadline_)
        return storage_error(kStatementTimeout, statement.name() + ": begun past the deadline");
    MORTISE_TRY_ASSIGN(const auto name, prepare(statement));
    const PostgresParameters bound(parameters);
    if (PQsendQueryPrepared(connection_.get(), name.c_str(), bound.count(), bound.values(), bound.lengths(),
                            bound.formats(), 1) == 0)
        return lost(statement.name());
    PQsetSingleRowMode(connection_.get());
    // If the sink throws, the rest is read away, so that the connection can be used again.
    struct Reading {
        PostgresConnection& self;
        ~Reading() {
            self.reading_ = false;
            self.drain();
        }
    } const reading{*this};
    reading_ = true;
    auto result = read_rows(statement, sink);
    if (!result.ok() && forget_if_changed(statement, result.error()))
        return storage_error(kSerialization, std::move(result).error().log_text);
    return result;
}

base::Result<bool> PostgresConnection::wait_told(int stop) {
    for (;;) {
        bool told = false;
        while (PGnotify* const note = PQnotifies(connection_.get())) {
            PQfreemem(note);
            told = true;
        }
        if (told) return true;
        std::array<pollfd, 2> waits = {pollfd{PQsocket(connection_.get()), POLLIN, 0},
                                       pollfd{stop, POLLIN, 0}};
        if (::poll(waits.data(), waits.size(), -1) < 0) {
            if (errno == EINTR) continue;
            return lost("listen");
        }
        if (waits[1].revents != 0) return false;
        if (PQconsumeInput(connection_.get()) == 0) return lost("listen");
    }
}

base::Status PostgresConnection::execute(const std::string& sql) {
    if (PQsendQuery(connection_.get(), sql.c_str()) == 0) return lost("execute");
    return finish();
}

}  // namespace mortise::storage
