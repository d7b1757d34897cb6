// The unit of work on either engine (see tests/support/test_database.hpp).
#include "core/storage/database.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace mortise::storage {
namespace {

using namespace std::chrono_literals;
using test::TestDatabase;

// One table with a column of each type, one with rules. The plugin is called "probe".
MigrationSet probe_migrations(Engine engine) {
    const std::string sqlite =
        "CREATE TABLE probe__value (tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()), id INTEGER PRIMARY KEY,"
        " i INTEGER, r REAL, t TEXT, b BLOB, u BLOB, o INTEGER, at INTEGER) STRICT;"
        "CREATE TABLE probe__item (tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()), id INTEGER PRIMARY KEY,"
        " name TEXT NOT NULL UNIQUE, parent INTEGER REFERENCES probe__item (id),"
        " amount INTEGER NOT NULL DEFAULT 0 CHECK (amount >= 0)) STRICT;";
    const std::string postgresql =
        "CREATE TABLE probe__value (tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid,"
        " id bigint, i bigint, r double precision, t text, b bytea, u uuid, o boolean, at bigint,"
        " PRIMARY KEY (tenant_id, id));"
        "CREATE TABLE probe__item (tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid,"
        " id bigint, name text NOT NULL, parent bigint, amount bigint NOT NULL DEFAULT 0 CHECK (amount >= 0),"
        " PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name),"
        " FOREIGN KEY (tenant_id, parent) REFERENCES probe__item (tenant_id, id));";
    return {"probe", {{1, "probe", engine == Engine::kSqlite ? sqlite : postgresql}}};
}

const Statement kInsertValue(
    "test.insert_value",
    "INSERT INTO probe__value (id, i, r, t, b, u, o, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    {Type::kInteger, Type::kInteger, Type::kReal, Type::kText, Type::kBytes, Type::kUuid, Type::kBoolean,
     Type::kTime});
const Statement kSelectValue("test.select_value",
                             "SELECT i, r, t, b, u, o, at FROM probe__value WHERE id = $1", {Type::kInteger},
                             {Type::kInteger, Type::kReal, Type::kText, Type::kBytes, Type::kUuid,
                              Type::kBoolean, Type::kTime});
const Statement kInsertItem("test.insert_item",
                            "INSERT INTO probe__item (id, name, parent, amount) VALUES ($1, $2, $3, $4)",
                            {Type::kInteger, Type::kText, Type::kInteger, Type::kInteger});
const Statement kCountItems("test.count_items", "SELECT count(*) FROM probe__item", {}, {Type::kInteger});
const Statement kAddAmount("test.add_amount", "UPDATE probe__item SET amount = amount + $2 WHERE id = $1",
                           {Type::kInteger, Type::kInteger});
const Statement kAmount("test.amount", "SELECT amount FROM probe__item WHERE id = $1", {Type::kInteger},
                        {Type::kInteger});

class UnitTest : public ::testing::Test {
 protected:
    UnitTest() {
        auto status = database_->migrate_tenants(probe_migrations(database_->engine()));
        if (!status.ok()) throw std::runtime_error(status.error().log_text);
        tenant_ = database_.make_tenant();
    }

    std::unique_ptr<Unit> begin(Access access) { return begin(tenant_, access); }
    std::unique_ptr<Unit> begin(const base::Uuid& tenant, Access access) {
        auto unit = database_->begin_tenant(tenant, access, test::soon());
        if (!unit.ok()) throw std::runtime_error(unit.error().log_text);
        return std::move(unit).value();
    }
    static std::int64_t number(Unit& unit, const Statement& statement,
                               std::initializer_list<Value> parameters = {}) {
        std::int64_t answer = -1;
        const auto result = unit.run(statement, parameters, [&](const Row& row) {
            answer = row.integer(0);
            return true;
        });
        EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().log_text);
        return answer;
    }
    std::int64_t count(const base::Uuid& tenant) {
        return number(*begin(tenant, Access::kRead), kCountItems);
    }
    void add_item(const base::Uuid& tenant, std::int64_t id, std::string_view name) {
        auto unit = begin(tenant, Access::kWrite);
        const auto done = unit->run(kInsertItem, {id, name, Null{}, std::int64_t{0}});
        ASSERT_TRUE(done.ok()) << done.error().log_text;
        ASSERT_EQ(*done, 1);
        ASSERT_TRUE(unit->commit().ok());
    }

    TestDatabase database_;
    base::Uuid tenant_;
};

