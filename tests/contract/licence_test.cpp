// mortise.license/1 over both hosts: what the licence says, and counting that never grants too much
// (services.h).
#include "tests/contract/contract_host.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace mortise::contract {
namespace {

class LicenceService : public ContractTest {
 protected:
    using Limits = decltype(licenses::Licence::limits);

    static licenses::Limit meter(std::uint64_t most, bool soft = false) {
        licenses::Limit limit(most);
        limit.kind = licenses::LimitKind::kMeter;
        if (soft) limit.overage = licenses::Overage::kSoft;
        return limit;
    }
    void allow(std::uint64_t most, bool soft = false) {
        host_.licence().hold({"sso"}, {{"contract.things", meter(most, soft)}});
    }
    // How many things may still be counted, found out one by one.
    int rest(int tries) {
        int counted = 0;
        for (int i = 0; i < tries; ++i)
            counted += host_.read("license-count things 1").body() == "license-count OK\n";
        return counted;
    }
};
MORTISE_IN_BOTH_HOSTS(LicenceService);

TEST_P(LicenceService, SaysWhichFeaturesAreLicensed) {
    host_.licence().hold({"export.csv", "sso"}, {});
    EXPECT_EQ(
        host_.read("license sso\nlicense export.csv\nlicense export\nlicense SSO\nlicense sso%00\nlicense")
            .body(),
        "license OK yes\nlicense OK yes\nlicense OK no\nlicense OK no\nlicense OK no\nlicense OK no\n");
    EXPECT_EQ(host_.read("license-wide 256\nlicense-wide 257\nlicense-wide 70000").body(),
              "license-wide OK no\nlicense-wide OK no\nlicense-wide OK no\n");
    EXPECT_EQ(host_.read("license-no-text 3\nlicense-no-answer sso").body(),
              "license-no-text INVALID\nlicense-no-answer INVALID\n");
}

// One that is installed counts with the next call.
TEST_P(LicenceService, FollowsTheLicence) {
    EXPECT_EQ(host_.read("license sso").body(), "license OK no\n") << "none is installed";
    host_.licence().hold({"sso"}, {});
    EXPECT_EQ(host_.read("license sso").body(), "license OK yes\n");
    host_.licence().hold({}, {});
    EXPECT_EQ(host_.read("license sso").body(), "license OK no\n");
}

TEST_P(LicenceService, SaysWhatIsAllowedInTheTenant) {
    licenses::Limit users(50);
    users.per_tenant = 10;
    users.tenants["second"] = 20;
    licenses::Limit soft(7);
    soft.overage = licenses::Overage::kSoft;
    host_.licence().hold({}, {{"users", users}, {"rows", soft}, {"all", licenses::Limit(UINT64_MAX / 2)}});
    const std::string ask = "license-limit users\nlicense-limit rows\nlicense-limit other\nlicense-limit all";
    EXPECT_EQ(host_.read(ask).body(),
              "license-limit OK 10 hard\nlicense-limit OK 7 soft\nlicense-limit NOT_FOUND\n"
              "license-limit OK 9223372036854775807 hard\n");
    Ask second = host_.reading("license-limit users");
    second.context.tenant_slug = "second";
    EXPECT_EQ(host_.call(second).body(), "license-limit OK 20 hard\n");
    EXPECT_EQ(
        host_.read("license-limit-no-text\nlicense-limit-small users\nlicense-limit-larger users").body(),
        "license-limit-no-text INVALID\nlicense-limit-small INVALID\nlicense-limit-larger OK 10 hard\n");
}

TEST_P(LicenceService, CountsExactlyWhatIsAllowed) {
    allow(25);
    EXPECT_EQ(host_.write("license-count things 20\nlicense-count things 6\nrespond 200").outcome, "ok");
    EXPECT_EQ(rest(10), 5);
    EXPECT_EQ(host_
                  .read("license-count things 1\nlicense-count things 9223372036854775807\n"
                        "license-count things 18446744073709551615")
                  .body(),
              "license-count LIMIT\nlicense-count LIMIT\nlicense-count LIMIT\n");
    allow(30);
    EXPECT_EQ(rest(10), 5) << "a larger licence leaves more";
}

TEST_P(LicenceService, BeyondASoftLimitIsCounted) {
    allow(2, true);
    EXPECT_EQ(rest(5), 5);
}

TEST_P(LicenceService, WhatTheManifestDoesNotListIsNotCounted) {
    EXPECT_EQ(host_
                  .read("license-count others 1\nlicense-count contract.things 1\nlicense-count things 0\n"
                        "license-count requests 1\nlicense-count")
                  .body(),
              "license-count DENIED\nlicense-count DENIED\nlicense-count INVALID\nlicense-count DENIED\n"
              "license-count INVALID\n");
}

// "A call that fails gives back what it counted."
TEST_P(LicenceService, AFailedCallGivesBack) {
    allow(10);
    for (const char* end :
         {"respond 409", "fail 409 a b", "return -13", "return -7", "respond 200\nreturn -1"})
        EXPECT_FALSE(
            host_.write(std::string("license-count things 4\nlicense-count things 5\n") + end).committed)
            << end;
    EXPECT_EQ(rest(12), 10);
}

TEST_P(LicenceService, SideBySideNoMoreThanAllowed) {
    allow(40);
    std::atomic<int> granted = 0;
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i)
        callers.emplace_back([&] {
            for (int n = 0; n < 25; ++n)
                granted += host_.read("license-count things 1").body() == "license-count OK\n";
        });
    for (auto& caller : callers)
        caller.join();
    EXPECT_EQ(granted, 40);
}

}  // namespace
}  // namespace mortise::contract
