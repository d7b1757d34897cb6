#include "core/host/peer_counts.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace mortise::host {
namespace {

TEST(PeerCounts, CountsByPluginsAndOutcome) {
    telemetry::Metrics metrics;
    PeerCounts counts(metrics);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 100; ++j)
                counts.count("notes", "rules", j % 2 == 0 ? PeerOutcome::kOk : PeerOutcome::kRefused);
        });
    for (std::thread& thread : threads)
        thread.join();
    counts.count("rules", "notes", PeerOutcome::kError);
    const std::string text = metrics.render();
    const auto has = [&](const std::string& line) {
        return text.find("mortise_plugin_peer_calls_total{" + line) != std::string::npos;
    };
    EXPECT_TRUE(has("caller=\"notes\",outcome=\"ok\",plugin=\"rules\"} 200")) << text;
    EXPECT_TRUE(has("caller=\"notes\",outcome=\"refused\",plugin=\"rules\"} 200"));
    EXPECT_TRUE(has("caller=\"rules\",outcome=\"error\",plugin=\"notes\"} 1"));
}

}  // namespace
}  // namespace mortise::host
