#include "licenses/issuer/sqlite.hpp"

#include "licenses/issuer/failure.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <system_error>

namespace mortise::issuer {
namespace {

constexpr int kBusyMilliseconds = 5000;

Failure failure_of(sqlite3* connection, int code) {
    const std::string text = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Failure("ledger_busy", "Another process is using the ledger. Try again when it is done.");
        case SQLITE_FULL:
            return Failure("disk_full", "The disk is full; nothing of this command was kept.");
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Failure("ledger_corrupt", "The ledger is damaged (" + text + "). Restore a backup.");
        default:
            return Failure("ledger_error", "The ledger failed: " + text + ".");
    }
}

void check(sqlite3* connection, int code) {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) throw failure_of(connection, code);
}

void check(sqlite3_stmt* statement, int code) {
    check(sqlite3_db_handle(statement), code);
}

int length_of(std::string_view bytes) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw Failure("ledger_error", "A value is too large for the ledger.");
    return static_cast<int>(bytes.size());
}

// So that the file is private from its first moment, whatever the umask.
void make_private(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) throw Failure("io_error", file.string() + ": " + std::generic_category().message(errno));
    ::close(fd);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

Statement& Statement::bind(int place, std::string_view text) {
    check(statement_.get(),
          sqlite3_bind_text(statement_.get(), place, text.data(), length_of(text), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bind(int place, std::int64_t number) {
    check(statement_.get(), sqlite3_bind_int64(statement_.get(), place, number));
    return *this;
}

Statement& Statement::bind(int place, const std::optional<std::int64_t>& number) {
    return number ? bind(place, *number) : bind_null(place);
}

Statement& Statement::bind_blob(int place, std::string_view bytes) {
    // A null pointer would be NULL, where an empty blob is meant.
    const char* data = bytes.data() != nullptr ? bytes.data() : "";
    check(statement_.get(),
          sqlite3_bind_blob(statement_.get(), place, data, length_of(bytes), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bind_null(int place) {
    check(statement_.get(), sqlite3_bind_null(statement_.get(), place));
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    const int result = sqlite3_reset(statement_.get());
    check(statement_.get(), code == SQLITE_DONE ? result : code);
    return false;
}

void Statement::run() {
    while (step()) {
    }
}

void Statement::reset() noexcept {
    sqlite3_reset(statement_.get());
}

std::string Statement::text(int column) const {
    // Blob first: it gives the bytes of texts and blobs alike.
    const void* bytes = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return bytes == nullptr ? std::string()
                            : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> Statement::optional_number(int column) const {
    if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
    return number(column);
}

void Sqlite::Close::operator()(sqlite3* connection) const noexcept {
    sqlite3_close_v2(connection);
}

Sqlite::Sqlite(const std::filesystem::path& file) {
    make_private(file);
    sqlite3* connection = nullptr;
    const int code =
        sqlite3_open_v2(file.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, nullptr);
    connection_.reset(connection);
    check(connection, code);
    sqlite3_extended_result_codes(connection, 1);
    sqlite3_busy_timeout(connection, kBusyMilliseconds);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON");
}

Statement Sqlite::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    check(connection_.get(),
          sqlite3_prepare_v2(connection_.get(), sql.data(), length_of(sql), &statement, nullptr));
    return Statement(statement);
}

void Sqlite::run(const std::string& sql) {
    check(connection_.get(), sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Sqlite::pragma(const std::string& name) {
    Statement statement = prepare("PRAGMA " + name);
    return statement.step() ? statement.number(0) : 0;
}

void Sqlite::copy_to(const std::filesystem::path& file) {
    make_private(file);
    sqlite3* target = nullptr;
    const int opened = sqlite3_open_v2(file.c_str(), &target, SQLITE_OPEN_READWRITE, nullptr);
    const std::unique_ptr<sqlite3, Close> owner(target);
    check(target, opened);
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", connection_.get(), "main");
    if (backup == nullptr) throw failure_of(target, sqlite3_errcode(target));
    sqlite3_backup_step(backup, -1);
    check(target, sqlite3_backup_finish(backup));
}

Transaction::Transaction(Sqlite& database) : database_(database) {
    database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        database_.run("ROLLBACK");
    } catch (const Failure&) {  // after some errors SQLite has rolled back by itself
    }
}

void Transaction::commit() {
    database_.run("COMMIT");
    open_ = false;
}

}  // namespace mortise::issuer
