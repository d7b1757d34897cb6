// Durable commits a second: one SQLite connection used directly, against a unit of work of a tenant's file,
// with the same pragmas, row and file system. Usage: storage_commit [folder] (default: the temporary folder).
//
// Five alternating rounds; prints the medians and their ratio.
#include "core/storage/database.hpp"

#include <sqlite3.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace mortise;
using Clock = std::chrono::steady_clock;

constexpr auto kRound = 1500ms;
constexpr int kRounds = 5;
constexpr const char* kTable =
    "CREATE TABLE bench__row (tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()), id INTEGER PRIMARY KEY, name TEXT) STRICT";

void need(bool ok, const std::string& what) {
    if (!ok) throw std::runtime_error(what);
}

// Commits a second of `commit_one`, called for a round's time.
template <class F>
double rate(F commit_one) {
    const auto begin = Clock::now();
    std::int64_t count = 0;
    while (Clock::now() - begin < kRound) {
        commit_one();
        ++count;
    }
    return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - begin).count();
}

class Raw {
 public:
    explicit Raw(const std::filesystem::path& file) {
        need(sqlite3_open(file.c_str(), &db_) == SQLITE_OK, "open");
        for (const char* sql :
             {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
              "CREATE TABLE bench__row (tenant_id BLOB NOT NULL DEFAULT (x'00'), "
              "id INTEGER PRIMARY KEY, name TEXT) STRICT"})
            need(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
        begin_ = prepare("BEGIN IMMEDIATE");
        insert_ = prepare(
            "INSERT INTO bench__row (tenant_id, name) VALUES (x'00112233445566778899aabbccddeeff', ?1)");
        commit_ = prepare("COMMIT");
    }
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;
    ~Raw() {
        for (auto* statement : {begin_, insert_, commit_})
            sqlite3_finalize(statement);
        sqlite3_close(db_);
    }
    void commit_one() {
        run(begin_);
        sqlite3_bind_text(insert_, 1, "a milestone", -1, SQLITE_STATIC);
        run(insert_);
        run(commit_);
    }

 private:
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* made = nullptr;
        need(sqlite3_prepare_v2(db_, sql, -1, &made, nullptr) == SQLITE_OK, sql);
        return made;
    }
    static void run(sqlite3_stmt* statement) {
        need(sqlite3_step(statement) == SQLITE_DONE, "step");
        sqlite3_reset(statement);
    }
    sqlite3* db_ = nullptr;
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
};

class Units {
 public:
    explicit Units(const std::filesystem::path& folder) : tenant_(base::new_uuid(clock_)) {
        storage::DatabaseSettings settings;
        settings.directory = folder;
        auto opened = storage::Database::open(settings, clock_);
        need(opened.ok(), "open");
        database_ = std::move(opened).value();
        need(database_->migrate_tenants({"bench", {{1, "row", kTable}}}).ok(), "migrate");
        need(database_->create_tenant(tenant_).ok(), "create");
    }
    void commit_one() {
        auto unit = database_->begin_tenant(tenant_, storage::Access::kWrite, Clock::now() + 10s);
        need(unit.ok(), "begin");
        need((*unit)->run(insert_, {std::string_view("a milestone")}).ok(), "insert");
        need((*unit)->commit().ok(), "commit");
    }

 private:
    base::SystemClock clock_;
    base::Uuid tenant_;
    std::unique_ptr<storage::Database> database_;
    const storage::Statement insert_{
        "bench.insert", "INSERT INTO bench__row (name) VALUES ($1)", {storage::Type::kText}};
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void measure(const std::filesystem::path& folder) {
    Raw raw(folder / "raw.db");
    Units units(folder / "data");
    std::vector<double> raw_rates;
    std::vector<double> unit_rates;
    for (int i = 0; i < kRounds; ++i) {
        raw_rates.push_back(rate([&] { raw.commit_one(); }));
        unit_rates.push_back(rate([&] { units.commit_one(); }));
    }
    const double of_raw = median(raw_rates);
    const double of_units = median(unit_rates);
    std::printf("raw connection %.0f commits/s, unit of work %.0f commits/s, ratio %.3f\n", of_raw, of_units,
                of_units / of_raw);
}

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path parent = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
    std::string folder = (parent / "mortise-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return 1;
    int code = 0;
    try {
        measure(folder);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "storage_commit: %s\n", error.what());
        code = 1;
    }
    std::filesystem::remove_all(folder);
    return code;
}
