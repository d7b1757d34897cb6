#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace mortise::telemetry {
namespace {

class FixedClock final : public base::Clock {
 public:
    base::Micros now() const noexcept override { return 1713312000000000; }
    base::Monotonic monotonic() const noexcept override { return {}; }
};

class LogTest : public testing::Test {
 protected:
    void SetUp() override { ASSERT_EQ(::pipe(pipe_.data()), 0); }
    void TearDown() override {
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }
    std::string read_some() const {
        std::string text(65536, '\0');
        text.resize(static_cast<std::size_t>(::read(pipe_[0], text.data(), text.size())));
        return text;
    }
    std::array<int, 2> pipe_{};
    FixedClock clock_;
};

TEST_F(LogTest, ALineIsOneJsonObjectWhateverTheTextHolds) {
    Log log(pipe_[1], Level::kInfo, true, clock_);
    log.write(Level::kDebug, "not written");
    log.warn("a\nb", {{"text", "\"q\""}, {"count", std::int64_t{3}}, {"ratio", 0.5}, {"on", true}});
    EXPECT_EQ(
        read_some(),
        "{\"time\":\"2024-04-17T00:00:00Z\",\"level\":\"warn\",\"message\":\"a\\u000ab\",\"text\":\"\\\"q\\\"\","
        "\"count\":3,\"ratio\":0.5,\"on\":true}\n");
}

TEST_F(LogTest, AccessLinesAreWrittenTogetherWithinASecond) {
    Log log(pipe_[1], Level::kInfo, true, clock_);
    log.access({.method = "GET", .path = "/a", .status = 200});
    log.access({.method = "GET", .path = "/b", .status = 404, .code = "not_found"});
    const std::string lines = read_some();
    EXPECT_NE(lines.find("\"path\":\"/a\",\"route\":\"\",\"status\":200,"), std::string::npos) << lines;
    EXPECT_NE(lines.find("\"status\":404,\"code\":\"not_found\","), std::string::npos) << lines;
}

TEST_F(LogTest, NothingIsLostAtTheEnd) {
    {
        Log log(pipe_[1], Level::kInfo, true, clock_);
        log.access({.method = "GET", .path = "/last", .status = 200});
    }
    EXPECT_NE(read_some().find("/last"), std::string::npos);
}

TEST(Metrics, SeriesAreSharedByNameAndLabels) {
    Metrics metrics;
    const auto a = metrics.counter("requests_total", "Requests.", {{"route", "x"}});
    const auto b = metrics.counter("requests_total", "Requests.", {{"route", "x"}});
    std::jthread other([&] {
        for (int i = 0; i < 1000; ++i)
            b.add();
    });
    for (int i = 0; i < 1000; ++i)
        a.add();
    other.join();
    metrics.gauge("in_flight", "Now.").set(2);
    metrics.histogram("seconds", "Time.", {0.1, 1}).observe(0.5);
    const std::string text = metrics.render();
    EXPECT_NE(text.find("requests_total{route=\"x\"} 2000"), std::string::npos) << text;
    EXPECT_NE(text.find("in_flight 2"), std::string::npos) << text;
    EXPECT_NE(text.find("seconds_bucket{le=\"1\"} 1"), std::string::npos) << text;
}

}  // namespace
}  // namespace mortise::telemetry
