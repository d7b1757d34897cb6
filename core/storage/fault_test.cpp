// What storage answers when the machine has too little of something, and that it goes on when there is
// enough.
#include "core/storage/database.hpp"
#include "core/storage/recent_fault.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>

namespace mortise::storage {
namespace {

using namespace std::chrono_literals;

// A limit of this process, until the end of the scope.
class Limited {
 public:
    Limited(decltype(RLIMIT_FSIZE) what, rlim_t most) : what_(what) {
        ::getrlimit(what_, &before_);
        const rlimit low{most, before_.rlim_max};
        EXPECT_EQ(::setrlimit(what_, &low), 0);
    }
    Limited(const Limited&) = delete;
    Limited& operator=(const Limited&) = delete;
    ~Limited() { ::setrlimit(what_, &before_); }

 private:
    decltype(RLIMIT_FSIZE) what_;
    rlimit before_{};
};

const Statement kInsertAnswer{
    "test.insert_answer",
    "INSERT INTO idempotency (principal_id, route, key, request_hash, status, headers, created_at) "
    "VALUES ($1, 'r', $2, $3, 200, '', 0)",
    {Type::kUuid, Type::kText, Type::kBytes}};
const Statement kCountAnswers{"test.count_answers", "SELECT count(*) FROM idempotency", {}, {Type::kInteger}};

// On SQLite; PostgreSQL's machine is another one.
class FaultTest : public ::testing::Test {
 protected:
    void SetUp() override {
        std::signal(SIGXFSZ, SIG_IGN);
        if (database_->engine() != Engine::kSqlite) GTEST_SKIP() << "about SQLite's files";
    }

    // The code with which a row can't be stored; empty if it can.
    std::string write(const base::Uuid& tenant, const std::string& key) {
        const auto stored = [&]() -> base::Status {
            MORTISE_TRY_ASSIGN(const auto unit,
                               database_->begin_tenant(tenant, Access::kWrite, test::soon()));
            MORTISE_TRY(unit->run(kInsertAnswer, {tenant, std::string_view(key), Bytes{"h"}}));
            return unit->commit();
        }();
        if (stored.ok()) return {};
        EXPECT_EQ(stored.error().kind, base::ErrorKind::kUnavailable) << stored.error().log_text;
        return stored.error().code;
    }
    std::int64_t count(const base::Uuid& tenant) {
        std::int64_t answer = -1;
        const auto unit = database_->begin_tenant(tenant, Access::kRead, test::soon());
        if (!unit.ok()) return answer;
        const auto counted = (*unit)->run(kCountAnswers, {}, [&](const Row& row) {
            answer = row.integer(0);
            return true;
        });
        return counted.ok() ? answer : -1;
    }
    static std::string code_of(const base::Status& status) { return status.ok() ? "" : status.error().code; }

    test::TestDatabase database_;
};

TEST_F(FaultTest, FilesThatMayNotGrow) {
    const auto tenant = database_.make_tenant();
    ASSERT_EQ(write(tenant, "before"), "");
    ASSERT_TRUE(database_->ping(test::soon()).ok());
    {
        const Limited limited(RLIMIT_FSIZE, 4096);
        EXPECT_EQ(write(tenant, "during"), kFull);
        EXPECT_EQ(code_of(database_->ping(test::soon())), kFull);
        EXPECT_EQ(code_of(database_->create_tenant(base::new_uuid(database_.clock()))), kFull);
        EXPECT_EQ(code_of(database_->export_tenant(tenant, database_.folder() / "export.db")), kFull);
        EXPECT_EQ(count(tenant), 1) << "reads go on";
    }
    EXPECT_EQ(write(tenant, "after"), "");
    EXPECT_EQ(code_of(database_->ping(test::soon())), "");
    EXPECT_EQ(count(tenant), 2);
}

TEST_F(FaultTest, NoDescriptorsForAFileThatIsNotOpen) {
    const auto open = database_.make_tenant();
    const auto closed = database_.make_tenant();
    database_.reopen();  // whoever makes a file has it open
    ASSERT_EQ(write(open, "before"), "");
    {
        const Limited limited(RLIMIT_NOFILE, 3);
        EXPECT_EQ(write(closed, "during"), kTooManyFiles);
        EXPECT_EQ(code_of(database_->create_tenant(base::new_uuid(database_.clock()))), kTooManyFiles);
        EXPECT_EQ(write(open, "during"), "") << "who has what it needs goes on";
    }
    EXPECT_EQ(write(closed, "after"), "");
    EXPECT_EQ(count(closed), 1);
    EXPECT_EQ(count(open), 2);
}

TEST(RecentFault, IsRememberedForAWhile) {
    RecentFault faults;
    const base::Monotonic now{};
    EXPECT_FALSE(faults.code(now + 1h));
    faults.note(storage_error(kBusy, ""), now + 1h);
    faults.note(storage_error(kUnique, ""), now + 1h);
    EXPECT_FALSE(faults.code(now + 1h)) << "nothing that the storage lacks";
    faults.note(storage_error(kFull, ""), now + 1h);
    EXPECT_EQ(faults.code(now + 1h), kFull);
    faults.note(storage_error(kReadOnly, ""), now + 1h + 1s);
    EXPECT_EQ(faults.code(now + 1h + RecentFault::kRemembered), kReadOnly);
    EXPECT_FALSE(faults.code(now + 1h + 1s + RecentFault::kRemembered));
}

}  // namespace
}  // namespace mortise::storage
