#include "core/storage/sqlite_connection.hpp"

#include "core/base/text.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace mortise::storage {
namespace {

constexpr std::size_t kPreparedStatements = 256;
constexpr int kProgressInstructions = 4000;  // some 50 µs between two looks at the clock
constexpr int kBusySleepMs = 2;

struct Limit {
    int id;
    int value;
};
constexpr auto kLimits = std::to_array<Limit>({{SQLITE_LIMIT_LENGTH, 64 << 20},
                                               {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
                                               {SQLITE_LIMIT_COLUMN, 256},
                                               {SQLITE_LIMIT_EXPR_DEPTH, 200},
                                               {SQLITE_LIMIT_COMPOUND_SELECT, 32},
                                               {SQLITE_LIMIT_VDBE_OP, 250000},
                                               {SQLITE_LIMIT_FUNCTION_ARG, 64},
                                               {SQLITE_LIMIT_ATTACHED, 0},
                                               {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1024},
                                               {SQLITE_LIMIT_VARIABLE_NUMBER, 256},
                                               {SQLITE_LIMIT_TRIGGER_DEPTH, 16},
                                               {SQLITE_LIMIT_WORKER_THREADS, 0}});

void tenant_function(sqlite3_context* context, int /*count*/, sqlite3_value** /*values*/) noexcept {
    const auto& tenant = *static_cast<const base::Uuid*>(sqlite3_user_data(context));
    if (tenant.is_nil()) {
        sqlite3_result_error(context, "no tenant: rows are written only in a tenant's own database", -1);
        return;
    }
    sqlite3_result_blob(context, tenant.bytes.data(), static_cast<int>(tenant.bytes.size()),
                        SQLITE_TRANSIENT);
}

int bind_value(sqlite3_stmt* handle, int position, const Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        return sqlite3_bind_int64(handle, position, *integer);
    if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(handle, position, *real);
    if (const auto* boolean = std::get_if<bool>(&value))
        return sqlite3_bind_int(handle, position, *boolean ? 1 : 0);
    if (const auto* uuid = std::get_if<base::Uuid>(&value))
        return sqlite3_bind_blob64(handle, position, uuid->bytes.data(), uuid->bytes.size(), SQLITE_STATIC);
    // A null pointer would bind NULL, also for an empty text.
    const auto data_of = [](std::string_view data) { return data.empty() ? "" : data.data(); };
    if (const auto* text = std::get_if<std::string_view>(&value))
        return sqlite3_bind_text64(handle, position, data_of(*text), text->size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
    if (const auto* bytes = std::get_if<Bytes>(&value))
        return sqlite3_bind_blob64(handle, position, data_of(bytes->data), bytes->data.size(), SQLITE_STATIC);
    return sqlite3_bind_null(handle, position);
}

std::string_view blob(sqlite3_stmt* handle, int column) {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(handle, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle, column));
    return data == nullptr ? std::string_view() : std::string_view(data, size);
}

std::string_view text(sqlite3_stmt* handle, int column) {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle, column));
    return data == nullptr ? std::string_view() : std::string_view(data, size);
}

bool read_integer(sqlite3_stmt* handle, int column, Type type, Value& out) {
    const auto value = sqlite3_column_int64(handle, column);
    if (type == Type::kInteger || type == Type::kTime)
        out = value;
    else if (type == Type::kReal)
        out = static_cast<double>(value);
    else if (type == Type::kBoolean && (value == 0 || value == 1))
        out = value == 1;
    else
        return false;
    return true;
}

// False if the stored value is not of the declared type: nothing is converted silently.
bool read_column(sqlite3_stmt* handle, int column, Type type, Value& out) {
    switch (sqlite3_column_type(handle, column)) {
        case SQLITE_NULL:
            out = Null{};
            return true;
        case SQLITE_INTEGER:
            return read_integer(handle, column, type, out);
        case SQLITE_FLOAT:
            out = sqlite3_column_double(handle, column);
            return type == Type::kReal;
        case SQLITE_TEXT:
            out = text(handle, column);
            return type == Type::kText;
        default:
            break;
    }
    const auto data = blob(handle, column);
    if (type == Type::kBytes) {
        out = Bytes{data};
        return true;
    }
    const auto uuid = base::Uuid::from_bytes(data);
    if (type != Type::kUuid || !uuid) return false;
    out = *uuid;
    return true;
}

