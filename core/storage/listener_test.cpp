// What other nodes are told of a commit, on the engine that has other nodes.
#include "core/storage/database.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace mortise::storage {
namespace {

using namespace std::chrono_literals;

const Statement kTell{
    "test.tell",
    Statement::Text{"SELECT ''", std::string("UPDATE snapshot_versions SET version = version + 1 "
                                             "WHERE name = 'flags' RETURNING pg_notify('") +
                                     kChangeChannel + "', '')"},
    {}};

class ListenerTest : public ::testing::Test {
 protected:
    void SetUp() override {
        listener_ = database_->listen([this] {
            const std::lock_guard lock(mutex_);
            ++heard_;
            changed_.notify_all();
        });
        if (database_->engine() == Engine::kSqlite) {
            EXPECT_EQ(listener_, nullptr);
            GTEST_SKIP() << "nobody else writes";
        }
        ASSERT_TRUE(heard(1)) << "once when it begins to listen";
    }

    bool heard(int times, std::chrono::milliseconds within = 20s) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, within, [&] { return heard_ >= times; });
    }
    std::unique_ptr<Unit> told() {
        auto unit = database_->begin_core(Access::kWrite, test::soon());
        EXPECT_TRUE(unit.ok());
        EXPECT_TRUE((*unit)->run(kTell, {}).ok());
        return std::move(*unit);
    }

    test::TestDatabase database_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int heard_ = 0;
    std::unique_ptr<ChangeListener> listener_;  // ends first
};

TEST_F(ListenerTest, HearsOfACommitAndOfNothingElse) {
    {
        const auto unit = told();
        EXPECT_FALSE(heard(2, 200ms)) << "it is not committed";
    }
    EXPECT_FALSE(heard(2, 200ms)) << "it was rolled back";
    EXPECT_TRUE(told()->commit().ok());
    EXPECT_TRUE(heard(2));
    EXPECT_TRUE(told()->commit().ok());
    EXPECT_TRUE(heard(3));
}

TEST_F(ListenerTest, EndsAtOnce) {
    const auto before = std::chrono::steady_clock::now();
    listener_.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
    EXPECT_TRUE(told()->commit().ok());
    EXPECT_FALSE(heard(2, 200ms));
}

// What is said while nobody listens is not lost on who looks as soon as he listens again.
TEST_F(ListenerTest, ComesBackAfterALostConnection) {
    static const Statement kCut{
        "test.cut",
        Statement::Text{"SELECT 1",
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND query LIKE 'LISTEN %'"},
        {},
        {Type::kInteger}};
    auto unit = database_->begin_core(Access::kRead, test::soon());
    ASSERT_TRUE(unit.ok());
    std::int64_t cut = 0;
    ASSERT_TRUE((*unit)->run(kCut, {}, [&cut](const Row& row) {
        cut = row.integer(0);
        return true;
    }));
    EXPECT_EQ(cut, 1);
    unit->reset();
    EXPECT_TRUE(heard(2)) << "when it listens again";
    EXPECT_TRUE(told()->commit().ok());
    EXPECT_TRUE(heard(3));
}

}  // namespace
}  // namespace mortise::storage