TEST_F(UnitTest, KeepsEveryType) {
    const auto id = *base::Uuid::parse("00112233-4455-6677-8899-aabbccddeeff");
    const std::string bytes("\0\x01\xff'", 4);
    const std::string text =
        "K\xc3\xb6niginstra\xc3\x9f"
        "e '; DROP TABLE x --";
    {
        auto unit = begin(Access::kWrite);
        // 1732224000000 was read as -734986240 by a driver that took the column for 32 bits.
        ASSERT_TRUE(unit->run(kInsertValue,
                              {std::int64_t{1}, std::int64_t{1732224000000}, 0.1, std::string_view(text),
                               Bytes{bytes}, id, true, std::numeric_limits<std::int64_t>::min()})
                        .ok());
        ASSERT_TRUE(
            unit->run(kInsertValue, {std::int64_t{2}, Null{}, Null{}, Null{}, Null{}, Null{}, Null{}, Null{}})
                .ok());
        ASSERT_TRUE(
            unit->run(kInsertValue, {std::int64_t{3}, std::numeric_limits<std::int64_t>::max(), -0.0,
                                     std::string_view(), Bytes{}, base::Uuid{}, false, std::int64_t{-1}})
                .ok());
        ASSERT_TRUE(unit->commit().ok());
    }
    auto unit = begin(Access::kRead);
    int rows = 0;
    const auto check_full = [&](const Row& row) {
        ++rows;
        EXPECT_EQ(row.integer(0), 1732224000000);
        EXPECT_EQ(row.real(1), 0.1);
        EXPECT_EQ(row.text(2), text);
        EXPECT_EQ(row.bytes(3), bytes);
        EXPECT_EQ(row.uuid(4), id);
        EXPECT_TRUE(row.boolean(5));
        EXPECT_EQ(row.integer(6), std::numeric_limits<std::int64_t>::min());
        return true;
    };
    ASSERT_TRUE(unit->run(kSelectValue, {std::int64_t{1}}, check_full).ok());
    const auto check_null = [&](const Row& row) {
        ++rows;
        for (std::size_t i = 0; i < row.size(); ++i)
            EXPECT_TRUE(row.is_null(i)) << i;
        return true;
    };
    ASSERT_TRUE(unit->run(kSelectValue, {std::int64_t{2}}, check_null).ok());
    const auto check_empty = [&](const Row& row) {
        ++rows;
        EXPECT_EQ(row.integer(0), std::numeric_limits<std::int64_t>::max());
        EXPECT_EQ(row.real(1), 0.0);
        EXPECT_EQ(row.text(2), "");  // empty is not NULL
        EXPECT_EQ(row.bytes(3), "");
        EXPECT_TRUE(row.uuid(4).is_nil());
        EXPECT_FALSE(row.boolean(5));
        return true;
    };
    ASSERT_TRUE(unit->run(kSelectValue, {std::int64_t{3}}, check_empty).ok());
    EXPECT_EQ(rows, 3);
}

TEST_F(UnitTest, RefusesTextThatOneEngineCouldNotKeep) {
    for (const std::string& bad :
         {std::string("a\0b", 3), std::string("\xc3\x28"), std::string("\xed\xa0\x80")}) {
        auto unit = begin(Access::kWrite);
        const auto done =
            unit->run(kInsertItem, {std::int64_t{1}, std::string_view(bad), Null{}, std::int64_t{0}});
        ASSERT_FALSE(done.ok());
        EXPECT_EQ(done.error().kind, base::ErrorKind::kInvalid);
        EXPECT_EQ(done.error().code, "invalid_text");
    }
}

