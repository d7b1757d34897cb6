// What the server tries at its start on PostgreSQL: whether a plugin's role could leave its place.
#include "core/storage/database.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace mortise::storage {
namespace {

using test::TestDatabase;

void as_admin(const std::string& sql) {
    std::unique_ptr<PGconn, decltype(&PQfinish)> admin(
        PQconnectdb(std::getenv("MORTISE_TEST_POSTGRES_ADMIN")), &PQfinish);
    std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(admin.get(), sql.c_str()), &PQclear);
    ASSERT_EQ(PQresultStatus(result.get()), PGRES_COMMAND_OK) << sql << ": " << PQerrorMessage(admin.get());
}

// Grants something to everybody for as long as it lives.
class Granted {
 public:
    Granted(std::string what, std::string on) : revoke_("REVOKE " + what + " ON " + on + " FROM PUBLIC") {
        as_admin("GRANT " + what + " ON " + on + " TO PUBLIC");
    }
    ~Granted() { as_admin(revoke_); }
    Granted(const Granted&) = delete;
    Granted& operator=(const Granted&) = delete;

 private:
    std::string revoke_;
};

class ProbeTest : public ::testing::Test {
 protected:
    void SetUp() override {
        if (database_->engine() == Engine::kSqlite) GTEST_SKIP() << "SQLite has no roles";
    }
    // "ok", the warnings, or the code of the refusal with what is said.
    std::string open() {
        const auto opened = Database::open(database_.settings(), database_.clock());
        if (!opened.ok()) return opened.error().code + ": " + opened.error().detail;
        std::string all;
        for (const auto& warning : (*opened)->warnings())
            all += warning;
        return all.empty() ? "ok" : all;
    }
    static bool has(const std::string& text, std::string_view part) {
        return text.find(part) != std::string::npos;
    }

    TestDatabase database_;
};

TEST_F(ProbeTest, FindsNothingWhereTheSetupWasRun) {
    EXPECT_EQ(open(), "ok");
}

TEST_F(ProbeTest, ARoleThatReachesThePlatformIsRefused) {
    const Granted schema("USAGE", "SCHEMA mortise_core");
    EXPECT_EQ(open(), "ok") << "the schema alone tells nothing";
    const Granted table("SELECT", "mortise_core.schema_migrations");
    const std::string said = open();
    EXPECT_TRUE(has(said, "storage_unguarded")) << said;
    EXPECT_TRUE(has(said, "read the platform's tables")) << said;
}

TEST_F(ProbeTest, ARoleThatMakesTablesIsRefused) {
    for (const std::string schema : {"mortise_core", "mortise_tenant"}) {
        const Granted granted("USAGE, CREATE", "SCHEMA " + schema);
        const std::string said = open();
        EXPECT_TRUE(has(said, "storage_unguarded")) << said;
        EXPECT_TRUE(has(said, "make a table among the")) << said;
    }
    EXPECT_EQ(open(), "ok");
}

TEST_F(ProbeTest, WhatTheSetupTakesAwayIsNamedInAWarning) {
    struct Case {
        const char* what;
        const char* on;
        const char* named;
    };
    for (const Case& one :
         {Case{"EXECUTE", "FUNCTION pg_catalog.set_config(text, text, boolean)", "change the tenant"},
          Case{"EXECUTE", "FUNCTION pg_catalog.pg_notify(text, text)", "notify others"},
          Case{"EXECUTE", "FUNCTION pg_catalog.pg_try_advisory_xact_lock(integer, integer)", "take locks"},
          Case{"SELECT", "pg_catalog.pg_class", "read the catalogue"}}) {
        const Granted granted(one.what, one.on);
        const std::string said = open();
        EXPECT_TRUE(has(said, one.named) && has(said, "setup.sql")) << one.on << ": " << said;
    }
    // A view runs its functions with the rights of who asks.
    const Granted view("SELECT", "pg_catalog.pg_stat_activity");
    EXPECT_EQ(open(), "ok");
    const Granted function("EXECUTE", "FUNCTION pg_catalog.pg_stat_get_activity(integer)");
    const std::string said = open();
    EXPECT_TRUE(has(said, "see other sessions")) << said;
}

TEST_F(ProbeTest, WithoutGrantsNothingIsNamed) {
    EXPECT_EQ(open(), "ok");
}

}  // namespace
}  // namespace mortise::storage
