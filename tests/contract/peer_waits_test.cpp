// Calls that wait for workers while they hold others: none waits for what waits for it.
#include "tests/contract/peer_hosts.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace mortise::contract {
namespace {

using namespace std::chrono_literals;

// Two plugins that call each other, with one worker each.
class PeerWaits : public testing::Test {
 protected:
    PeerWaits() {
        host_.add(HostKind::kWorker, "peer", workers_of(1));
        host_.licence().hold({}, {}, {{"contract", {}}, {"peer", {}}});
        for (int i = 0; i < 4; ++i)
            tenants_.push_back(host_.database().make_tenant());
    }

    std::string read(const std::string& plugin, std::size_t tenant, const std::string& script) {
        Ask ask = host_.reading(script);
        ask.context.tenant = tenants_[tenant];
        const Told told = host_.call(host_.plugin(plugin), ask);
        return told.outcome == "ok" ? std::string(told.body()) : told.outcome;
    }

    ContractHost host_{HostKind::kWorker, "one", workers_of(1)};
    std::vector<base::Uuid> tenants_;
};

TEST_F(PeerWaits, ABusyWorkerIsWaitedFor) {
    std::thread other([this] { EXPECT_EQ(read("peer", 1, "sleep 1000\nnow"), "now right\n"); });
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(read("contract", 0, peer("peer", "read", "now")), "peer OK now right\n");
    other.join();
}

// A quarter of the call's time, and then the host may run the unit again.
TEST_F(PeerWaits, NotForTheWholeTime) {
    std::thread other([this] { EXPECT_EQ(read("peer", 1, "sleep 4000\nnow"), "now right\n"); });
    std::this_thread::sleep_for(200ms);
    Ask ask = host_.reading(peer("peer", "read", "now"));
    ask.context.deadline = test::in(4s);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(host_.call(ask).body(), "peer BUSY\n");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
    other.join();
}

TEST_F(PeerWaits, ACircleIsBrokenAtOnce) {
    std::string first, second;
    const auto begun = std::chrono::steady_clock::now();
    std::thread other([&] { second = read("peer", 1, "sleep 500\n" + peer("contract", "read", "now")); });
    first = read("contract", 0, "sleep 500\n" + peer("peer", "read", "now"));
    other.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s) << "the calls have two minutes";
    const bool one_gave_way = (first == "peer BUSY\n") != (second == "peer BUSY\n");
    EXPECT_TRUE(one_gave_way) << first << second;
    EXPECT_TRUE(first == "peer OK now right\n" || second == "peer OK now right\n") << first << second;
}

// As the server runs units again.
TEST_F(PeerWaits, PluginsThatCallEachOtherAllComeToAnEnd) {
    std::atomic<int> done = 0;
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < tenants_.size(); ++t)
        threads.emplace_back([&, t] {
            const char* self = t % 2 == 0 ? "contract" : "peer";
            const char* other = t % 2 == 0 ? "peer" : "contract";
            for (int i = 0; i < 25; ++i)
                for (int tries = 0; tries < 1000; ++tries) {
                    if (read(self, t, peer(other, "read", "now")) != "peer OK now right\n") continue;
                    ++done;
                    break;
                }
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace mortise::contract