TEST_F(UnitTest, RefusesWrongNumberAndTypeOfParameters) {
    EXPECT_FALSE(begin(Access::kWrite)->run(kInsertItem, {std::int64_t{1}}).ok());
    EXPECT_FALSE(begin(Access::kWrite)->run(kAmount, {std::string_view("1")}).ok());
}

TEST_F(UnitTest, RollsBackWhatIsNotCommitted) {
    {
        auto unit = begin(Access::kWrite);
        ASSERT_TRUE(
            unit->run(kInsertItem, {std::int64_t{1}, std::string_view("a"), Null{}, std::int64_t{0}}).ok());
        EXPECT_EQ(number(*unit, kCountItems), 1);
    }
    EXPECT_EQ(count(tenant_), 0);
    add_item(tenant_, 1, "a");
    EXPECT_EQ(count(tenant_), 1);
}

TEST_F(UnitTest, MapsBrokenRules) {
    add_item(tenant_, 1, "a");
    const auto code = [&](std::int64_t id, Value name, Value parent, std::int64_t amount) {
        auto unit = begin(Access::kWrite);
        const auto done = unit->run(kInsertItem, {id, name, parent, amount});
        const auto after = unit->run(kCountItems, {});
        EXPECT_FALSE(after.ok()) << "after an error only destruction is left";
        EXPECT_FALSE(unit->commit().ok());
        return done.ok() ? std::string("ok") : done.error().code;
    };
    EXPECT_EQ(code(1, std::string_view("b"), Null{}, 0), kUnique);
    EXPECT_EQ(code(2, std::string_view("a"), Null{}, 0), kUnique);
    EXPECT_EQ(code(2, std::string_view("b"), std::int64_t{77}, 0), kForeignKey);
    EXPECT_EQ(code(2, std::string_view("b"), Null{}, -1), kCheck);
    EXPECT_EQ(code(2, Null{}, Null{}, 0), kCheck);
    EXPECT_EQ(count(tenant_), 1);
}

TEST_F(UnitTest, WritersTakeTurns) {
    add_item(tenant_, 1, "counter");
    constexpr int kThreads = 2;
    constexpr int kTimes = 50;
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < kTimes; ++i) {
                auto unit = begin(Access::kWrite);
                if (!unit->run(kAddAmount, {std::int64_t{1}, std::int64_t{1}}).ok() || !unit->commit().ok())
                    ++failures;
            }
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(number(*begin(Access::kRead), kAmount, {std::int64_t{1}}), kThreads * kTimes);
}

TEST_F(UnitTest, ReadsOneSnapshot) {
    add_item(tenant_, 1, "a");
    auto reader = begin(Access::kRead);
    add_item(tenant_, 2, "b");  // before the reader's first statement, after its begin
    EXPECT_EQ(number(*reader, kCountItems), 1);
    add_item(tenant_, 3, "c");
    EXPECT_EQ(number(*reader, kCountItems), 1);
    EXPECT_EQ(count(tenant_), 3);
}

TEST_F(UnitTest, AReadingUnitCannotWrite) {
    auto unit = begin(Access::kRead);
    const auto done =
        unit->run(kInsertItem, {std::int64_t{1}, std::string_view("a"), Null{}, std::int64_t{0}});
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, kDenied);
}

TEST_F(UnitTest, TenantsDoNotSeeEachOther) {
    const auto other = database_.make_tenant();
    add_item(tenant_, 1, "same");
    add_item(other, 1, "same");
    add_item(other, 2, "more");
    EXPECT_EQ(count(tenant_), 1);
    EXPECT_EQ(count(other), 2);
    {
        // Forgets the tenant: reaches only its own rows.
        const Statement all("test.delete_all", "DELETE FROM probe__item", {});
        auto unit = begin(tenant_, Access::kWrite);
        const auto done = unit->run(all, {});
        ASSERT_TRUE(done.ok());
        EXPECT_EQ(*done, 1);
        ASSERT_TRUE(unit->commit().ok());
    }
    EXPECT_EQ(count(other), 2);
}

