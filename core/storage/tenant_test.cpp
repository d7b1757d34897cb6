// Tenants' life on either engine: creation, removal, export, many of them, crashes, lost connections.
#include "core/storage/database.hpp"
#include "core/storage/sqlite_tenants.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace mortise::storage {
namespace {

using namespace std::chrono_literals;
using test::TestDatabase;

const char* const kSqlite =
    "CREATE TABLE probe__row (tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()), id INTEGER PRIMARY KEY,"
    " name TEXT, uid BLOB, done INTEGER, ratio REAL, raw BLOB, up INTEGER REFERENCES probe__row (id)) STRICT";
const char* const kPostgresql =
    "CREATE TABLE probe__row (tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid, id bigint,"
    " name text, uid uuid, done boolean, ratio double precision, raw bytea, up bigint,"
    " PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, up) REFERENCES probe__row (tenant_id, id))";

const Statement kInsert(
    "test.tenant_insert",
    "INSERT INTO probe__row (id, name, uid, done, ratio, raw, up) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    {Type::kInteger, Type::kText, Type::kUuid, Type::kBoolean, Type::kReal, Type::kBytes, Type::kInteger});
const Statement kCount("test.tenant_count", "SELECT count(*) FROM probe__row", {}, {Type::kInteger});

class TenantTest : public ::testing::Test {
 protected:
    explicit TenantTest(unsigned open_files = 200) : database_(true, open_files) { declare(); }

    void declare() {
        const auto status = database_->migrate_tenants(
            {"probe", {{1, "row", database_->engine() == Engine::kSqlite ? kSqlite : kPostgresql}}});
        if (!status.ok()) throw std::runtime_error(status.error().log_text);
    }
    base::Status insert(const base::Uuid& tenant, std::int64_t id) {
        MORTISE_TRY_ASSIGN(const auto unit, database_->begin_tenant(tenant, Access::kWrite, test::soon()));
        const Value up = id > 1 ? Value(id - 1) : Value(Null{});
        MORTISE_TRY(unit->run(kInsert, {id, std::string_view("it's \xe2\x82\xac"), tenant, id % 2 == 0,
                                        0.1 * double(id), Bytes{std::string_view("\0\xff", 2)}, up}));
        return unit->commit();
    }
    std::int64_t count(const base::Uuid& tenant) {
        std::int64_t rows = -1;
        auto unit = database_->begin_tenant(tenant, Access::kRead, test::soon());
        if (!unit.ok()) return -1;
        EXPECT_TRUE((*unit)
                        ->run(kCount, {},
                              [&](const Row& row) {
                                  rows = row.integer(0);
                                  return true;
                              })
                        .ok());
        return rows;
    }

    TestDatabase database_;
};

TEST_F(TenantTest, CreatingAndDroppingCanBeRepeated) {
    const auto tenant = database_.make_tenant();
    ASSERT_TRUE(insert(tenant, 1).ok());
    ASSERT_TRUE(insert(tenant, 2).ok());
    ASSERT_TRUE(database_->create_tenant(tenant).ok());
    EXPECT_EQ(count(tenant), 2) << "creating again keeps what is there";
    const auto neighbour = database_.make_tenant();
    ASSERT_TRUE(insert(neighbour, 1).ok());
    ASSERT_TRUE(database_->drop_tenant(tenant).ok());
    ASSERT_TRUE(database_->drop_tenant(tenant).ok());
    EXPECT_LE(count(tenant), 0);
    EXPECT_EQ(count(neighbour), 1);
    ASSERT_TRUE(database_->create_tenant(tenant).ok());
    EXPECT_EQ(count(tenant), 0);
}

TEST_F(TenantTest, AnUnknownTenantHasNoFile) {
    if (database_->engine() != Engine::kSqlite) return;  // on PostgreSQL it is one without rows
    const auto unit = database_->begin_tenant(base::new_uuid(database_.clock()), Access::kRead, test::soon());
    ASSERT_FALSE(unit.ok());
    EXPECT_EQ(unit.error().kind, base::ErrorKind::kNotFound);
}

TEST_F(TenantTest, WaitsForTheWriterUntilTheDeadline) {
    if (database_->engine() != Engine::kSqlite) return;
    const auto tenant = database_.make_tenant();
    auto holder = database_->begin_tenant(tenant, Access::kWrite, test::soon());
    ASSERT_TRUE(holder.ok());
    const auto before = std::chrono::steady_clock::now();
    const auto second = database_->begin_tenant(tenant, Access::kWrite, test::in(200ms));
    const auto waited = std::chrono::steady_clock::now() - before;
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, kBusy);
    EXPECT_EQ(second.error().kind, base::ErrorKind::kUnavailable);
    EXPECT_GE(waited, 190ms);
    EXPECT_LT(waited, 2s);
    EXPECT_TRUE(database_->begin_tenant(tenant, Access::kRead, test::in(200ms)).ok()) << "readers don't wait";
}

// Every row of every table of a file, as SQLite's own quote() writes it.
std::map<std::string, std::vector<std::string>> dump(const std::filesystem::path& file) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    const auto rows_of = [&](const std::string& sql) {
        std::vector<std::string> rows;
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        while (sqlite3_step(statement) == SQLITE_ROW)
            rows.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
        sqlite3_finalize(statement);
        return rows;
    };
    std::map<std::string, std::vector<std::string>> tables;
    for (const auto& table : rows_of("SELECT name FROM sqlite_master WHERE type = 'table' "
                                     "AND name NOT IN ('schema_migrations') AND name NOT LIKE 'sqlite_%'")) {
        std::string list;
        for (const auto& column : rows_of("SELECT name FROM pragma_table_info('" + table + "')"))
            list += (list.empty() ? "quote(\"" : " || ',' || quote(\"") + column + "\")";
        tables[table] = rows_of("SELECT " + list + " FROM \"" + table + "\" ORDER BY 1");
    }
    sqlite3_close(db);
    return tables;
}

