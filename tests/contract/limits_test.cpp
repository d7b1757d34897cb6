// Time and many at once, over both hosts: deadlines, statements that don't end, calls side by side, death.
#include "tests/contract/contract_host.hpp"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace mortise::contract {
namespace {

using namespace std::chrono_literals;

class Limits : public ContractTest {
 protected:
    static Ask within(Ask ask, std::chrono::milliseconds time) {
        ask.context.deadline = test::in(time);
        return ask;
    }
};
MORTISE_IN_BOTH_HOSTS(Limits);

TEST_P(Limits, AStatementPastTheDeadlineIsStopped) {
    const auto begun = std::chrono::steady_clock::now();
    const Told told = host_.call(within(host_.reading("sql endless 1 rows\nreturn -8"), 300ms));
    EXPECT_EQ(told.error.kind, base::ErrorKind::kTimeout) << told.outcome;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
    EXPECT_EQ(host_.read("last").body(), "last:\nsql TIMEOUT\n\n") << "the plugin was told";
}

// A slow database is no fault of the plugin's: five in a row don't cost it its worker.
TEST_P(Limits, SlowStatementsCostNoWorker) {
    for (int i = 0; i < 6; ++i) {
        const Told told = host_.call(within(host_.reading("keep\nsql endless 1 rows\nreturn -8"), 60ms));
        EXPECT_EQ(told.error.kind, base::ErrorKind::kTimeout) << told.outcome;
    }
    EXPECT_EQ(host_.plugin().state(), host::PluginState::kRunning);
    EXPECT_EQ(host_.log_text().find("a worker has died"), std::string::npos);
    EXPECT_EQ(host_.read("@stale settings").body(), "settings WRONG_CALL\n") << "the same instance";
}

TEST_P(Limits, TheDeadlineOfACallIsTold) {
    EXPECT_NE(host_.call(within(host_.reading("request"), 5s)).body().find("deadline_s=5 "),
              std::string_view::npos);
    EXPECT_NE(host_.call(within(host_.reading("request"), 2min)).body().find("deadline_s=120 "),
              std::string_view::npos);
}

// What a call that was too late has done is rolled back, whatever it answers.
TEST_P(Limits, WhatComesPastTheDeadlineIsRolledBack) {
    const Told told =
        host_.call(within(host_.writing("sql add 0 none i:1 t:one n: i:0\nsleep 600\nrespond 200"), 150ms));
    EXPECT_EQ(told.error.code, "deadline_exceeded");
    EXPECT_EQ(told.error.kind, base::ErrorKind::kTimeout);
    Told count;
    for (int i = 0; i < 500 && count.outcome != "ok"; ++i) {
        if (i > 0) std::this_thread::sleep_for(10ms);  // its worker is being started again
        count = host_.read("sql count 1 rows");
    }
    EXPECT_EQ(count.body(), "sql OK i:0; changed=0\n");
}

// A plugin that holds its thread: whoever waits is told at the deadline, and what the call held of the
// database is free while the plugin still has the thread.
TEST_P(Limits, AStuckCallHoldsNobodyUp) {
    std::promise<void> told_so;
    Ask stuck = within(
        host_.writing("sql add 0 none i:1 t:one n: i:0\nsleep 8000\nsql count 1 rows\nrespond 200"), 150ms);
    stuck.given_up = [&] { told_so.set_value(); };
    Told late;
    const auto begun = std::chrono::steady_clock::now();
    std::thread caller([&] {
        late = host_.call(stuck);
        if (GetParam() == HostKind::kWorker) told_so.set_value();  // its caller comes back at once
    });
    EXPECT_EQ(told_so.get_future().wait_for(6s), std::future_status::ready);
    Told other = host_.write("sql add 0 none i:2 t:two n: i:0");
    for (int i = 0; i < 500 && !other.committed; ++i) {
        std::this_thread::sleep_for(10ms);  // a worker is being started
        other = host_.write("sql add 0 none i:2 t:two n: i:0");
    }
    EXPECT_TRUE(other.committed) << other.outcome;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 7500ms) << "it waited for the stuck one";
    caller.join();
    EXPECT_EQ(late.error.code, "deadline_exceeded");
    EXPECT_EQ(host_.read("sql all 4 rows").body(), "sql OK i:2,t:two,n:,i:0; changed=0\n");
    EXPECT_NE(host_.log_text().find("its call took too long"), std::string::npos);
}

