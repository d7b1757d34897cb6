// Migrations: the pure rules, and what they do to a database of either engine.
#include "core/storage/migration.hpp"

#include "core/storage/database.hpp"
#include "core/storage/host_migrations.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mortise::storage {
namespace {

using test::TestDatabase;

TEST(Migration, NamesAreStrict) {
    const auto good = parse_migration("0012_add_owner.sql", "SELECT 1");
    ASSERT_TRUE(good.ok());
    EXPECT_EQ(good->version, 12U);
    EXPECT_EQ(good->name, "add_owner");
    for (const char* bad : {"12_x.sql", "0001_x", "0001-x.sql", "0000_x.sql", "0001_.sql", "0001_X.sql",
                            "000a_x.sql", "0001_x y.sql", "", "0001_../x.sql", "00001_x.sql"})
        EXPECT_FALSE(parse_migration(bad, "").ok()) << bad;
    EXPECT_FALSE(parse_migration("0001_x.sql", "\xff").ok());
}

TEST(Migration, PluginIds) {
    for (const char* good : {"ab", "milestones", "a1", "abcdefghijklmnopqrstuvwxyz12345"})
        EXPECT_TRUE(is_plugin_id(good)) << good;
    for (const char* bad : {"", "a", "A1", "1a", "a_b", "a-b", "abcdefghijklmnopqrstuvwxyz123456",
                            "\xc3\xa4"
                            "b"})
        EXPECT_FALSE(is_plugin_id(bad)) << bad;
}

TEST(Migration, TheHostsOwnSetsAreWellFormed) {
    for (const auto engine : {Engine::kSqlite, Engine::kPostgresql}) {
        EXPECT_TRUE(core_migrations(engine).ok());
        EXPECT_TRUE(host_migrations(engine).ok());
    }
}

std::string code_of(const base::Status& status) {
    return status.ok() ? "ok" : status.error().code;
}
std::string log_of(const base::Status& status) {
    return status.ok() ? "" : status.error().log_text;
}

class MigrationTest : public ::testing::Test {
 protected:
    // The columns of a tenant table that follows the rules, before its own.
    std::string tenant_column() const {
        return sqlite() ? "tenant_id BLOB NOT NULL DEFAULT (mortise_tenant())"
                        : "tenant_id uuid NOT NULL DEFAULT current_setting('mortise.tenant')::uuid";
    }
    std::string table(const std::string& name) const {
        return "CREATE TABLE " + name + " (" + tenant_column() +
               ", id bigint NOT NULL, PRIMARY KEY (tenant_id, id));";
    }
    bool sqlite() const { return database_->engine() == Engine::kSqlite; }
    // Declares a plugin's set and opens a tenant under it; either can refuse.
    base::Status migrate(const std::vector<std::string>& texts, const std::string& owner = "probe") {
        MigrationSet set{owner, {}};
        for (const auto& text : texts)
            set.steps.push_back({static_cast<std::uint32_t>(set.steps.size() + 1), "step", text});
        MORTISE_TRY(database_->migrate_tenants(set));
        const auto tenant = base::new_uuid(database_.clock());
        MORTISE_TRY(database_->create_tenant(tenant));
        MORTISE_TRY(database_->begin_tenant(tenant, Access::kRead, test::soon()));
        return {};
    }

