#include "core/app/timer.hpp"

#include "core/telemetry/log.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>

namespace mortise::app {
namespace {

using namespace std::chrono_literals;

class TimerTest : public testing::Test {
 protected:
    ~TimerTest() override { ::close(file_); }
    std::string logged() const {
        std::string text(65536, '\0');
        text.resize(
            static_cast<std::size_t>(std::max<ssize_t>(0, ::pread(file_, text.data(), text.size(), 0))));
        return text;
    }

    const int file_ = ::memfd_create("log", MFD_CLOEXEC);
    base::SystemClock clock_;
    telemetry::Log log_{file_, telemetry::Level::kInfo, false, clock_};
};

TEST_F(TimerTest, RunsEachTaskAgainAndAgain) {
    std::promise<void> third;
    std::atomic<int> quick{0}, slow{0};
    {
        Timer timer(log_);
        timer.every(1h, "slow", [&]() -> base::Status {
            ++slow;
            return {};
        });
        timer.every(1ms, "quick", [&]() -> base::Status {
            if (++quick == 3) third.set_value();
            return {};
        });
        ASSERT_EQ(third.get_future().wait_for(10s), std::future_status::ready);
    }
    EXPECT_EQ(slow, 0) << "first after one interval";
}

TEST_F(TimerTest, GoesOnAfterAFailureAndAnException) {
    std::promise<void> third;
    int runs = 0;
    {
        Timer timer(log_);
        timer.every(1ms, "weak", [&]() -> base::Status {
            if (++runs == 1) return base::internal_error("first");
            if (runs == 2) throw std::runtime_error("second");
            if (runs == 3) third.set_value();
            return {};
        });
        ASSERT_EQ(third.get_future().wait_for(10s), std::future_status::ready);
    }
    EXPECT_NE(logged().find("\"task\":\"weak\",\"code\":\"internal_error\",\"reason\":\"first\""),
              std::string::npos);
    EXPECT_NE(logged().find("\"reason\":\"second\""), std::string::npos) << logged();
}

// The task has what it uses until the destructor returns.
TEST_F(TimerTest, EndsAfterTheTaskThatRuns) {
    std::promise<void> begun;
    std::promise<void> go;
    std::atomic<bool> finished{false};
    auto timer = std::make_unique<Timer>(log_);
    timer->every(1ms, "long", [&, wait = go.get_future().share(), first = true]() mutable -> base::Status {
        if (first) begun.set_value();
        first = false;
        wait.wait();
        finished = true;
        return {};
    });
    begun.get_future().wait();
    std::thread ending([&] { timer.reset(); });
    go.set_value();
    ending.join();
    EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace mortise::app
