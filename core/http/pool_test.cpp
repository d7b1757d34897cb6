#include "core/http/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

namespace mortise::http {
namespace {

using namespace std::chrono_literals;

class PoolTest : public ::testing::Test {
 protected:
    PoolMetrics metrics() { return PoolMetrics(registry_, "test"); }
    bool shows(const std::string& line) const {
        return registry_.render().find(line + "\n") != std::string::npos;
    }
    static base::Monotonic in(std::chrono::milliseconds time) { return base::Monotonic::clock::now() + time; }

    telemetry::Metrics registry_;
};

TEST_F(PoolTest, RunsWhatItIsGiven) {
    std::atomic<int> done{0};
    Pool pool(3, 100, metrics());
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(pool.submit([&] { ++done; }));
    EXPECT_TRUE(pool.drain(in(10s)));
    EXPECT_EQ(done, 100);
    EXPECT_FALSE(pool.submit([] {})) << "a drained pool takes no more";
}

TEST_F(PoolTest, RefusesWhatItsQueueDoesNotHold) {
    std::promise<void> begun, go;
    Pool pool(1, 2, metrics());
    ASSERT_TRUE(pool.submit([&, wait = go.get_future().share()] {
        begun.set_value();
        wait.wait();
    }));
    begun.get_future().wait();
    EXPECT_TRUE(pool.submit([] {}));
    EXPECT_TRUE(pool.submit([] {}));
    EXPECT_FALSE(pool.submit([] {}));
    EXPECT_TRUE(shows("mortise_http_pool_queued{pool=\"test\"} 2"));
    EXPECT_TRUE(shows("mortise_http_pool_running{pool=\"test\"} 1"));
    EXPECT_TRUE(shows("mortise_http_pool_rejected_total{pool=\"test\"} 1"));
    EXPECT_FALSE(pool.drain(in(1ms))) << "one is still at work";
    go.set_value();
    EXPECT_TRUE(pool.drain(in(10s)));
    EXPECT_TRUE(shows("mortise_http_pool_running{pool=\"test\"} 0"));
}

TEST_F(PoolTest, DropsWhatIsQueuedAtItsEnd) {
    std::promise<void> begun, go;
    bool ran = false;
    auto held = std::make_shared<int>(1);
    std::weak_ptr<int> watched = held;
    auto pool = std::make_unique<Pool>(1, 10, metrics());
    ASSERT_TRUE(pool->submit([&, wait = go.get_future().share()] {
        begun.set_value();
        wait.wait();
    }));
    begun.get_future().wait();
    ASSERT_TRUE(pool->submit([&ran, held = std::move(held)] { ran = true; }));
    // What is queued goes before the destructor waits for what runs.
    std::thread ending([&] { pool.reset(); });
    while (!watched.expired())
        std::this_thread::yield();
    go.set_value();
    ending.join();
    EXPECT_FALSE(ran);
}

TEST_F(PoolTest, ALaneRunsNoMoreThanItsWidthAndLeavesThreadsToOthers) {
    std::promise<void> go;
    const auto wait = go.get_future().share();
    std::atomic<int> at_once{0}, most{0}, done{0};
    auto lane = std::make_shared<Lane>(2);
    Pool pool(4, 100, metrics());
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(pool.submit(
            [&, wait] {
                const int now = ++at_once;
                for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);)
                    continue;
                wait.wait();
                --at_once;
                ++done;
            },
            lane));
    std::promise<void> other;
    ASSERT_TRUE(pool.submit([&] { other.set_value(); }));
    EXPECT_EQ(other.get_future().wait_for(10s), std::future_status::ready);
    while (at_once < 2)  // each is woken by the one before
        std::this_thread::yield();
    go.set_value();
    EXPECT_TRUE(pool.drain(in(10s)));
    EXPECT_EQ(done, 20);
    EXPECT_EQ(most, 2);
}

TEST_F(PoolTest, ATaskInTwoLanesWaitsForBoth) {
    std::promise<void> go;
    std::atomic<int> running{0}, done{0};
    const auto task = [&, wait = go.get_future().share()] {
        ++running;
        wait.wait();
        ++done;
    };
    auto all = std::make_shared<Lane>(3), of_one = std::make_shared<Lane>(2),
         of_other = std::make_shared<Lane>(2);
    Pool pool(6, 100, metrics());
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(pool.submit(task, all, of_one));
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(pool.submit(task, all, of_other));
    while (running < 3)
        std::this_thread::yield();
    std::promise<void> free;
    ASSERT_TRUE(pool.submit([&] { free.set_value(); }));
    EXPECT_EQ(free.get_future().wait_for(10s), std::future_status::ready);
    EXPECT_EQ(running, 3) << "two of the one, and one of the other";
    go.set_value();
    EXPECT_TRUE(pool.drain(in(10s)));
    EXPECT_EQ(done, 8);
}

// A burst wakes as many threads as there are tasks that wait.
TEST_F(PoolTest, TasksThatBlockGetAThreadEach) {
    std::promise<void> go;
    const auto wait = go.get_future().share();
    std::atomic<int> running{0};
    Pool pool(8, 100, metrics());
    for (int round = 0; round < 50; ++round) {
        ASSERT_TRUE(pool.submit([] {}));
        if (round % 7 == 0) std::this_thread::sleep_for(1ms);
    }
    for (int i = 0; i < 8; ++i)
        ASSERT_TRUE(pool.submit([&, wait] {
            ++running;
            wait.wait();
        }));
    const auto end = in(10s);
    while (running < 8 && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
    EXPECT_EQ(running, 8);
    go.set_value();
    EXPECT_TRUE(pool.drain(in(10s)));
}

TEST_F(PoolTest, ALaneFillsHalfOfTheQueue) {
    std::promise<void> begun, go;
    auto lane = std::make_shared<Lane>(1);
    Pool pool(2, 8, metrics());
    ASSERT_TRUE(pool.submit(
        [&, wait = go.get_future().share()] {
            begun.set_value();
            wait.wait();
        },
        lane));
    begun.get_future().wait();
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(pool.submit([] {}, lane));
    EXPECT_FALSE(pool.submit([] {}, lane));
    EXPECT_TRUE(pool.submit([] {}));
    go.set_value();
    EXPECT_TRUE(pool.drain(in(10s)));
}

}  // namespace
}  // namespace mortise::http