TEST_F(TenantTest, ExportsEveryRowEquallyFromEitherEngine) {
    const auto tenant = *base::Uuid::parse("0190f2c0-0000-7000-8000-000000000001");
    ASSERT_TRUE(database_->create_tenant(tenant).ok());
    const auto other = database_.make_tenant();
    for (std::int64_t id = 1; id <= 2; ++id) {
        ASSERT_TRUE(insert(tenant, id).ok());
        ASSERT_TRUE(insert(other, id).ok());
    }
    const auto file = database_.folder() / "export.db";
    const auto status = database_->export_tenant(tenant, file);
    ASSERT_TRUE(status.ok()) << status.error().log_text;
    const auto tables = dump(file);
    // The same expectation holds for both engines.
    const std::string id = "X'0190F2C0000070008000000000000001'";
    const std::vector<std::string> rows = {
        id + ",1,'it''s \xe2\x82\xac'," + id + ",0,0.1,X'00FF',NULL",
        id + ",2,'it''s \xe2\x82\xac'," + id + ",1,0.2,X'00FF',1",
    };
    ASSERT_TRUE(tables.contains("probe__row"));
    EXPECT_EQ(tables.at("probe__row"), rows);
    for (const char* table : {"audit", "head", "idempotency", "outbox"})
        EXPECT_TRUE(tables.contains(table)) << table;
    EXPECT_FALSE(std::filesystem::exists(file.string() + "-wal"));
    EXPECT_TRUE(database_->export_tenant(tenant, file).ok()) << "can be repeated";
}

