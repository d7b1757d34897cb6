#include "core/http/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

namespace mortise::http {
namespace {

using namespace std::chrono_literals;

class PoolTest : public testing::Test {
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

}  // namespace
}  // namespace mortise::http
