// How many durable commits one SQLite connection makes in a second, each of one row like a milestone's: the
// limit for whatever answers a write only when it is on the disk.
//     raw_commit FOLDER SECONDS
// Writes FOLDER/raw.db (removed first) with WAL and synchronous=FULL, and prints commits per second.
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

using Connection = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

void check(int code, sqlite3* connection) {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        throw std::runtime_error(sqlite3_errmsg(connection));
}

Connection open(const std::filesystem::path& file) {
    for (const char* suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(file.string() + suffix);
    sqlite3* raw = nullptr;
    const int code = sqlite3_open(file.c_str(), &raw);
    Connection connection(raw, &sqlite3_close);
    check(code, raw);
    const char* schema =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE milestone (tenant_id BLOB NOT NULL, id BLOB NOT NULL, key TEXT NOT NULL, title TEXT NOT "
        "NULL, status TEXT NOT NULL, progress INTEGER NOT NULL, created_at INTEGER NOT NULL,"
        "PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, key)) STRICT, WITHOUT ROWID";
    check(sqlite3_exec(raw, schema, nullptr, nullptr, nullptr), raw);
    return connection;
}

Statement prepare(sqlite3* connection, const char* sql) {
    sqlite3_stmt* raw = nullptr;
    check(sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr), connection);
    return {raw, &sqlite3_finalize};
}

void run(sqlite3* connection, const Statement& statement) {
    check(sqlite3_step(statement.get()), connection);
    check(sqlite3_reset(statement.get()), connection);
}

// Ids rise, as those of version 7 do.
std::array<std::uint8_t, 16> id_of(std::int64_t number) {
    std::array<std::uint8_t, 16> id{};
    for (std::size_t byte = 0; byte < 8; ++byte)
        id[byte] = static_cast<std::uint8_t>(number >> (8 * (7 - byte)));
    return id;
}

std::int64_t commit_for(sqlite3* connection, std::chrono::duration<double> time) {
    const Statement begin = prepare(connection, "BEGIN IMMEDIATE");
    const Statement commit = prepare(connection, "COMMIT");
    const Statement insert = prepare(
        connection, "INSERT INTO milestone VALUES (zeroblob(16), ?1, ?2, 'A milestone', 'planned', 0, ?3)");
    const auto end = std::chrono::steady_clock::now() + time;
    std::int64_t number = 0;
    while (std::chrono::steady_clock::now() < end) {
        const auto id = id_of(++number);
        const std::string key = "B-" + std::to_string(number);
        check(sqlite3_bind_blob(insert.get(), 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC),
              connection);
        check(sqlite3_bind_text(insert.get(), 2, key.data(), static_cast<int>(key.size()), SQLITE_STATIC),
              connection);
        check(sqlite3_bind_int64(insert.get(), 3, number), connection);
        run(connection, begin);
        run(connection, insert);
        run(connection, commit);
    }
    return number;
}

}  // namespace

int main(int argc, char** argv) {
    const double seconds = argc == 3 ? std::atof(argv[2]) : 0;
    if (seconds <= 0) {
        std::fprintf(stderr, "usage: raw_commit FOLDER SECONDS\n");
        return 2;
    }
    try {
        const Connection connection = open(std::filesystem::path(argv[1]) / "raw.db");
        const auto commits = commit_for(connection.get(), std::chrono::duration<double>(seconds));
        std::printf("%.1f\n", static_cast<double>(commits) / seconds);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "raw_commit: %s\n", error.what());
        return 1;
    }
}
