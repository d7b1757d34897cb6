// Plugins that keep what depends on a flag are told of changes, in both hosts (services.h: watch).
#include "tests/contract/contract_host.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace mortise::contract {
namespace {

constexpr const char* kSwitch =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"})";

class FlagsTold : public ContractTest {
 protected:
    void SetUp() override { host_.flags().put({}, "feature", kSwitch); }

    // What the plugin was told before the call.
    std::string told() { return told(host_.tenant()); }
    std::string told(const base::Uuid& tenant, const std::string& plan = "standard") {
        Ask one = host_.reading("flag-told");
        one.context.tenant = tenant;
        one.context.plan = plan;
        return std::string(host_.call(one).body());
    }
    static constexpr const char* kAll =
        "flag-told absent=none big=none document=none feature=false ratio=none rule=none shared=none size=none "
        "split=none title=none\n";
    static constexpr const char* kNothing = "flag-told\n";
};
MORTISE_IN_BOTH_HOSTS(FlagsTold);

TEST_P(FlagsTold, OfAllBeforeATenantsFirstCallThenOfWhatChanges) {
    EXPECT_EQ(told(), kAll);
    EXPECT_EQ(told(), kNothing);
    host_.flags().put({}, "rule", kSwitch);
    EXPECT_EQ(told(), "flag-told rule=false\n");
    EXPECT_EQ(told(), kNothing);
    host_.flags().override(host_.tenant(), "feature", "", "on");
    host_.flags().put({}, "rule", "");
    EXPECT_EQ(told(), "flag-told feature=true rule=none\n");
    host_.flags().override(host_.tenant(), "feature", "somebody", "off");
    EXPECT_EQ(told(), "flag-told feature=true\n") << "of one user";
    host_.flags().override_plan("standard", "feature", "on");
    EXPECT_EQ(told(), "flag-told feature=true\n");
    EXPECT_EQ(told(), kNothing);
}

TEST_P(FlagsTold, NotOfWhatIsNothingToTheTenant) {
    const auto other = host_.database().make_tenant();
    told(), told(other);
    host_.flags().override(other, "feature", "", "on");
    host_.flags().put(other, "size", kSwitch);
    host_.flags().put({}, "not.listed", kSwitch);
    host_.flags().override_plan("golden", "feature", "on");
    host_.flags().share({}, R"({"$evaluators":{"unused":{"==":[1,1]}}})");
    EXPECT_EQ(told(), kNothing);
    EXPECT_EQ(told(other), "flag-told feature=true size=false\n");
}

TEST_P(FlagsTold, OfWhatARuleRefersTo) {
    host_.flags().put({}, "shared",
                      R"({"state":"ENABLED","variants":{"on":true,"off":false},"targeting":{"$ref":"who"}})");
    host_.flags().share({}, R"({"$evaluators":{"who":{"if":[true,"on"]}}})");
    told();
    host_.flags().share({}, R"({"$evaluators":{"who":{"if":[true,"off"]}}})");
    EXPECT_EQ(told(), "flag-told shared=false\n");
}

TEST_P(FlagsTold, OfAnotherPlan) {
    host_.flags().override_plan("golden", "feature", "on");
    told();
    EXPECT_NE(told(host_.tenant(), "golden").find(" feature=true"), std::string::npos);
    EXPECT_NE(told(host_.tenant(), "standard").find(" feature=false"), std::string::npos);
    EXPECT_EQ(told(host_.tenant(), "standard"), kNothing);
}

// A call that fails was told as well; what it was told is not told again.
TEST_P(FlagsTold, BeforeACallThatFails) {
    told();
    host_.flags().override(host_.tenant(), "feature", "", "on");
    EXPECT_EQ(host_.read("return -13").outcome, "!plugin_failed");
    EXPECT_EQ(told(), kNothing);
}

TEST_P(FlagsTold, WatchingIsOfTheStart) {
    EXPECT_EQ(host_.read("flag-watch\n@null flag-watch").body(),
              "flag-watch WRONG_CALL\nflag-watch INVALID\n");
    host_.flags().override(host_.tenant(), "feature", "", "on");
    EXPECT_EQ(told(), "flag-told feature=true\n") << "the first one goes on";
}

// Whoever sees a change was told of it before, however many call while flags change: the last value that was
// told is the last that is seen.
TEST_P(FlagsTold, WhileOthersCallAndChange) {
    told();
    std::atomic<bool> done = false;
    std::vector<std::thread> callers;
    for (int i = 0; i < 3; ++i)
        callers.emplace_back([&] {
            while (!done)
                told();
        });
    for (int i = 0; i < 100; ++i)
        host_.flags().override(host_.tenant(), "feature", "", i % 2 == 0 ? "on" : "off");
    done = true;
    for (auto& caller : callers)
        caller.join();
    (void)told();
    EXPECT_EQ(told(), kNothing);
    host_.flags().override(host_.tenant(), "feature", "", "on");
    EXPECT_EQ(told(), "flag-told feature=true\n");
}

// Each process of a pool has its own plugin, and is told for itself; so is one that took the place of
// another.
TEST(FlagsToldInWorkers, EachProcessIsTold) {
    ContractHost host(HostKind::kWorker, "one", workers_of(1));
    host.flags().put({}, "feature", kSwitch);
    EXPECT_NE(host.read("flag-told").body().find("feature=false"), std::string::npos);
    EXPECT_EQ(host.read("flag-told").body(), "flag-told\n");
    EXPECT_EQ(host.read("abort").outcome, "!plugin_unavailable");
    std::string told;
    for (int i = 0; i < 3000 && told.empty(); ++i) {
        told = host.read("flag-told").body();
        if (told.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_NE(told.find("feature=false"), std::string::npos) << told;
}

}  // namespace
}  // namespace mortise::contract