TEST_F(UnitTest, RowsGetTheirTenant) {
    add_item(tenant_, 1, "a");
    const Statement tenant_of("test.tenant_of", "SELECT tenant_id FROM probe__item", {}, {Type::kUuid});
    base::Uuid found;
    ASSERT_TRUE(begin(Access::kRead)
                    ->run(tenant_of, {},
                          [&](const Row& row) {
                              found = row.uuid(0);
                              return true;
                          })
                    .ok());
    EXPECT_EQ(found, tenant_);
}

TEST_F(UnitTest, WithoutATenantTenantTablesAreClosed) {
    const Statement count_all("test.count_all",
                              Statement::Text{"SELECT count(*) FROM probe__item",
                                              "SELECT count(*) FROM mortise_tenant.probe__item"},
                              {}, {Type::kInteger});
    auto unit = database_->begin_core(Access::kRead, test::soon());
    ASSERT_TRUE(unit.ok());
    EXPECT_FALSE((*unit)->run(count_all, {}).ok());
    EXPECT_FALSE(database_->begin_tenant(base::Uuid{}, Access::kRead, test::soon()).ok());
}

TEST_F(UnitTest, AsPluginReachesOnlyItsOwnTables) {
    const Statement count_head("test.count_head", "SELECT outbox_position FROM head", {}, {Type::kInteger});
    const auto run_as = [&](std::string_view plugin, const Statement& statement) {
        auto unit = begin(Access::kRead);
        const auto status = unit->as_plugin(plugin, [&]() -> base::Status {
            MORTISE_TRY(unit->run(statement, {}));
            return {};
        });
        return status.ok() ? std::string("ok") : status.error().code;
    };
    EXPECT_EQ(run_as("probe", kCountItems), "ok");
    EXPECT_EQ(run_as("probe", count_head), kDenied);
    EXPECT_EQ(run_as("prob", kCountItems),
              database_->engine() == Engine::kSqlite ? kDenied : "internal_error");
    EXPECT_NE(run_as("probe\"; --", kCountItems), "ok");
}

TEST_F(UnitTest, AfterAsPluginTheHostIsFreeAgain) {
    const Statement read_head("test.read_head", "SELECT outbox_position FROM head", {}, {Type::kInteger});
    auto unit = begin(Access::kRead);
    ASSERT_TRUE(unit->run(read_head, {}).ok());  // prepared for the host first
    ASSERT_TRUE(unit->as_plugin("probe", [] { return base::Status(); }).ok());
    ASSERT_TRUE(unit->run(read_head, {}).ok());
    const auto denied = unit->as_plugin("probe", [&]() -> base::Status {
        MORTISE_TRY(unit->run(read_head, {}));
        return {};
    });
    ASSERT_FALSE(denied.ok());
    EXPECT_EQ(denied.error().code, kDenied);
}

TEST_F(UnitTest, StopsReadingWhenTheSinkSaysSo) {
    for (std::int64_t i = 1; i <= 5; ++i)
        add_item(tenant_, i, std::to_string(i));
    const Statement ids("test.ids", "SELECT id FROM probe__item ORDER BY id", {}, {Type::kInteger});
    auto unit = begin(Access::kRead);
    int seen = 0;
    ASSERT_TRUE(unit->run(ids, {}, [&](const Row&) { return ++seen < 2; }).ok());
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(number(*unit, kCountItems), 5);
}