    TestDatabase database_;
};

TEST_F(MigrationTest, AppliesOnceAndGoesOnFromThere) {
    ASSERT_EQ(log_of(migrate({table("probe__a")})), "");
    ASSERT_EQ(log_of(migrate({table("probe__a")})), "");
    ASSERT_EQ(log_of(migrate({table("probe__a"), table("probe__b")})), "");
    database_.reopen();
    ASSERT_EQ(log_of(migrate(
                  {table("probe__a"), table("probe__b"), "CREATE INDEX probe__i ON probe__b (tenant_id)"})),
              "");
}

TEST_F(MigrationTest, AnOldTenantGetsTheNewTables) {
    ASSERT_EQ(log_of(migrate({table("probe__a")})), "");
    const auto tenant = database_.make_tenant();
    database_.reopen();
    MigrationSet set{"probe", {{1, "step", table("probe__a")}, {2, "step", table("probe__b")}}};
    ASSERT_EQ(log_of(database_->migrate_tenants(set)), "");
    const Statement insert("test.insert_b", "INSERT INTO probe__b (id) VALUES ($1)", {Type::kInteger});
    auto unit = database_->begin_tenant(tenant, Access::kWrite, test::soon());
    ASSERT_TRUE(unit.ok());
    EXPECT_TRUE((*unit)->run(insert, {std::int64_t{1}}).ok());
}

TEST_F(MigrationTest, RefusesAChangedStep) {
    const auto tenant = base::new_uuid(database_.clock());
    MigrationSet set{"probe", {{1, "first", table("probe__a")}}};
    ASSERT_TRUE(database_->migrate_tenants(set).ok());
    ASSERT_TRUE(database_->create_tenant(tenant).ok());
    set.steps[0].sql += " ";
    auto status = database_->migrate_tenants(set);
    if (status.ok()) {  // SQLite looks when the tenant's file is used
        auto unit = database_->begin_tenant(tenant, Access::kRead, test::soon());
        if (!unit.ok()) status = std::move(unit).error();
    }
    EXPECT_EQ(code_of(status), "migration_changed");
    EXPECT_NE(log_of(status).find("probe/0001_first.sql"), std::string::npos) << log_of(status);
}

TEST_F(MigrationTest, RefusesAChangedStepOfTheCore) {
    auto set = *core_migrations(database_->engine());
    ASSERT_EQ(log_of(database_->migrate_core(set)), "");
    set.steps[0].sql += " ";
    EXPECT_EQ(code_of(database_->migrate_core(set)), "migration_changed");
}

TEST_F(MigrationTest, RefusesGaps) {
    EXPECT_EQ(code_of(database_->migrate_core({"other", {{2, "x", "SELECT 1"}}})), "migration_gap");
    EXPECT_EQ(code_of(database_->migrate_tenants({"probe", {{1, "x", table("probe__a")}, {3, "y", ""}}})),
              "migration_gap");
    EXPECT_EQ(code_of(database_->migrate_tenants({"probe", {{1, "x", table("probe__a")}, {1, "y", ""}}})),
              "migration_gap");
}

TEST_F(MigrationTest, AFailedStepLeavesNothing) {
    EXPECT_NE(code_of(migrate({table("probe__a") + table("probe__b") + "CREATE NONSENSE"})), "ok");
    EXPECT_EQ(log_of(migrate({table("probe__a") + table("probe__b")})), "");
}

TEST_F(MigrationTest, RefusesWhatIsNotThePluginsOwn) {
    EXPECT_NE(code_of(migrate({table("other__a")})), "ok");
    EXPECT_NE(code_of(migrate({table("a")})), "ok");
    EXPECT_NE(code_of(migrate({"DROP TABLE audit"})), "ok");
    EXPECT_NE(code_of(migrate({"DROP TABLE audit"}, "x\"y")), "ok");
}

TEST_F(MigrationTest, RefusesTransactionControl) {
    EXPECT_NE(code_of(migrate({table("probe__a") + "COMMIT; BEGIN;"})), "ok");
}

TEST_F(MigrationTest, RefusesViewsAndTriggers) {
    EXPECT_NE(code_of(migrate({table("probe__a") + "CREATE VIEW probe__v AS SELECT * FROM probe__a"})), "ok");
    if (sqlite())
        EXPECT_NE(code_of(migrate(
                      {table("probe__a") +
                       "CREATE TRIGGER probe__t AFTER INSERT ON probe__a BEGIN DELETE FROM probe__a; END"})),
                  "ok");
    else
        EXPECT_NE(code_of(migrate({"CREATE FUNCTION probe__f () RETURNS int LANGUAGE sql AS 'SELECT 1'"})),
                  "ok");
}

TEST_F(MigrationTest, PostgresqlRefusesTablesThatMixTenants) {
    if (sqlite()) return;  // there each tenant has a file of its own
    const auto refused = [&](const std::string& text) {
        const auto status = migrate({text});
        EXPECT_EQ(code_of(status), "migration_refused") << text << ": " << log_of(status);
        return log_of(status);
    };
    const auto column = tenant_column();
    EXPECT_NE(refused("CREATE TABLE probe__a (id bigint PRIMARY KEY)").find("probe__a"), std::string::npos);
    refused("CREATE TABLE probe__a (tenant_id uuid, id bigint, PRIMARY KEY (tenant_id, id))");
    refused("CREATE TABLE probe__a (tenant_id text NOT NULL, id bigint, PRIMARY KEY (tenant_id, id))");
    refused("CREATE TABLE probe__a (" + column + ", id bigint)");
    EXPECT_NE(refused("CREATE TABLE probe__a (" + column + ", id bigint, PRIMARY KEY (id, tenant_id))")
                  .find("probe__a_pkey"),
              std::string::npos);
    EXPECT_NE(refused(table("probe__a") + "CREATE UNIQUE INDEX probe__k ON probe__a (id)").find("probe__k"),
              std::string::npos);
    EXPECT_NE(refused("CREATE TABLE probe__a (" + column +
                      ", other uuid, id bigint, up bigint, PRIMARY KEY (tenant_id, id), "
                      "FOREIGN KEY (other, up) REFERENCES probe__a (tenant_id, id))")
                  .find("must pair tenant_id with tenant_id"),
              std::string::npos)
        << "it would tell which rows another tenant has";
    refused("CREATE TABLE probe__a (" + column +
            ", id bigint, PRIMARY KEY (tenant_id, id), EXCLUDE USING btree (tenant_id WITH =))");
    refused(table("probe__a") + "CREATE POLICY all_of_it ON probe__a USING (true)");
    refused(table("probe__a") + "CREATE POLICY mortise_tenant ON probe__a USING (true)");
}

TEST_F(MigrationTest, PostgresqlForcesRowLevelSecurityAgain) {
    if (sqlite()) return;
    ASSERT_EQ(log_of(migrate({table("probe__a"), "ALTER TABLE probe__a DISABLE ROW LEVEL SECURITY",
                              "ALTER TABLE probe__a NO FORCE ROW LEVEL SECURITY",
                              "DROP POLICY mortise_tenant ON probe__a"})),
              "");
    const Statement insert("test.rls_insert", "INSERT INTO probe__a (id) VALUES (1)", {});
    const Statement count("test.rls_count", "SELECT count(*) FROM probe__a", {}, {Type::kInteger});
    auto unit = database_->begin_tenant(database_.make_tenant(), Access::kWrite, test::soon());
    ASSERT_TRUE((*unit)->run(insert, {}).ok());
    ASSERT_TRUE((*unit)->commit().ok());
    auto other = database_->begin_tenant(database_.make_tenant(), Access::kRead, test::soon());
    std::int64_t seen = -1;
    ASSERT_TRUE((*other)
                    ->run(count, {},
                          [&](const Row& row) {
                              seen = row.integer(0);
                              return true;
                          })
                    .ok());
    EXPECT_EQ(seen, 0);
}

}  // namespace
}  // namespace mortise::storage