// The positions of $1 … $n; a parameter of another form is refused.
base::Result<std::vector<int>> parameter_positions(const Statement& statement, sqlite3_stmt* handle) {
    std::vector<int> positions(statement.parameters().size(), 0);
    for (int i = 1; i <= sqlite3_bind_parameter_count(handle); ++i) {
        const char* name = sqlite3_bind_parameter_name(handle, i);
        const auto number = name != nullptr && name[0] == '$'
                                ? base::parse_u64(std::string_view(name).substr(1))
                                : std::nullopt;
        if (!number || *number == 0 || *number > positions.size())
            return base::internal_error(statement.name() + ": parameters are $1 to $" +
                                        std::to_string(positions.size()));
        positions[*number - 1] = i;
    }
    return positions;
}

// Whether a text has more than spaces and comments.
bool has_statement(sqlite3* db, const char* text) {
    if (*text == '\0') return false;
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v2(db, text, -1, &made, nullptr);
    sqlite3_finalize(made);
    return code != SQLITE_OK || made != nullptr;
}

// Lets the last connection that closes a file leave its log, emptied, and the log's shared memory where they
// are: who opens the file next would make both anew, which takes longer than all the rest of opening. The log
// is emptied so that a copy of another database put in this one's place finds nothing to replay.
void keep_emptied_log(sqlite3* db) noexcept {
    int keep = 1;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    sqlite3_set_authorizer(db, nullptr, nullptr);
    sqlite3_exec(db, "PRAGMA journal_size_limit=0", nullptr, nullptr, nullptr);
}

}  // namespace

void SqliteClose::operator()(sqlite3* db) const noexcept {
    keep_emptied_log(db);
    sqlite3_close_v2(db);
}
void SqliteClose::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

SqliteConnection::SqliteConnection(const SqliteOptions& options)
    : options_(options), prepared_(kPreparedStatements) {}

SqliteConnection::~SqliteConnection() = default;

base::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const SqliteOptions& options) {
    std::unique_ptr<SqliteConnection> made(new SqliteConnection(options));
    sqlite3* db = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(options.file.c_str(), &db, flags, nullptr);
    made->db_.reset(db);
    if (code != SQLITE_OK)
        return map_sqlite_error(code, "open " + options.file.string(), sqlite3_system_errno(db));
    // What may not be written is opened for reading, and would stay so when it may be written again. Readers
    // go on on a disk that has become read-only.
    if (!options.read_only && sqlite3_db_readonly(db, "main") == 1)
        return map_sqlite_error(SQLITE_READONLY, "open " + options.file.string());
    MORTISE_TRY(made->harden());
    MORTISE_TRY(made->configure());
    return made;
}