TEST_F(TenantTest, AClosedFileKeepsAnEmptyLog) {
    if (database_->engine() != Engine::kSqlite) GTEST_SKIP() << "files of SQLite";
    const auto tenant = database_.make_tenant();
    ASSERT_TRUE(insert(tenant, 1).ok());
    database_.close();
    const auto file = database_.folder() / "data/tenants" / (tenant.to_string() + ".db");
    EXPECT_EQ(std::filesystem::file_size(file.string() + "-wal"), 0U);
    EXPECT_TRUE(std::filesystem::exists(file.string() + "-shm"));
    // Without its log a copy has all rows, and with that of another nothing else.
    const auto copy = database_.folder() / "copy.db";
    std::filesystem::copy_file(file, copy);
    EXPECT_EQ(dump(copy).at("probe__row").size(), 1U);
    database_.reopen();
    declare();
    ASSERT_TRUE(insert(tenant, 2).ok());
    database_.close();
    std::filesystem::copy_file(copy, file, std::filesystem::copy_options::overwrite_existing);
    database_.reopen();
    declare();
    EXPECT_EQ(count(tenant), 1);
    for (const auto& entry : std::filesystem::directory_iterator(file.parent_path()))
        EXPECT_EQ(entry.path().filename().string().rfind(tenant.to_string(), 0), 0U) << entry.path();
}

class FewFiles : public TenantTest {
 protected:
    FewFiles() : TenantTest(3) {}
};

TEST_F(FewFiles, ServesMoreTenantsThanItKeepsOpen) {
    std::vector<base::Uuid> tenants;
    for (int i = 0; i < 12; ++i)
        tenants.push_back(database_.make_tenant());
    auto held = database_->begin_tenant(tenants[0], Access::kRead, test::soon());  // in use: not closed
    ASSERT_TRUE(held.ok());
    for (std::int64_t round = 1; round <= 3; ++round)
        for (const auto& tenant : tenants)
            ASSERT_TRUE(insert(tenant, round).ok());
    EXPECT_EQ(count(tenants[0]), 3);
    std::int64_t snapshot = -1;
    ASSERT_TRUE((*held)
                    ->run(kCount, {},
                          [&](const Row& row) {
                              snapshot = row.integer(0);
                              return true;
                          })
                    .ok());
    EXPECT_EQ(snapshot, 0);
    for (const auto& tenant : tenants)
        EXPECT_EQ(count(tenant), 3);
}

TEST_F(FewFiles, ThreadsShareTheCache) {
    std::vector<base::Uuid> tenants;
    for (int i = 0; i < 6; ++i)
        tenants.push_back(database_.make_tenant());
    std::vector<std::thread> threads;
    std::atomic<int> failures{0};
    for (std::size_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < 60; ++i)
                if (count(tenants[(i * (t + 1)) % tenants.size()]) != 0) ++failures;
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(failures, 0);
}

TEST(SqliteTenants, ClosesTheLeastRecentlyUsed) {
    const test::TemporaryFolder folder;
    const base::SystemClock clock;
    SchemaRegistry schemas;
    SqliteTenants tenants(folder.path(), 2, 1000ms, schemas, clock);
    std::vector<base::Uuid> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(base::new_uuid(clock));
        ASSERT_TRUE(tenants.create(ids.back()).ok());
        ASSERT_TRUE(tenants.find(ids.back()).ok());
    }
    EXPECT_EQ(tenants.open_count(), 2U);
    std::vector<std::shared_ptr<SqliteFile>> used;
    for (const auto& id : ids)
        used.push_back(*tenants.find(id));
    EXPECT_EQ(tenants.open_count(), 5U) << "files in use stay open";
    used.clear();
    ASSERT_TRUE(tenants.find(ids[0]).ok());
    ASSERT_TRUE(tenants.create(base::new_uuid(clock)).ok());
}

