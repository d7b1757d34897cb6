#include "core/licensing/licence_holder.hpp"

#include "licenses/document/test_chain.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mortise::licensing {
namespace {

using licenses::testing::kDay;
using licenses::testing::kNow;
using licenses::testing::TestChain;

constexpr base::Micros kSecond = 1'000'000;

std::string code(const base::Status& status) {
    return status.ok() ? std::string() : status.error().code;
}

class LicenceHolderTest : public ::testing::Test {
 protected:
    std::string install(const std::string& text, licenses::Seconds now = kNow) {
        return code(holder.install(text, now * kSecond));
    }
    std::string install_licence(licenses::Seconds now = kNow) { return install(chain.bundle(), now); }
    State state() const { return holder.snapshot()->state; }

    TestChain chain;
    std::string root = licenses::to_paserk(chain.root.public_key());
    std::string_view roots[1] = {root};
    LicenceHolder holder{roots};
};

TEST_F(LicenceHolderTest, WithoutLicenceNothingLicensedWorks) {
    EXPECT_EQ(state(), State::kUnlicensed);
    const auto status = holder.entitled_plugin("milestones");
    EXPECT_EQ(code(status), "license_required");
    EXPECT_EQ(status.error().kind, base::ErrorKind::kForbidden);
    EXPECT_NE(status.error().detail.find("milestones"), std::string::npos) << "says what is missing";
    EXPECT_EQ(code(holder.snapshot()->entitled_feature("sso")), "license_required");
    EXPECT_EQ(code(holder.write_allowed()), "");
    EXPECT_EQ(holder.snapshot()->limit("tenants"), 1u);
    EXPECT_FALSE(holder.evaluate(kNow * kSecond));
}

TEST_F(LicenceHolderTest, InstalledLicenceSaysWhatItAllows) {
    ASSERT_EQ(install_licence(), "");
    const auto snapshot = holder.snapshot();
    EXPECT_EQ(snapshot->state, State::kValid);
    EXPECT_EQ(snapshot->subject, "Customer GmbH");
    EXPECT_EQ(snapshot->plan, "standard");
    EXPECT_EQ(snapshot->licence_id, chain.licence.id);
    EXPECT_EQ(snapshot->not_after, (kNow + 30 * kDay) * kSecond);
    EXPECT_EQ(snapshot->grace_until, (kNow + 37 * kDay) * kSecond);
    EXPECT_EQ(snapshot->days_left, 30);
    EXPECT_EQ(snapshot->limit("users"), 10u);
    EXPECT_EQ(snapshot->limit("unheard"), std::nullopt);
    EXPECT_EQ(code(snapshot->entitled_feature("sso")), "");
    EXPECT_EQ(code(snapshot->entitled_feature("audit")), "license_required");
    EXPECT_EQ(code(holder.entitled_plugin("milestones")), "");
    EXPECT_EQ(code(holder.plugin_write_allowed("milestones")), "");
    const auto missing = holder.entitled_plugin("workflows");
    EXPECT_EQ(code(missing), "license_required");
    EXPECT_NE(missing.error().detail.find("workflows"), std::string::npos);
}

TEST_F(LicenceHolderTest, StateMovesWithTimeToTheSecond) {
    ASSERT_EQ(install_licence(), "");
    const licenses::Seconds end = kNow + 30 * kDay;
    EXPECT_FALSE(holder.evaluate(end * kSecond - 1)) << "the last microsecond";
    EXPECT_EQ(state(), State::kValid);
    EXPECT_EQ(holder.snapshot()->days_left, 1);
    EXPECT_TRUE(holder.evaluate(end * kSecond));
    EXPECT_EQ(state(), State::kGrace);
    EXPECT_EQ(holder.snapshot()->days_left, 0);
    EXPECT_EQ(code(holder.plugin_write_allowed("milestones")), "");
    EXPECT_FALSE(holder.evaluate((end + 7 * kDay) * kSecond - 1));
    EXPECT_TRUE(holder.evaluate((end + 7 * kDay) * kSecond));
    EXPECT_EQ(state(), State::kLimited);
}

TEST_F(LicenceHolderTest, LimitedStillReads) {
    ASSERT_EQ(install_licence(kNow + 100 * kDay), "") << "an ended licence is better than none";
    EXPECT_EQ(state(), State::kLimited);
    EXPECT_EQ(code(holder.entitled_plugin("milestones")), "");
    EXPECT_EQ(code(holder.plugin_write_allowed("milestones")), "license_limited");
    EXPECT_EQ(code(holder.plugin_write_allowed("workflows")), "license_required");
    const auto status = holder.write_allowed();
    EXPECT_EQ(code(status), "license_limited");
    EXPECT_EQ(status.error().kind, base::ErrorKind::kForbidden);
}

TEST_F(LicenceHolderTest, APluginMayEndBeforeItsLicence) {
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(code(holder.plugin_write_allowed("rules")), "");
    holder.evaluate((kNow + 5 * kDay) * kSecond);
    EXPECT_EQ(state(), State::kValid);
    EXPECT_EQ(code(holder.entitled_plugin("rules")), "");
    EXPECT_EQ(code(holder.plugin_write_allowed("rules")), "license_limited");
    EXPECT_EQ(code(holder.plugin_write_allowed("milestones")), "");
}

TEST_F(LicenceHolderTest, RefusedTextLeavesThePresentLicence) {
    ASSERT_EQ(install_licence(), "");
    const auto before = holder.snapshot();
    const TestChain stranger;
    EXPECT_EQ(install(stranger.bundle()), "license_unknown_root");
    EXPECT_EQ(install(""), "license_malformed_token");
    EXPECT_EQ(install("hello"), "license_malformed_token");
    EXPECT_EQ(install("mortise-license-bundle v1\n"), "license_malformed_bundle");
    EXPECT_EQ(install(std::string(1 << 20, 'A')), "license_too_large");
    EXPECT_EQ(holder.snapshot(), before);
    EXPECT_EQ(holder.install("hello", kNow * kSecond).error().kind, base::ErrorKind::kInvalid);
    EXPECT_EQ(holder.install(stranger.bundle(), kNow * kSecond).error().kind,
              base::ErrorKind::kUnprocessable);
}

TEST_F(LicenceHolderTest, RenewalReplacesAtOnce) {
    ASSERT_EQ(install_licence(), "");
    chain.licence.sequence = 8;
    chain.licence.not_after = kNow + 365 * kDay;
    ASSERT_EQ(install(chain.licence_token()), "") << "a bare token under the held keyset";
    EXPECT_EQ(holder.snapshot()->days_left, 365);

    LicenceHolder restarted{roots};
    const auto bundle = holder.check(chain.licence_token(), kNow * kSecond);
    ASSERT_TRUE(bundle.ok());
    ASSERT_EQ(code(restarted.install(*bundle, kNow * kSecond)), "") << "what is kept stands by itself";
    EXPECT_EQ(restarted.snapshot()->days_left, 365);
}

TEST_F(LicenceHolderTest, AnOlderLicenceIsNotTaken) {
    const std::string old = chain.bundle();
    chain.licence.sequence = 8;
    chain.licence.plugins.erase("rules");
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(install(old), "license_superseded");
    EXPECT_EQ(install(chain.bundle()), "") << "the same one again";
    chain.licence.subject = "Another customer";
    chain.licence.sequence = 1;
    EXPECT_EQ(install(chain.bundle()), "") << "sequences are of one subject";
}

TEST_F(LicenceHolderTest, AnOlderKeysetIsNotTaken) {
    const std::string old = chain.bundle();
    chain.keyset.sequence = 4;
    chain.keyset.keys[0].status = licenses::KeyStatus::kCompromised;
    TestChain renewed;
    chain.keyset.keys.push_back(renewed.keyset.keys[0]);
    chain.licence.sequence = 8;
    const std::string next = licenses::format_bundle(
        {chain.keyset_token(), licenses::sign_licence(chain.licence, renewed.signer)});
    ASSERT_EQ(install(next), "");
    EXPECT_EQ(install(old), "license_keyset_rollback");
    EXPECT_EQ(install(chain.licence_token()), "license_key_compromised");
}

TEST_F(LicenceHolderTest, EndedOrFutureLicencesDoNotReplaceAGoodOne) {
    ASSERT_EQ(install_licence(), "");
    chain.licence.sequence = 8;
    chain.licence.not_before = kNow + 1;
    EXPECT_EQ(install_licence(), "license_not_yet_valid");
    chain.licence.not_before = kNow - 2 * kDay;
    chain.licence.not_after = kNow - kDay;
    chain.licence.grace = 0;
    EXPECT_EQ(install_licence(), "license_expired");
    EXPECT_EQ(holder.snapshot()->sequence, 7u);
}

TEST_F(LicenceHolderTest, AClockSetBackBeforeTheBeginGivesUnlicensedUntilItIsRight) {
    ASSERT_EQ(install_licence(), "");
    EXPECT_TRUE(holder.evaluate((chain.licence.not_before - 1) * kSecond));
    EXPECT_EQ(state(), State::kUnlicensed);
    EXPECT_TRUE(holder.evaluate(kNow * kSecond));
    EXPECT_EQ(state(), State::kValid);
}

TEST_F(LicenceHolderTest, ReadersSeeWholeSnapshotsWhileLicencesChange) {
    chain.licence.sequence = 7;
    const std::string a = chain.bundle();
    chain.licence.subject = "B";
    chain.licence.plugins.clear();
    const std::string b = chain.bundle();
    ASSERT_EQ(install(a), "");
    std::atomic<bool> stop{false};
    std::atomic<int> torn{0};
    {
        std::vector<std::jthread> readers;
        for (int i = 0; i < 3; ++i)
            readers.emplace_back([&] {
                while (!stop) {
                    const auto snapshot = holder.snapshot();
                    if ((snapshot->subject == "B") != snapshot->plugins.empty()) ++torn;
                }
            });
        for (int i = 0; i < 200; ++i) {
            ASSERT_EQ(install(i % 2 == 0 ? b : a), "");
            holder.evaluate(kNow * kSecond);
        }
        stop = true;
    }
    EXPECT_EQ(torn, 0);
}

TEST(LicenceHolderRoots, AMalformedRootIsAProgrammingError) {
    const std::string_view roots[] = {"k4.public.AAAA"};
    EXPECT_THROW(LicenceHolder{roots}, std::invalid_argument);
}

// What the build made is what the host takes.
TEST(CompiledRoots, TakeTheDevelopmentLicence) {
    ASSERT_FALSE(root_keys().empty());
    EXPECT_TRUE(licenses::public_key_from_paserk(bundled_publisher_key()).ok());
    if (!development_root()) GTEST_SKIP() << "this build has roots of its own";
    std::ifstream in(MORTISE_DEVELOPMENT_LICENSE, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    LicenceHolder holder;
    const auto status = holder.install(text.str(), base::SystemClock().now());
    ASSERT_TRUE(status.ok()) << status.error().detail;
    for (const char* plugin : {"milestones", "workflows", "rules", "notifications"})
        EXPECT_EQ(code(holder.plugin_write_allowed(plugin)), "") << plugin;
}

}  // namespace
}  // namespace mortise::licensing