// What a call finds that has been given up; then it is over like any other, and the next is served.
TEST_P(Limits, AGivenUpCallFindsItsUnitGone) {
    if (GetParam() != HostKind::kInProcess) return;
    const Told told = host_.call(
        within(host_.writing("sleep 1500\nsql add 0 none i:1 t:one n: i:0\nsettings\nrespond 200"), 100ms));
    EXPECT_EQ(told.error.code, "deadline_exceeded");
    EXPECT_EQ(host_.read("last").body(), "last:\nsql TIMEOUT\nsettings OK {}\nrespond OK\n\n");
    EXPECT_EQ(host_.plugin().state(), host::PluginState::kRunning);
}

TEST_P(Limits, APluginWhoseCallsAllHangGetsNoMore) {
    if (GetParam() != HostKind::kInProcess) return;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] { (void)host_.call(within(host_.reading("sleep 2500"), 50ms)); });
    for (int i = 0; i < 300 && host_.plugin().state() == host::PluginState::kRunning; ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_EQ(host_.plugin().state(), host::PluginState::kQuarantined);
    const Told told = host_.read("settings");
    EXPECT_EQ(told.error.code, "plugin_unavailable");
    EXPECT_GE(told.error.retry_after_s, 1U);
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(host_.read("settings").error.code, "plugin_unavailable") << "until it is reloaded";
}

// Each in a tenant of its own, with its own rows and its own answer.
TEST_P(Limits, CallsSideBySideDoNotMeet) {
    ContractHost host(GetParam(), "one", workers_of(3));
    constexpr int kThreads = 4;
    constexpr int kCalls = 40;
    std::vector<base::Uuid> tenants;
    for (int i = 0; i < kThreads; ++i)
        tenants.push_back(host.database().make_tenant());
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            const std::string me = "t" + std::to_string(t);
            for (int i = 0; i < kCalls; ++i) {
                Ask ask = host.writing(
                    "sql add 0 none i:" + std::to_string(i) + " t:" + me + "-" + std::to_string(i) +
                    " n: i:0\ndrain 1000\nsql count 1 rows\nevent thing.made " + me + " {}");
                ask.context.tenant = tenants[static_cast<std::size_t>(t)];
                ask.body = std::string(static_cast<std::size_t>(70000 + t), static_cast<char>('a' + t));
                const Told told = host.call(ask);
                const std::string expected = "sql OK  changed=1\ndrain OK " + shown(ask.body) +
                                             "\nsql OK i:" + std::to_string(i + 1) +
                                             "; changed=0\nevent OK\n";
                if (!told.committed || told.body() != expected) ++wrong;
            }
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0);
    for (int t = 0; t < kThreads; ++t) {
        const auto events = host.events(tenants[static_cast<std::size_t>(t)]);
        ASSERT_EQ(events.size(), static_cast<std::size_t>(kCalls));
        for (const auto& event : events)
            EXPECT_EQ(event.event.subject, "t" + std::to_string(t));
    }
}

// A worker serves one call at a time; in the host's process they run together.
TEST_P(Limits, CallsOfOneWorkerWaitForEachOther) {
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] { good += host_.read("sleep 300").outcome == "ok"; });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(good, 3);
    const auto least = GetParam() == HostKind::kWorker ? 900ms : 300ms;
    EXPECT_GE(std::chrono::steady_clock::now() - begun, least);
}

TEST_P(Limits, WhoWaitsTooLongForAWorkerIsTold) {
    if (GetParam() != HostKind::kWorker) return;
    std::thread busy([&] { EXPECT_EQ(host_.read("sleep 3000").outcome, "ok"); });
    std::this_thread::sleep_for(1s);
    const Told told = host_.call(within(host_.reading("settings"), 100ms));
    busy.join();
    EXPECT_EQ(told.outcome, "!plugin_busy");
    EXPECT_EQ(told.error.retry_after_s, 1U);
}

}  // namespace
}  // namespace mortise::contract