// A child writes one row after another and tells each commit through a pipe, until it is killed.
TEST_F(TenantTest, WhatWasCommittedSurvivesAKill) {
    const auto tenant = database_.make_tenant();
    database_.close();
    int pipe_ends[2] = {};
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::close(pipe_ends[0]);
        database_.reopen();
        declare();
        for (std::int64_t id = 1;; ++id) {
            if (!insert(tenant, id).ok()) ::_exit(1);
            auto open = database_->begin_tenant(tenant, Access::kWrite, test::soon());
            (void)(*open)->run(kInsert, {id + 100'000, Null{}, Null{}, Null{}, Null{}, Null{}, Null{}});
            const auto told =
                ::write(pipe_ends[1], "x", 1);  // killed from here on, in the middle of a transaction
            if (told != 1) ::_exit(2);
        }
    }
    ::close(pipe_ends[1]);
    std::int64_t told = 0;
    char byte = 0;
    while (told < 20 && ::read(pipe_ends[0], &byte, 1) == 1)
        ++told;
    ::kill(child, SIGKILL);
    while (::read(pipe_ends[0], &byte, 1) == 1)
        ++told;
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_GE(told, 20);
    database_.reopen();
    declare();
    const auto rows = count(tenant);
    EXPECT_GE(rows, told);
    EXPECT_LE(rows, told + 1);
    const Statement unfinished("test.unfinished", "SELECT count(*) FROM probe__row WHERE id > 100000", {},
                               {Type::kInteger});
    auto unit = database_->begin_tenant(tenant, Access::kRead, test::soon());
    std::int64_t torn = -1;
    ASSERT_TRUE((*unit)
                    ->run(unfinished, {},
                          [&](const Row& row) {
                              torn = row.integer(0);
                              return true;
                          })
                    .ok());
    EXPECT_EQ(torn, 0);
}

TEST_F(TenantTest, PostgresqlRefusesARoleThatSeesAll) {
    const char* admin = ::getenv("MORTISE_TEST_POSTGRES_ADMIN");
    if (database_->engine() == Engine::kSqlite) return;
    ASSERT_NE(admin, nullptr);
    auto settings = database_.settings();
    settings.url = admin;
    const auto opened = Database::open(settings, database_.clock());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, "storage_role_too_powerful");
    EXPECT_NE(opened.error().detail.find("CREATE ROLE mortise LOGIN NOSUPERUSER NOBYPASSRLS"),
              std::string::npos);
}

// Ends every connection of the role `mortise`, as an administrator or a failing network would.
void cut_connections() {
    std::unique_ptr<PGconn, decltype(&PQfinish)> admin(PQconnectdb(::getenv("MORTISE_TEST_POSTGRES_ADMIN")),
                                                       &PQfinish);
    std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(admin.get(),
               "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'mortise'"),
        &PQclear);
    ASSERT_EQ(PQresultStatus(result.get()), PGRES_TUPLES_OK) << PQerrorMessage(admin.get());
}

TEST_F(TenantTest, PostgresqlConnectionsAreMadeAgain) {
    if (database_->engine() == Engine::kSqlite) return;
    const auto tenant = database_.make_tenant();
    ASSERT_TRUE(insert(tenant, 1).ok());
    auto unit = database_->begin_tenant(tenant, Access::kWrite, test::soon());
    ASSERT_TRUE(unit.ok());
    cut_connections();
    const auto lost = (*unit)->run(kCount, {});
    ASSERT_FALSE(lost.ok());
    EXPECT_EQ(lost.error().code, kLost);
    EXPECT_EQ(lost.error().kind, base::ErrorKind::kUnavailable);
    unit = database_->begin_tenant(tenant, Access::kWrite, test::soon());
    ASSERT_TRUE(unit.ok()) << unit.error().log_text;
    EXPECT_EQ(count(tenant), 1);
    cut_connections();
    const auto unknown = (*unit)->commit();
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().code, kCommitUnknown);
    EXPECT_EQ(count(tenant), 1);
}

TEST_F(TenantTest, PostgresqlWaitsForAConnectionUntilTheDeadline) {
    if (database_->engine() == Engine::kSqlite) return;
    auto settings = database_.settings();
    settings.connections = 1;
    auto small = Database::open(settings, database_.clock());
    ASSERT_TRUE(small.ok());
    auto held = (*small)->begin_core(Access::kRead, test::soon());
    ASSERT_TRUE(held.ok());
    const auto second = (*small)->begin_core(Access::kRead, test::in(150ms));
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, kBusy);
}

}  // namespace
}  // namespace mortise::storage
