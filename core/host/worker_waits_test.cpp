#include "core/host/worker_waits.hpp"

#include <gtest/gtest.h>

namespace mortise::host {
namespace {

// Pools are only told apart, so that any addresses will do.
class WorkerWaitsTest : public testing::Test {
 protected:
    const WorkerPool& pool(std::size_t number) const {
        return *reinterpret_cast<const WorkerPool*>(&places_[number]);
    }
    WorkerWaits::Wait wait(std::size_t wanted, std::size_t workers, std::vector<std::size_t> held) {
        std::vector<const WorkerPool*> pools;
        for (const std::size_t number : held)
            pools.push_back(&pool(number));
        return {waits_, pool(wanted), workers, pools};
    }

    WorkerWaits waits_;
    const long places_[8] = {};
};

TEST_F(WorkerWaitsTest, WhoWaitsForWhatNobodyHoldsWaitsOn) {
    const auto first = wait(1, 1, {0});
    EXPECT_FALSE(first.hopeless()) << "the call that has it ends";
    const auto second = wait(1, 1, {0});
    EXPECT_FALSE(second.hopeless());
}

TEST_F(WorkerWaitsTest, TheOneThatClosesACircleIsHopeless) {
    const auto first = wait(1, 1, {0});
    {
        const auto second = wait(0, 1, {1});
        EXPECT_TRUE(second.hopeless());
        EXPECT_FALSE(first.hopeless()) << "it goes on once the other has given up";
    }
    const auto again = wait(2, 1, {1});
    EXPECT_FALSE(again.hopeless());
}

TEST_F(WorkerWaitsTest, AFreeWorkerOfThePoolIsEnough) {
    const auto first = wait(1, 2, {0});
    const auto second = wait(0, 2, {1});
    EXPECT_FALSE(second.hopeless()) << "each pool has a worker that no waiting call holds";
    const auto third = wait(1, 2, {0});
    EXPECT_FALSE(third.hopeless()) << "the other worker of pool 1 ends, whatever it does";
    const auto fourth = wait(0, 2, {1});
    EXPECT_TRUE(fourth.hopeless()) << "all four workers are held by who waits";
}

TEST_F(WorkerWaitsTest, CirclesOfManyAreFound) {
    const auto first = wait(1, 1, {0});
    const auto second = wait(2, 1, {5, 1});
    const auto third = wait(3, 1, {2});
    EXPECT_FALSE(third.hopeless());
    const auto beside = wait(0, 1, {6});
    EXPECT_FALSE(beside.hopeless()) << "it waits for who can go on";
    const auto fourth = wait(0, 1, {3, 4});
    EXPECT_TRUE(fourth.hopeless());
}

TEST_F(WorkerWaitsTest, WhoHoldsNothingIsInNoCircle) {
    const auto first = wait(1, 1, {0});
    const auto second = wait(0, 1, {});
    EXPECT_FALSE(second.hopeless());
}

}  // namespace
}  // namespace mortise::host