TEST_F(UnitTest, RefusesAStatementInsideAnothersRows) {
    add_item(tenant_, 1, "a");
    auto unit = begin(Access::kRead);
    bool inner_ok = true;
    const auto outer = unit->run(kCountItems, {}, [&](const Row&) {
        inner_ok = unit->run(kCountItems, {}).ok();
        return true;
    });
    EXPECT_TRUE(outer.ok());
    EXPECT_FALSE(inner_ok);
}

TEST_F(UnitTest, RefusesTwoStatementsInOne) {
    const Statement two("test.two", "SELECT 1; SELECT 2", {}, {Type::kInteger});
    EXPECT_FALSE(begin(Access::kRead)->run(two, {}).ok());
}

TEST_F(UnitTest, AStatementPastTheDeadlineIsStopped) {
    const Statement endless(
        "test.endless",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", {},
        {Type::kInteger});
    auto unit = database_->begin_tenant(tenant_, Access::kRead, test::in(300ms));
    ASSERT_TRUE(unit.ok());
    const auto before = std::chrono::steady_clock::now();
    const auto done = (*unit)->run(endless, {});
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, kStatementTimeout);
    EXPECT_EQ(done.error().kind, base::ErrorKind::kTimeout);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 3s);
}

// Not a lost connection: nothing says that the other end is gone.
TEST_F(UnitTest, ADatabaseThatSaysNothingIsATimeout) {
    if (database_->engine() != Engine::kPostgresql) GTEST_SKIP() << "SQLite is no other process";
    const Statement backend("test.backend", "SELECT pg_backend_pid()::bigint", {}, {Type::kInteger});
    const Statement one("test.one", "SELECT 1::bigint", {}, {Type::kInteger});
    auto unit = database_->begin_tenant(tenant_, Access::kRead, test::in(500ms));
    ASSERT_TRUE(unit.ok());
    pid_t pid = 0;
    ASSERT_TRUE((*unit)
                    ->run(backend, {},
                          [&](const Row& row) {
                              pid = static_cast<pid_t>(row.integer(0));
                              return true;
                          })
                    .ok());
    ASSERT_EQ(::kill(pid, SIGSTOP), 0);
    const auto done = (*unit)->run(one, {});
    EXPECT_EQ(::kill(pid, SIGCONT), 0);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, kStatementTimeout);
    unit->reset();
    EXPECT_TRUE(database_->ping(test::soon()).ok()) << "by another connection";
}

// The server's own limit counts from the statement's begin; ours is the unit's.
TEST_F(UnitTest, AStatementThatBeginsLateIsStoppedAtTheSameDeadline) {
    const Statement endless(
        "test.endless_late",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", {},
        {Type::kInteger});
    const auto before = std::chrono::steady_clock::now();
    auto unit = database_->begin_tenant(tenant_, Access::kRead, test::in(2s));
    ASSERT_TRUE(unit.ok());
    std::this_thread::sleep_for(1800ms);
    const auto done = (*unit)->run(endless, {});
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, kStatementTimeout);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 3500ms);
    unit->reset();
    EXPECT_TRUE(database_->ping(test::soon()).ok()) << "others go on";
}

TEST_F(UnitTest, NoStatementBeginsPastTheDeadline) {
    const auto deadline = std::chrono::steady_clock::now() + 300ms;
    auto unit = database_->begin_tenant(tenant_, Access::kWrite, deadline);
    ASSERT_TRUE(unit.ok());
    base::Result<std::int64_t> done = std::int64_t{0};
    for (std::int64_t id = 0; id < 10'000'000 && done.ok(); ++id)
        done = (*unit)->run(kInsertItem, {id, std::string_view(std::to_string(id)), Null{}, std::int64_t{0}});
    ASSERT_FALSE(done.ok()) << "each was short, but they went on for ever";
    EXPECT_EQ(done.error().code, kStatementTimeout);
    EXPECT_GE(std::chrono::steady_clock::now(), deadline);
    EXPECT_FALSE((*unit)->commit().ok());
}

}  // namespace
}  // namespace mortise::storage
