#include "core/http/deadlines.hpp"

#include <gtest/gtest.h>

namespace mortise::http {
namespace {

using namespace std::chrono_literals;

// Connections are only pointed to, so that any address does.
Connection& fake(int& storage) {
    return reinterpret_cast<Connection&>(storage);
}

class DeadlinesTest : public ::testing::Test {
 protected:
    base::Monotonic at(std::chrono::milliseconds time) const { return base::Monotonic() + 1h + time; }

    int a_ = 0;
    int b_ = 0;
    Deadlines deadlines_{WaitTimes{0ms, 10ms, 30ms, 60ms, 20ms, 2ms}};
};

TEST_F(DeadlinesTest, EachKindHasItsTime) {
    const auto idle = deadlines_.add(fake(a_), Wait::kIdle, at(0ms));
    const auto head = deadlines_.add(fake(b_), Wait::kHead, at(5ms));
    EXPECT_EQ(deadlines_.next_due(at(14ms)), nullptr);
    EXPECT_EQ(deadlines_.next_due(at(15ms)), &fake(b_));
    deadlines_.remove(head);
    EXPECT_EQ(deadlines_.next_due(at(59ms)), nullptr);
    EXPECT_EQ(deadlines_.next_due(at(60ms)), &fake(a_));
    deadlines_.remove(idle);
    EXPECT_TRUE(deadlines_.empty());
}

TEST_F(DeadlinesTest, WaitingAnewPutsItBehindTheOthers) {
    const auto a = deadlines_.add(fake(a_), Wait::kHead, at(0ms));
    deadlines_.add(fake(b_), Wait::kHead, at(1ms));
    deadlines_.wait(a, Wait::kHead, at(2ms));
    EXPECT_EQ(deadlines_.next_due(at(11ms)), &fake(b_));
}

TEST_F(DeadlinesTest, WhoWaitsForUsIsNeverLate) {
    const auto a = deadlines_.add(fake(a_), Wait::kHead, at(0ms));
    deadlines_.wait(a, Wait::kNothing, at(1ms));
    EXPECT_EQ(deadlines_.next_due(at(1h)), nullptr);
    deadlines_.wait(a, Wait::kIdle, at(1h));
    EXPECT_EQ(deadlines_.next_due(at(1h + 59ms)), nullptr);
    EXPECT_EQ(deadlines_.next_due(at(1h + 60ms)), &fake(a_));
}

}  // namespace
}  // namespace mortise::http