// Settings of https://sqlite.org/security.html, "untrusted SQL inputs".
base::Status SqliteConnection::harden() {
    constexpr auto kSwitches =
        std::to_array<std::pair<int, int>>({{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                            {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                            {SQLITE_DBCONFIG_DQS_DML, 0},
                                            {SQLITE_DBCONFIG_DQS_DDL, 0},
                                            {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
                                            {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}});
    for (const auto& [option, value] : kSwitches) {
        int now = -1;
        if (sqlite3_db_config(handle(), option, value, &now) != SQLITE_OK || now != value)
            return error("db_config");
    }
    for (const auto& limit : kLimits)
        sqlite3_limit(handle(), limit.id, limit.value);
    sqlite3_busy_handler(handle(), &SqliteConnection::on_busy, this);
    sqlite3_progress_handler(handle(), kProgressInstructions, &SqliteConnection::on_progress, this);
    const int code = sqlite3_create_function_v2(
        handle(), "mortise_tenant", 0, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
        &options_.tenant, &tenant_function, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error("mortise_tenant");
    return {};
}

base::Status SqliteConnection::configure() {
    MORTISE_TRY(execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"));
    if (options_.read_only) MORTISE_TRY(execute("PRAGMA query_only=ON"));
    constexpr std::array<const char*, kControls> kTexts = {
        "BEGIN", "BEGIN IMMEDIATE", "SELECT 1 FROM sqlite_master LIMIT 1", "COMMIT", "ROLLBACK"};
    for (std::size_t i = 0; i < kTexts.size(); ++i) {
        sqlite3_stmt* made = nullptr;
        if (sqlite3_prepare_v3(handle(), kTexts[i], -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
            SQLITE_OK)
            return error(kTexts[i]);
        controls_[i].reset(made);
    }
    sqlite3_set_authorizer(handle(), &authorize, &policy_);
    return {};
}

int SqliteConnection::on_progress(void* self) noexcept {
    const auto& connection = *static_cast<const SqliteConnection*>(self);
    return std::chrono::steady_clock::now() >= connection.deadline_ ? 1 : 0;
}

int SqliteConnection::on_busy(void* self, int count) noexcept {
    auto& connection = *static_cast<SqliteConnection*>(self);
    const auto now = std::chrono::steady_clock::now();
    if (count == 0) connection.busy_since_ = now;
    if (now >= connection.deadline_ || now - connection.busy_since_ >= connection.options_.busy_timeout)
        return 0;
    sqlite3_sleep(kBusySleepMs);
    return 1;
}

// The errno of the system call that has failed, as far as SQLite knows. It keeps one for the connection, read
// when a rollback may have overwritten it already, and one for each of its files.
int SqliteConnection::system_number() noexcept {
    int number = sqlite3_system_errno(handle());
    if (!base::lack_of(number).empty()) return number;
    sqlite3_file* log = nullptr;
    if (sqlite3_file_control(handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
        log != nullptr && log->pMethods != nullptr)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number;
}

base::Error SqliteConnection::error(std::string_view where) {
    const int code = sqlite3_extended_errcode(handle());
    auto text =
        std::string(where) + ": " + sqlite3_errmsg(handle()) + " (" + options_.file.filename().string() + ")";
    // Of a connection that may write, the same code says that the disk takes nothing.
    if (options_.read_only && code == SQLITE_READONLY) return storage_error(kDenied, std::move(text));
    return map_sqlite_error(code, std::move(text), system_number());
}

int SqliteConnection::control(Control which) noexcept {
    auto* statement = controls_[which].get();
    const int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

base::Status SqliteConnection::begin(Access access) {
    if (access == Access::kWrite) {
        // Immediate: an upgraded read would fail at once (517) whatever the busy timeout.
        if (control(kBeginWrite) != SQLITE_OK) return error("begin immediate");
        return {};
    }
    // BEGIN takes no snapshot; the first read does.
    if (control(kBeginRead) != SQLITE_OK || control(kSnapshot) != SQLITE_OK) return error("begin");
    return {};
}

base::Status SqliteConnection::commit() {
    const int code = control(kCommit);
    if (code == SQLITE_OK) return {};
    auto failed = error("commit");
    // All of it is in the log, and only the sync has failed: a recovery may find it there, unless the next
    // writer has overwritten it.
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
        return storage_error(kCommitUnknown, std::move(failed.log_text));
    return failed;
}

base::Status SqliteConnection::touch() {
    MORTISE_TRY(begin(Access::kWrite));
    // Set again, the same number makes a page of the log; a row with the same values would not.
    MORTISE_TRY_ASSIGN(const auto version, query_integer("PRAGMA user_version"));
    MORTISE_TRY(execute("PRAGMA user_version = " + std::to_string(version)));
    return commit();
}

bool SqliteConnection::rollback() noexcept {
    deadline_ = base::Monotonic::max();
    if (sqlite3_get_autocommit(handle()) != 0) return true;
    return control(kRollback) == SQLITE_OK;
}

base::Result<SqliteConnection::Prepared> SqliteConnection::make_prepared(const Statement& statement) {
    const auto& sql = statement.sqlite();
    sqlite3_stmt* made = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()) + 1,
                                        SQLITE_PREPARE_PERSISTENT, &made, &tail);
    StatementHandle owner(made);
    if (code != SQLITE_OK) return error(statement.name());
    if (!owner) return base::internal_error(statement.name() + ": is empty");
    if (has_statement(handle(), tail))
        return base::internal_error(statement.name() + ": has more than one statement");
    const auto columns = static_cast<std::size_t>(sqlite3_column_count(made));
    if (columns != statement.columns().size())
        return base::internal_error(statement.name() + ": declares " +
                                    std::to_string(statement.columns().size()) + " columns, has " +
                                    std::to_string(columns));
    MORTISE_TRY_ASSIGN(auto positions, parameter_positions(statement, made));
    return Prepared{std::move(owner), std::move(positions), std::string(policy_.plugin)};
}

base::Result<SqliteConnection::Prepared*> SqliteConnection::prepare(const Statement& statement) {
    auto* found = prepared_.find(statement.id());
    // What was authorized for one is not for another.
    if (found != nullptr && found->plugin == policy_.plugin) return found;
    if (found != nullptr) prepared_.erase(statement.id());
    MORTISE_TRY_ASSIGN(auto made, make_prepared(statement));
    prepared_.insert(statement.id(), std::move(made));
    return prepared_.find(statement.id());
}

base::Status SqliteConnection::bind(const Statement& statement, Prepared& prepared,
                                    std::span<const Value> parameters) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (prepared.positions[i] == 0) continue;
        if (bind_value(prepared.handle.get(), prepared.positions[i], parameters[i]) != SQLITE_OK)
            return error(statement.name());
    }
    return {};
}

base::Status SqliteConnection::step_all(const Statement& statement, sqlite3_stmt* handle,
                                        const RowSink& sink) {
    const auto& types = statement.columns();
    std::vector<Value> values(types.size());
    for (;;) {
        const int code = sqlite3_step(handle);
        if (code == SQLITE_DONE) return {};
        if (code != SQLITE_ROW) return error(statement.name());
        for (std::size_t i = 0; i < types.size(); ++i) {
            if (!read_column(handle, static_cast<int>(i), types[i], values[i]))
                return base::internal_error(statement.name() + ": column " + std::to_string(i + 1) +
                                            " is not of the declared type");
        }
        // A change runs to its end in the first step, also if nobody wants the rows that it returns.
        if (!sink || !sink(Row(values))) return {};
    }
}

base::Result<std::int64_t> SqliteConnection::run(const Statement& statement,
                                                 std::span<const Value> parameters, const RowSink& sink) {
    MORTISE_TRY(check_parameters(statement, parameters));
    if (reading_) return base::internal_error(statement.name() + ": run while the rows of another are read");
    // on_progress stops a long statement only; many short ones must end as well.
    if (std::chrono::steady_clock::now() >= deadline_)
        return storage_error(kStatementTimeout, statement.name() + ": begun past the deadline");
    MORTISE_TRY_ASSIGN(auto* prepared, prepare(statement));
    auto* handle = prepared->handle.get();
    // Values are bound without a copy, so they are let go even if the sink throws.
    struct Reset {
        sqlite3_stmt* handle;
        bool& reading;
        ~Reset() {
            sqlite3_reset(handle);
            sqlite3_clear_bindings(handle);
            reading = false;
        }
    } reset{handle, reading_};
    reading_ = true;
    MORTISE_TRY(bind(statement, *prepared, parameters));
    MORTISE_TRY(step_all(statement, handle, sink));
    return sqlite3_stmt_readonly(handle) != 0 ? 0 : sqlite3_changes64(db_.get());
}

base::Status SqliteConnection::execute(std::string_view sql) {
    const char* at = sql.data();
    const char* const end = at + sql.size();
    while (at < end) {
        sqlite3_stmt* made = nullptr;
        const int code = sqlite3_prepare_v2(handle(), at, static_cast<int>(end - at), &made, &at);
        const StatementHandle owner(made);
        if (code != SQLITE_OK) return error("execute");
        if (!owner) continue;
        int step = SQLITE_ROW;
        while (step == SQLITE_ROW)
            step = sqlite3_step(made);
        if (step != SQLITE_DONE) return error("execute");
    }
    return {};
}

base::Result<std::int64_t> SqliteConnection::query_integer(const std::string& sql) {
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v2(handle(), sql.c_str(), -1, &made, nullptr);
    const StatementHandle owner(made);
    if (code != SQLITE_OK) return error(sql);
    if (sqlite3_step(made) != SQLITE_ROW) return error(sql);
    return sqlite3_column_int64(made, 0);
}

}  // namespace mortise::storage
