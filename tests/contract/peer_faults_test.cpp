// What a call of another plugin's method can't be, what it can't do, and what then becomes of the unit of
// work.
#include "tests/contract/peer_hosts.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace mortise::contract {
namespace {

using namespace std::chrono_literals;

class PeerFaults : public PeerTest {
 protected:
    bool caller_in_worker() const { return GetParam().first == HostKind::kWorker; }
    bool callee_in_worker() const { return GetParam().second == HostKind::kWorker; }
    std::string no_rows() { return rows("contract") + rows("peer"); }
};
MORTISE_IN_ALL_HOSTS(PeerFaults);

constexpr std::string_view kAdd = "sql add 0 none i:1 t:one n: i:5";
constexpr std::string_view kNoRows = "sql OK  changed=0\nsql OK  changed=0\n";

TEST_P(PeerFaults, WhatTheManifestDoesNotListIsDenied) {
    EXPECT_EQ(read("peer other.scripts/1 read text now\npeer peer.scripts/2 read text now\n"
                   "peer contract.scripts/1 read text now\npeer peer.scripts read text now\npeer text"),
              "peer DENIED\npeer DENIED\npeer DENIED\npeer DENIED\npeer DENIED\n");
}

TEST_P(PeerFaults, WhatNobodyProvidesIsRefused) {
    const std::string refused = "peer REFUSED 501 peer_not_provided\n";
    EXPECT_EQ(read("peer absent.things/1 read text now\npeer peer.unknown/1 read text now\n"
                   "peer peer.scripts/1 nothing text now\npeer third.scripts/1 read text now"),
              refused + refused + refused + refused);
    add("third");
    EXPECT_EQ(read(peer("third", "read", "now")), "peer OK now right\n") << "once it runs";
}

TEST_P(PeerFaults, WhatTheTenantDoesNotHaveIsRefused) {
    host_.enable("peer", false);
    EXPECT_EQ(read(peer("peer", "read", "now")), "peer REFUSED 404 plugin_not_enabled\n");
    host_.enable("peer", true);
    hold_licence({"contract"});
    EXPECT_EQ(read(peer("peer", "read", "now")), "peer REFUSED 403 license_required\n");
    hold_licence({"contract", "peer"});
    EXPECT_EQ(read(peer("peer", "read", "now")), "peer OK now right\n");
}

TEST_P(PeerFaults, AnEndedLicenceLetsMethodsReadOnly) {
    decltype(licenses::Licence::plugins) held = {{"contract", {}}, {"peer", {}}};
    held["peer"].not_after = host_.database().clock().now() / base::kMicrosPerSecond - 1;
    host_.licence().hold({}, {}, std::move(held));
    EXPECT_EQ(write(peer("peer", "read", "now") + "\n" + peer("peer", "write", "now")),
              "peer OK now right\npeer REFUSED 403 license_limited\n");
}

// Directly, and by another one.
TEST_P(PeerFaults, APluginThatWaitsIsNotCalledAgain) {
    add("third");
    EXPECT_EQ(read(peer("peer", "read", peer("contract", "read", "now"))),
              "peer OK peer REFUSED 508 peer_cycle\n");
    EXPECT_EQ(read(peer("peer", "read", peer("third", "read", peer("peer", "read", "now")))),
              "peer OK peer OK peer REFUSED 508 peer_cycle\n");
    EXPECT_EQ(read(peer("peer", "read", "now") + "\n" + peer("third", "read", peer("peer", "read", "now"))),
              "peer OK now right\npeer OK peer OK now right\n")
        << "one after the other is no circle";
}

TEST_P(PeerFaults, AChainIsNotLongerThanFive) {
    for (const char* id : {"third", "fourth", "fifth", "sixth"})
        add(id);
    const std::string four = peer("fourth", "read", peer("fifth", "read", "now"));
    EXPECT_EQ(read(peer("peer", "read", peer("third", "read", four))),
              "peer OK peer OK peer OK peer OK now right\n");
    const std::string five = peer("fourth", "read", peer("fifth", "read", peer("sixth", "read", "now")));
    EXPECT_EQ(read(peer("peer", "read", peer("third", "read", five))),
              "peer OK peer OK peer OK peer OK peer REFUSED 508 peer_too_deep\n");
}

TEST_P(PeerFaults, AMethodThatFailsIsRefusedAndTheCallerGoesOn) {
    EXPECT_EQ(read(peer("peer", "read", "return -13")), "peer REFUSED 500 plugin_failed\n");
    EXPECT_EQ(read(peer("peer", "read", "return 0")), "peer REFUSED 500 plugin_failed\n") << "no answer";
    EXPECT_EQ(read(peer("peer", "read", "return -7")), "peer BUSY\n");
    const Told told = host_.write(peer("peer", "write", "return -13") + "\n" + std::string(kAdd));
    EXPECT_EQ(told.body(), "peer REFUSED 500 plugin_failed\nsql OK  changed=1\n");
    EXPECT_TRUE(told.committed);
    if (!callee_in_worker()) return;
    EXPECT_EQ(read(peer("peer", "read", "abort")), "peer REFUSED 503 plugin_unavailable\n");
    EXPECT_EQ(host_.plugin().state(), host::PluginState::kRunning);
}

TEST_P(PeerFaults, WhatFailedHalfWayIsNeverKept) {
    const std::string add_one(kAdd);
    for (const char* how : {"fail 409 taken no", "return -13", "return -7"}) {
        EXPECT_EQ(write(peer("peer", "write", add_one + "\n" + how)), "!plugin_failed") << how;
        EXPECT_EQ(write(peer("peer", "write", add_one + "\n" + how) + "\nfail 409 told on"), "told")
            << how << ": but the caller may tell";
    }
    if (callee_in_worker()) {
        EXPECT_EQ(write(peer("peer", "write", add_one + "\nabort")), "!plugin_failed");
    }
    EXPECT_EQ(no_rows(), kNoRows);
}

TEST_P(PeerFaults, NorWhatFailedBehindAnother) {
    add("third");
    const std::string third = peer("third", "write", kAdd);
    EXPECT_EQ(write(peer("peer", "write", third + "\nfail 409 taken no")), "!plugin_failed");
    EXPECT_EQ(write(peer("peer", "write", peer("third", "write", std::string(kAdd) + "\nfail 409 a b"))),
              "!plugin_failed")
        << "the one between answered a success";
    EXPECT_EQ(rows("third"), "sql OK  changed=0\n");
    EXPECT_TRUE(host_.write(peer("peer", "write", third)).committed);
    EXPECT_EQ(rows("third"), "sql OK i:1,t:one,n:,i:5; changed=0\n");
}

TEST_P(PeerFaults, EventsOfAFailureAreNone) {
    const Told told = host_.write(peer("peer", "write", "event thing.made a {}\nfail 409 taken no"));
    EXPECT_EQ(told.body(), "peer REFUSED 409 taken\n");
    EXPECT_TRUE(told.committed);
    EXPECT_TRUE(host_.events(host_.tenant()).empty());
}

TEST_P(PeerFaults, AnErrorOfStorageIsTheWholeUnits) {
    const std::string twice = std::string(kAdd) + "\n" + std::string(kAdd);
    EXPECT_EQ(write(peer("peer", "write", twice + "\nreturn -4")), "!plugin_failed")
        << "the caller answered a success";
    EXPECT_EQ(write(peer("peer", "write", twice + "\nfail 409 taken no") + "\nfail 409 told on"), "told");
    const Told told = host_.write(peer("peer", "write", twice) + "\nsql count 1 rows");
    EXPECT_FALSE(told.committed) << told.body();
    EXPECT_EQ(no_rows(), kNoRows);
}

TEST_P(PeerFaults, EventsBeyondTheLimitOfTheUnitAreTooMany) {
    const std::string many = "event-many thing.made a {} 60000";
    EXPECT_EQ(write(peer("peer", "write", many) + "\n" + peer("peer", "write", many)), "!plugin_failed");
    EXPECT_EQ(write(many + "\n" + peer("peer", "write", "event-many thing.made a {} 40000") +
                    "\nevent thing.made a {}\nfail 409 told on"),
              "told");
    EXPECT_TRUE(host_.events(host_.tenant()).empty());
}

// The one that holds the call up is given up, and the one that waits for it is not.
TEST_P(PeerFaults, TheCallsTimeIsTheMethodsToo) {
    std::atomic<int> given_up = 0;
    Ask ask =
        host_.writing(std::string(kAdd) + "\n" + peer("peer", "write", std::string(kAdd) + "\nsleep 4000"));
    ask.context.deadline = test::in(300ms);
    ask.given_up = [&] { ++given_up; };
    EXPECT_EQ(host_.call(ask).outcome, "!deadline_exceeded");
    EXPECT_EQ(given_up, callee_in_worker() ? 0 : 1);
    EXPECT_EQ(host_.plugin().state(), host::PluginState::kRunning);
    if (caller_in_worker()) {
        EXPECT_EQ(host_.plugin().workers()->serving, 2U) << "it was not to blame";
    }
    EXPECT_EQ(read("now"), "now right\n");
    EXPECT_EQ(rows("contract"), "sql OK  changed=0\n");
}

TEST_P(PeerFaults, StuckMethodsQuarantineTheirPluginAlone) {
    if (callee_in_worker() || caller_in_worker()) GTEST_SKIP() << "there are no four at once";
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([this, tenant = host_.database().make_tenant()] {
            Ask ask = host_.reading(peer("peer", "read", "sleep 4000"));
            ask.context.deadline = test::in(200ms);
            ask.context.tenant = tenant;
            host_.call(ask);
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(host_.plugin("peer").state(), host::PluginState::kQuarantined);
    EXPECT_EQ(host_.plugin().state(), host::PluginState::kRunning);
    EXPECT_EQ(read(peer("peer", "read", "now")), "peer REFUSED 503 plugin_unavailable\n");
}

}  // namespace
}  // namespace mortise::contract
