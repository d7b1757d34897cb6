#include "core/storage/error_map.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace mortise::storage {
namespace {

using base::ErrorKind;

struct Meaning {
    std::string_view code;
    ErrorKind kind;
    std::string_view detail;
    std::uint32_t retry_after_s;
};

constexpr std::array kMeanings = {
    Meaning{kUnique, ErrorKind::kConflict, "Something with the same key exists already.", 0},
    Meaning{kForeignKey, ErrorKind::kConflict,
            "Something that this refers to does not exist, or something else still refers to it.", 0},
    Meaning{kCheck, ErrorKind::kUnprocessable, "A value is outside what may be stored here.", 0},
    Meaning{kBusy, ErrorKind::kUnavailable, "The database is busy; try again.", 1},
    Meaning{kSerialization, ErrorKind::kUnavailable, "Another request changed the same data; try again.", 1},
    Meaning{kStatementTimeout, ErrorKind::kTimeout, "The request took too long and was stopped.", 0},
    // The caller of a statement that may not run is a plugin or our own code, never the client.
    Meaning{kDenied, ErrorKind::kInternal, "The server could not complete the request.", 0},
    Meaning{kTooBig, ErrorKind::kTooLarge, "A value is too large to be stored.", 0},
    Meaning{kFull, ErrorKind::kUnavailable, "The server has no space left to store data.", 60},
    Meaning{kReadOnly, ErrorKind::kUnavailable, "The server's storage is read-only at the moment.", 60},
    Meaning{kTooManyFiles, ErrorKind::kUnavailable, "The server has too many files open; try again.", 5},
    Meaning{kOutOfMemory, ErrorKind::kUnavailable, "The database is short of memory; try again.", 5},
    Meaning{kLost, ErrorKind::kUnavailable, "The database cannot be reached; try again.", 2},
    Meaning{kCommitUnknown, ErrorKind::kUnavailable,
            "It is not known whether the change was stored; repeat it with the same Idempotency-Key.", 2},
};

struct SqliteRow {
    int result;
    std::string_view code;
};

// Extended codes first: a primary code at the end takes what remains of its family.
constexpr std::array kSqlite = {
    SqliteRow{2067, kUnique},         // SQLITE_CONSTRAINT_UNIQUE
    SqliteRow{1555, kUnique},         // SQLITE_CONSTRAINT_PRIMARYKEY
    SqliteRow{2579, kUnique},         // SQLITE_CONSTRAINT_ROWID
    SqliteRow{787, kForeignKey},      // SQLITE_CONSTRAINT_FOREIGNKEY
    SqliteRow{275, kCheck},           // SQLITE_CONSTRAINT_CHECK
    SqliteRow{1299, kCheck},          // SQLITE_CONSTRAINT_NOTNULL
    SqliteRow{3091, kCheck},          // SQLITE_CONSTRAINT_DATATYPE
    SqliteRow{517, kSerialization},   // SQLITE_BUSY_SNAPSHOT
    SqliteRow{5, kBusy},              // SQLITE_BUSY
    SqliteRow{6, kBusy},              // SQLITE_LOCKED
    SqliteRow{9, kStatementTimeout},  // SQLITE_INTERRUPT
    SqliteRow{23, kDenied},           // SQLITE_AUTH
    SqliteRow{18, kTooBig},           // SQLITE_TOOBIG
    SqliteRow{13, kFull},             // SQLITE_FULL
    SqliteRow{7, kOutOfMemory},       // SQLITE_NOMEM
    SqliteRow{1032, kLost},           // SQLITE_READONLY_DBMOVED
    SqliteRow{8, kReadOnly},          // SQLITE_READONLY
    SqliteRow{10, kLost},             // SQLITE_IOERR
    SqliteRow{14, kLost},             // SQLITE_CANTOPEN
};

// SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR and SQLITE_CANTOPEN: a system call has failed.
bool is_of_system(int extended_code) noexcept {
    const int primary = extended_code & 0xff;
    return primary == 13 || primary == 8 || primary == 10 || primary == 14;
}

struct PostgresqlRow {
    std::string_view sqlstate;  // five characters, or a class of two
    std::string_view code;
};

constexpr std::array kPostgresql = {
    PostgresqlRow{"23505", kUnique},
    PostgresqlRow{"23503", kForeignKey},
    PostgresqlRow{"23514", kCheck},
    PostgresqlRow{"23502", kCheck},             // not_null_violation
    PostgresqlRow{"40001", kSerialization},     // serialization_failure
    PostgresqlRow{"40P01", kSerialization},     // deadlock_detected
    PostgresqlRow{"55P03", kBusy},              // lock_not_available
    PostgresqlRow{"57014", kStatementTimeout},  // query_canceled
    PostgresqlRow{"42501", kDenied},            // insufficient_privilege
    PostgresqlRow{"54000", kTooBig},            // program_limit_exceeded
    PostgresqlRow{"53400", kTooBig},            // configuration_limit_exceeded
    PostgresqlRow{"53100", kFull},              // disk_full
    PostgresqlRow{"53200", kOutOfMemory},       // out_of_memory
    PostgresqlRow{"53300", kBusy},              // too_many_connections
    PostgresqlRow{"57P01", kLost},              // admin_shutdown
    PostgresqlRow{"57P02", kLost},              // crash_shutdown
    PostgresqlRow{"57P03", kLost},              // cannot_connect_now
    PostgresqlRow{"57P05", kLost},              // idle_session_timeout
    PostgresqlRow{"58030", kLost},              // io_error
    PostgresqlRow{"25006", kReadOnly},          // read_only_sql_transaction: the node is a standby
    PostgresqlRow{"25P03", kLost},              // idle_in_transaction_session_timeout
    PostgresqlRow{"08", kLost},                 // connection exceptions
};

}  // namespace

base::Error storage_error(std::string_view code, std::string log_text) {
    const auto* meaning = std::ranges::find(kMeanings, code, &Meaning::code);
    if (meaning == kMeanings.end()) return base::internal_error(std::move(log_text));
    base::Error error{meaning->kind, std::string(code), std::string(meaning->detail), std::move(log_text)};
    error.retry_after_s = meaning->retry_after_s;
    return error;
}

base::Error map_sqlite_error(int extended_code, std::string log_text, int system_number) {
    const auto* row = std::ranges::find(kSqlite, extended_code, &SqliteRow::result);
    if (row == kSqlite.end()) row = std::ranges::find(kSqlite, extended_code & 0xff, &SqliteRow::result);
    log_text += " [sqlite " + std::to_string(extended_code) + "]";
    const auto lack = is_of_system(extended_code) ? base::lack_of(system_number) : std::string_view();
    if (!lack.empty()) return storage_error(lack, std::move(log_text));
    return storage_error(row == kSqlite.end() ? "" : row->code, std::move(log_text));
}

base::Error map_postgresql_error(std::string_view sqlstate, std::string log_text) {
    if (sqlstate.empty()) return storage_error(kLost, std::move(log_text));
    const auto* row = std::ranges::find_if(kPostgresql, [&](const PostgresqlRow& candidate) {
        return sqlstate.starts_with(candidate.sqlstate);
    });
    log_text.append(" [sqlstate ").append(sqlstate).append("]");
    return storage_error(row == kPostgresql.end() ? "" : row->code, std::move(log_text));
}

bool is_retryable(const base::Error& error) noexcept {
    return error.code == kBusy || error.code == kSerialization;
}

}  // namespace mortise::storage
