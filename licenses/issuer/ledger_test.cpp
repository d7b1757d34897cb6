#include "licenses/issuer/ledger.hpp"

#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/licence_table.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

namespace mortise::issuer {
namespace {

constexpr licenses::Seconds kLedgerNow = 1'800'000'000;

class LedgerFile : public ::testing::Test {
 protected:
    LedgerFile() {
        std::string name = (std::filesystem::temp_directory_path() / "mortise-ledger-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        file_ = folder_ / "ledger.db";
    }
    ~LedgerFile() override { std::filesystem::remove_all(folder_); }

    static LicenceRow row(const std::string& id, std::uint64_t sequence = 1) {
        LicenceRow out;
        out.id = out.line = id;
        out.sequence = sequence;
        out.subject = "Customer GmbH";
        out.token = "token of " + id;
        return out;
    }
    void add(const std::string& id, std::uint64_t sequence = 1) {
        Ledger ledger(file_, kLedgerNow);
        Transaction transaction(ledger.database());
        LicenceTable(ledger).insert(row(id, sequence), "licence.issued");
        transaction.commit();
    }
    // As somebody with another program would.
    void change(const char* sql) const {
        sqlite3* connection = nullptr;
        ASSERT_EQ(sqlite3_open(file_.c_str(), &connection), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(connection);
        sqlite3_close(connection);
    }
    AuditVerdict verdict(const std::string& expected = "") {
        Ledger ledger(file_, kLedgerNow);
        return verify_audit(ledger, expected);
    }

    std::filesystem::path folder_, file_;
};

TEST_F(LedgerFile, IsPrivateAndDurable) {
    Ledger ledger(file_, kLedgerNow);
    EXPECT_TRUE(ledger.is_new());
    struct stat status {};
    ASSERT_EQ(::stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(ledger.database().pragma("synchronous"), 2) << "FULL";
    Statement mode = ledger.database().prepare("PRAGMA journal_mode");
    ASSERT_TRUE(mode.step());
    EXPECT_EQ(mode.text(0), "wal");
}

TEST_F(LedgerFile, KeepsLicences) {
    add("a", 3);
    add("b", 9);
    Ledger ledger(file_, kLedgerNow);
    EXPECT_FALSE(ledger.is_new());
    LicenceTable table(ledger);
    EXPECT_EQ(table.get("a").token, "token of a");
    EXPECT_EQ(table.find("c"), std::nullopt);
    EXPECT_THROW(table.get("c"), Failure);
    EXPECT_EQ(table.next_sequence("Customer GmbH", 5), 10u);
    EXPECT_EQ(table.next_sequence("Customer GmbH", 100), 100u);
    EXPECT_EQ(table.next_sequence("Another", 5), 5u);
}

TEST_F(LedgerFile, WhatIsNotCommittedIsNotThere) {
    {
        Ledger ledger(file_, kLedgerNow);
        Transaction transaction(ledger.database());
        LicenceTable(ledger).insert(row("a"), "licence.issued");
    }
    Ledger ledger(file_, kLedgerNow);
    EXPECT_FALSE(LicenceTable(ledger).find("a"));
    EXPECT_EQ(verdict().entries, 0);
}

TEST_F(LedgerFile, TheTrailIsIntact) {
    add("a");
    const std::string noted = verdict().head;
    add("b");
    const AuditVerdict now = verdict(noted);
    EXPECT_TRUE(now.intact) << now.detail;
    EXPECT_EQ(now.entries, 2);
    EXPECT_NE(now.head, noted);
}

TEST_F(LedgerFile, EveryChangeOfTheTrailIsSeen) {
    for (const char* sql : {"UPDATE audit SET at = at + 1 WHERE position = 2",
                            "UPDATE audit SET actor = 'x' WHERE position = 1",
                            "UPDATE audit SET subject = 'x' WHERE position = 2",
                            "UPDATE audit SET detail = '{}' WHERE position = 3",
                            "DELETE FROM audit WHERE position = 2", "DELETE FROM audit WHERE position = 1",
                            "UPDATE audit SET hash = randomblob(32) WHERE position = 3"}) {
        std::filesystem::remove(file_);
        for (const char* id : {"a", "b", "c"})
            add(id);
        ASSERT_TRUE(verdict().intact);
        change("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted;");
        change(sql);
        EXPECT_FALSE(verdict().intact) << sql;
    }
}

TEST_F(LedgerFile, TheTrailCanOnlyGrow) {
    add("a");
    Ledger ledger(file_, kLedgerNow);
    EXPECT_THROW(ledger.database().run("UPDATE audit SET at = 0"), Failure);
    EXPECT_THROW(ledger.database().run("DELETE FROM audit"), Failure);
}

TEST_F(LedgerFile, ALicenceThatTheTrailDoesNotKnow) {
    add("a");
    add("b");
    change("UPDATE licence SET token = 'another' WHERE id = 'a'");
    EXPECT_FALSE(verdict().intact);
    change("UPDATE licence SET token = 'token of a' WHERE id = 'a'");
    EXPECT_TRUE(verdict().intact);
    change("UPDATE licence SET id = 'z' WHERE id = 'b'");
    EXPECT_FALSE(verdict().intact);
}

// The chain can't tell that its end is missing; a hash that was noted can.
TEST_F(LedgerFile, AnEndThatWasCutOff) {
    add("a");
    add("b");
    const std::string noted = verdict().head;
    change(
        "DROP TRIGGER audit_is_not_deleted; DELETE FROM audit WHERE position = 2; DELETE FROM licence WHERE id = 'b'");
    EXPECT_TRUE(verdict().intact);
    EXPECT_FALSE(verdict(noted).intact);
}

TEST_F(LedgerFile, OfANewerVersionIsLeftAlone) {
    add("a");
    change("PRAGMA user_version = 99");
    try {
        Ledger ledger(file_, kLedgerNow);
        ADD_FAILURE();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), "ledger_newer");
    }
}

TEST_F(LedgerFile, ThatIsNoDatabase) {
    std::FILE* file = std::fopen(file_.c_str(), "w");
    std::fputs(
        "this is a text, and long enough to be looked at by sqlite as a header ........................",
        file);
    std::fclose(file);
    try {
        Ledger ledger(file_, kLedgerNow);
        ADD_FAILURE();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), "ledger_corrupt");
    }
}

}  // namespace
}  // namespace mortise::issuer
