#include "core/licensing/licence_holder.hpp"

#include "core/licensing/document_repository.hpp"
#include "core/licensing/notices.hpp"
#include "core/licensing/test_licensing.hpp"
#include "core/licensing/time_state.hpp"
#include "licenses/document/roots.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace mortise::licensing {
namespace {

using licenses::testing::TestChain;

using LicenceHolderTest = LicensingTest;

TEST_F(LicenceHolderTest, WithoutLicenceNothingLicensedWorks) {
    EXPECT_EQ(state(), State::kUnlicensed);
    const auto status = holder.entitled_plugin("milestones");
    EXPECT_EQ(code(status), "license_required");
    EXPECT_EQ(status.error().kind, base::ErrorKind::kForbidden);
    EXPECT_NE(status.error().detail.find("milestones"), std::string::npos) << "says what is missing";
    EXPECT_EQ(code(holder.snapshot()->entitled_feature("sso")), "license_required");
    EXPECT_EQ(code(holder.snapshot()->write_allowed()), "");
    EXPECT_EQ(holder.limit("tenants", "")->total, 1U);
    EXPECT_EQ(holder.limit("users", "")->total, 5U);
    EXPECT_FALSE(holder.evaluate());
}

TEST_F(LicenceHolderTest, InstalledLicenceSaysWhatItAllows) {
    ASSERT_EQ(install_licence(), "");
    const auto snapshot = holder.snapshot();
    EXPECT_EQ(snapshot->state, State::kValid);
    EXPECT_EQ(snapshot->subject, "Customer GmbH");
    EXPECT_EQ(snapshot->plan, "standard");
    EXPECT_EQ(snapshot->licence_id, chain.licence.id);
    EXPECT_EQ(snapshot->not_after, (kNow + 30 * kDay) * base::kMicrosPerSecond);
    EXPECT_EQ(snapshot->grace_until, (kNow + 37 * kDay) * base::kMicrosPerSecond);
    EXPECT_EQ(snapshot->days_left, 30);
    EXPECT_EQ(code(snapshot->entitled_feature("sso")), "");
    const auto feature = snapshot->entitled_feature("audit");
    EXPECT_EQ(code(feature), "license_required");
    EXPECT_NE(feature.error().detail.find("audit"), std::string::npos);
    EXPECT_EQ(code(snapshot->entitled_plugin("milestones")), "");
    EXPECT_EQ(code(snapshot->plugin_write_allowed("milestones")), "");
    EXPECT_EQ(code(snapshot->entitled_plugin("workflows")), "license_required");
}

TEST_F(LicenceHolderTest, StateMovesWithTimeToTheSecond) {
    ASSERT_EQ(install_licence(), "");
    EXPECT_FALSE(pass(30 * kDay - 1)) << "the last second";
    EXPECT_EQ(state(), State::kValid);
    EXPECT_EQ(holder.snapshot()->days_left, 1);
    EXPECT_TRUE(pass(1));
    EXPECT_EQ(state(), State::kGrace);
    EXPECT_EQ(holder.snapshot()->days_left, 0);
    EXPECT_EQ(code(holder.snapshot()->plugin_write_allowed("milestones")), "");
    EXPECT_FALSE(pass(7 * kDay - 1));
    EXPECT_TRUE(pass(1));
    EXPECT_EQ(state(), State::kLimited);
    EXPECT_EQ(reason(), "ended");
}

TEST_F(LicenceHolderTest, WarnsFromThirtyDaysBeforeTheEnd) {
    chain.licence.not_after = kNow + 31 * kDay;
    chain.licence.plugins.erase("rules");  // which ends earlier, and is warned of too
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(holder.snapshot()->warning, "");
    pass(kDay);
    EXPECT_EQ(holder.snapshot()->warning, "expiring; days_left=30; until=2027-02-15T08:00:00Z");
    pass(30 * kDay);
    EXPECT_EQ(holder.snapshot()->warning, "grace; reason=ended; until=2027-02-22T08:00:00Z");
    pass(7 * kDay);
    EXPECT_EQ(holder.snapshot()->warning, "limited; reason=ended");
}

// An event once a day for each state, by whichever of the nodes comes first.
TEST_F(LicenceHolderTest, TheNoticeOfTheDayIsGivenOnce) {
    events::Outbox first(world.clock), second(world.clock);
    const auto notice = [&](events::Outbox& outbox) {
        const auto given = world.write([&](storage::Unit& unit) {
            return notice_of_the_day(unit, outbox, *holder.snapshot(), holder.now());
        });
        if (!given.ok()) ADD_FAILURE() << given.error().code << ": " << given.error().log_text;
        return given.ok() && *given;
    };
    ASSERT_EQ(install_licence(), "");
    pass(10 * kDay);
    EXPECT_TRUE(notice(first));
    EXPECT_FALSE(notice(first));
    EXPECT_FALSE(notice(second)) << "of another node";
    pass(kDay);
    EXPECT_TRUE(notice(second));
    EXPECT_FALSE(notice(first));
    pass(20 * kDay);
    EXPECT_EQ(state(), State::kGrace);
    EXPECT_TRUE(notice(first));
    const auto events = *world.read([&](storage::Unit& unit) { return first.read(unit, 0, 100); });
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].event.type, "mortise.license.attention");
    EXPECT_EQ(events[0].event.subject, chain.licence.id);
    EXPECT_EQ(events[0].event.data,
              R"({"state":"valid","reason":"","days_left":20,"not_after":"2027-02-14T08:00:00Z"})");
    EXPECT_NE(events[2].event.data.find(R"("state":"grace","reason":"ended","days_left":0)"),
              std::string::npos)
        << events[2].event.data;
}

TEST_F(LicenceHolderTest, LimitedStillReads) {
    pass(100 * kDay);
    ASSERT_EQ(install_licence(), "") << "an ended licence is better than none";
    EXPECT_EQ(state(), State::kLimited);
    EXPECT_EQ(code(holder.entitled_plugin("milestones")), "");
    EXPECT_EQ(code(holder.snapshot()->plugin_write_allowed("milestones")), "license_limited");
    EXPECT_EQ(code(holder.snapshot()->plugin_write_allowed("workflows")), "license_required");
    const auto status = holder.snapshot()->write_allowed();
    EXPECT_EQ(code(status), "license_limited");
    EXPECT_EQ(status.error().kind, base::ErrorKind::kForbidden);
}

TEST_F(LicenceHolderTest, APluginMayEndBeforeItsLicence) {
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(code(holder.snapshot()->plugin_write_allowed("rules")), "");
    pass(5 * kDay);
    EXPECT_EQ(state(), State::kValid);
    EXPECT_EQ(code(holder.entitled_plugin("rules")), "");
    EXPECT_EQ(code(holder.snapshot()->plugin_write_allowed("rules")), "license_limited");
    EXPECT_EQ(code(holder.snapshot()->plugin_write_allowed("milestones")), "");
}

TEST_F(LicenceHolderTest, APluginIsCoveredInItsVersions) {
    chain.licence.plugins["rules"] = {.from = "1.2.0", .below = "2.0.0"};
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(code(holder.check_plugin({"rules", "1.9.0", {}, {}})), "");
    const auto refused = holder.check_plugin({"rules", "2.0.0", {}, {}});
    EXPECT_EQ(code(refused), "license_required");
    EXPECT_NE(refused.error().detail.find("version"), std::string::npos);
    EXPECT_EQ(code(holder.check_plugin({"rules", "1.9.0", {}, {"sso"}})), "");
    const auto missing = holder.check_plugin({"rules", "1.9.0", {}, {"sso", "audit"}});
    EXPECT_EQ(code(missing), "license_required");
    EXPECT_NE(missing.error().detail.find("audit"), std::string::npos) << "says which entitlement is missing";
}

TEST_F(LicenceHolderTest, APluginWhoseFeatureGoesIsClosedAtOnce) {
    chain.licence.plugins["rules"] = {};
    ASSERT_EQ(install_licence(), "");
    holder.set_plugins({{"rules", "1.9.0", {}, {"sso"}}, {"milestones", "1.0.0", {}, {}}});
    EXPECT_EQ(code(holder.entitled_plugin("rules")), "");
    chain.licence.sequence += 1;
    chain.licence.features = {"audit"};
    ASSERT_EQ(install(chain.licence_token()), "");
    const auto refused = holder.entitled_plugin("rules");
    EXPECT_EQ(code(refused), "license_required");
    EXPECT_NE(refused.error().detail.find("feature sso"), std::string::npos) << refused.error().detail;
    EXPECT_EQ(code(holder.snapshot()->plugin_write_allowed("rules")), "license_required");
    EXPECT_EQ(code(holder.entitled_plugin("milestones")), "");
}

TEST_F(LicenceHolderTest, RefusedTextLeavesThePresentLicence) {
    ASSERT_EQ(install_licence(), "");
    const auto before = holder.snapshot()->licence_id;
    const TestChain stranger;
    EXPECT_EQ(install(stranger.bundle()), "license_unknown_root");
    EXPECT_EQ(install(""), "license_malformed_token");
    EXPECT_EQ(install("hello"), "license_malformed_token");
    EXPECT_EQ(install("mortise-license-bundle v1\n"), "license_malformed_bundle");
    EXPECT_EQ(install(std::string(1 << 20, 'A')), "license_too_large");
    EXPECT_EQ(holder.snapshot()->licence_id, before);
    EXPECT_EQ(state(), State::kValid);
}

TEST_F(LicenceHolderTest, RenewalReplacesAtOnceAndOutlivesARestart) {
    ASSERT_EQ(install_licence(), "");
    chain.licence.sequence = 8;
    chain.licence.not_after = kNow + 365 * kDay;
    ASSERT_EQ(install(chain.licence_token()), "") << "a bare token under the held keyset";
    EXPECT_EQ(holder.snapshot()->days_left, 365);

    LicenceHolder restarted(time, roots);
    LicenceStore stored(restarted, log, world.clock);
    tenancy::World::check(world.read([&](storage::Unit& unit) { return stored.load(unit); }));
    EXPECT_EQ(restarted.snapshot()->days_left, 365);
}

TEST_F(LicenceHolderTest, ARenewalThatIsInstalledEarlyWaits) {
    ASSERT_EQ(install_licence(), "");
    const std::string present = chain.licence.id;
    chain.licence.id = "0192f0c1-2b3c-7d4e-8f50-61728394a5b7";
    chain.licence.sequence = 8;
    chain.licence.not_before = kNow + 30 * kDay;
    chain.licence.not_after = kNow + 395 * kDay;
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(holder.snapshot()->licence_id, present) << "the present one goes on";
    ASSERT_TRUE(holder.snapshot()->upcoming);
    EXPECT_EQ(holder.snapshot()->upcoming->licence_id, chain.licence.id);
    pass(30 * kDay - 1);
    EXPECT_EQ(holder.snapshot()->licence_id, present);
    EXPECT_TRUE(pass(1));
    EXPECT_EQ(state(), State::kValid) << "without a second of grace";
    EXPECT_EQ(holder.snapshot()->licence_id, chain.licence.id);
    EXPECT_FALSE(holder.snapshot()->upcoming);
}

TEST_F(LicenceHolderTest, TheFirstLicenceMayWaitAsWell) {
    chain.licence.not_before = kNow + kDay;
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(state(), State::kUnlicensed);
    EXPECT_TRUE(holder.snapshot()->upcoming);
    EXPECT_TRUE(pass(kDay));
    EXPECT_EQ(state(), State::kValid);
}

TEST_F(LicenceHolderTest, AnOlderLicenceIsNotTaken) {
    const std::string old = chain.bundle();
    chain.licence.sequence = 8;
    chain.licence.plugins.erase("rules");
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(install(old), "license_superseded") << "after a downgrade";
    EXPECT_EQ(install(chain.bundle()), "") << "the same one again";
    chain.licence.subject = "Another customer";
    chain.licence.sequence = 1;
    EXPECT_EQ(install(chain.bundle()), "") << "sequences are of one subject";
}

TEST_F(LicenceHolderTest, AnEndedLicenceDoesNotReplaceALivingOne) {
    ASSERT_EQ(install_licence(), "");
    chain.licence.sequence = 8;
    chain.licence.not_after = kNow - kDay / 2;
    chain.licence.grace = 0;
    EXPECT_EQ(install_licence(), "license_expired");
    EXPECT_EQ(state(), State::kValid);
}

TEST_F(LicenceHolderTest, AnOlderKeysetIsNotTaken) {
    const std::string old = chain.bundle();
    chain.keyset.sequence = 4;
    chain.licence.sequence = 8;
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(install(old), "license_keyset_rollback");
}

TEST_F(LicenceHolderTest, ACompromisedKeyLimitsAtOnceAndAfterARestart) {
    ASSERT_EQ(install_licence(), "");
    const TestChain fresh;
    chain.keyset.sequence = 4;
    chain.keyset.keys[0].status = licenses::KeyStatus::kCompromised;
    chain.keyset.keys.push_back(fresh.keyset.keys[0]);
    const licenses::RevocationList list("Tenon Ltd", kNow, 1, {});
    licenses::Bundle update;
    update.keyset = chain.keyset_token();
    update.revocations = licenses::sign_revocations(list, fresh.signer);
    ASSERT_EQ(install(licenses::format_bundle(update)), "");
    EXPECT_EQ(state(), State::kLimited);
    EXPECT_EQ(reason(), "key_compromised");
    EXPECT_EQ(code(holder.entitled_plugin("milestones")), "") << "reading goes on";

    LicenceHolder restarted(time, roots);
    LicenceStore stored(restarted, log, world.clock);
    tenancy::World::check(world.read([&](storage::Unit& unit) { return stored.load(unit); }));
    EXPECT_EQ(restarted.snapshot()->state, State::kLimited);
    EXPECT_EQ(restarted.snapshot()->reason, licenses::Reason::kKeyCompromised);
}

TEST_F(LicenceHolderTest, ARevokedLicenceIsLimitedAtOnceAndNotInstalledAgain) {
    ASSERT_EQ(install_licence(), "");
    const auto revoke = [&](std::uint64_t sequence, std::vector<licenses::DocumentId> ids) {
        const licenses::RevocationList list("Tenon Ltd", kNow, sequence, std::move(ids));
        licenses::Bundle update;
        update.keyset = chain.keyset_token();
        update.revocations = licenses::sign_revocations(list, chain.signer);
        return licenses::format_bundle(update);
    };
    const std::string old = revoke(1, {});
    ASSERT_EQ(install(revoke(2, {licenses::document_id(chain.licence.id)})), "");
    EXPECT_EQ(state(), State::kLimited);
    EXPECT_EQ(reason(), "revoked");
    EXPECT_EQ(install_licence(), "license_revoked");
    EXPECT_EQ(install(old), "license_crl_rollback");
    EXPECT_EQ(state(), State::kLimited);
}

TEST_F(LicenceHolderTest, ALicenceBoundToAnotherMachineIsRefused) {
    holder.set_machine({{"machine_id", {"this"}}, {"mac", {"02:00:00:00:00:01"}}});
    chain.licence.binding = licenses::Binding{
        .rule = licenses::MatchRule::kTwo,
        .fingerprint =
            licenses::make_fingerprint({{"machine_id", {"other"}}, {"mac", {"02:00:00:00:00:02"}}})};
    EXPECT_EQ(install_licence(), "license_wrong_machine");
    chain.licence.binding->fingerprint = licenses::make_fingerprint(
        {{"machine_id", {"this"}}, {"mac", {"02:00:00:00:00:01"}}, {"disk", {"d"}}});
    EXPECT_EQ(install_licence(), "") << "two of three are enough";
    holder.set_machine({{"machine_id", {"this"}}});
    EXPECT_EQ(state(), State::kLimited);
    EXPECT_EQ(reason(), "wrong_machine");
}

TEST_F(LicenceHolderTest, LimitsAreTheLicences) {
    chain.licence.limits["requests"] = licenses::Limit(1000);
    chain.licence.limits["requests"].kind = licenses::LimitKind::kMeter;
    chain.licence.limits["requests"].per = licenses::Period::kMonth;
    chain.licence.limits["users"].per_tenant = 4;
    chain.licence.limits["users"].tenants["acme"] = 6;
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(holder.limit("unheard", "acme"), std::nullopt);
    const auto users = holder.limit("users", "acme");
    EXPECT_EQ(users->total, 10U);
    EXPECT_EQ(users->of_tenant, 6U);
    EXPECT_TRUE(users->soft);
    EXPECT_EQ(holder.limit("users", "other")->of_tenant, 4U);
    EXPECT_EQ(holder.limit("users", "")->of_tenant, std::nullopt);
    const auto requests = holder.limit("requests", "acme");
    EXPECT_EQ(requests->period, "month");
    EXPECT_EQ(requests->since, 20819) << "2027-01-01";
}

TEST_F(LicenceHolderTest, ReadersNeverWaitAndNeverSeeHalf) {
    ASSERT_EQ(install_licence(), "");
    std::atomic<bool> stop{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            while (!stop) {
                const auto snapshot = holder.snapshot();
                EXPECT_TRUE(snapshot->state != State::kValid || !snapshot->plugins.empty());
            }
        });
    for (int i = 0; i < 200; ++i)
        holder.evaluate();
    stop = true;
    for (auto& reader : readers)
        reader.join();
}

TEST_F(LicenceHolderTest, AWrongRootIsAProgrammingError) {
    const std::string_view wrong[] = {"k4.public.nonsense"};
    EXPECT_THROW(LicenceHolder(time, wrong), std::invalid_argument);
}

// What an earlier version has stored goes on, and is replaced by what is installed next.
TEST_F(LicenceHolderTest, TakesOverTheBundleOfAnEarlierVersion) {
    const storage::Statement keep{"test.keep",
                                  "INSERT INTO licence (id, bundle, installed_at) VALUES (1, $1, 0)",
                                  {storage::Type::kText}};
    const std::string bundle = chain.bundle();
    tenancy::World::check(world.write([&](storage::Unit& unit) -> base::Status {
        MORTISE_TRY(unit.run(keep, {std::string_view(bundle)}));
        return tenancy::bump_snapshot(unit, LicenceStore::kName);
    }));
    EXPECT_EQ(state(), State::kValid);
    chain.licence.sequence = 8;
    EXPECT_EQ(install(chain.licence_token()), "");
    EXPECT_EQ(holder.snapshot()->sequence, 8U);
}

TEST_F(LicenceHolderTest, TheDevelopmentLicenceOfTheBuildIsGood) {
    std::ifstream file(MORTISE_DEVELOPMENT_LICENSE);
    std::ostringstream text;
    text << file.rdbuf();
    base::SystemClock clock;
    TimeKeeper now(clock);
    LicenceHolder real(now);
    LicenceStore stored(real, log, clock);
    tenancy::World::check(world.write([&](storage::Unit& unit) { return stored.install(unit, text.str()); }));
    tenancy::World::check(world.read([&](storage::Unit& unit) { return stored.load(unit); }));
    EXPECT_EQ(real.snapshot()->state, State::kValid);
    EXPECT_EQ(code(real.entitled_plugin("milestones")), "");
}

class TimeStateTest : public LicensingTest {
 protected:
    TimeStateTest() : installation(make_installation()) {}
    base::Micros restart(Seconds clock_moves, const std::string& secret) {
        world.clock.advance_s(clock_moves);
        TimeKeeper restarted(world.clock);
        TimeState loaded(restarted, file, secret, log);
        tenancy::World::check(world.read([&](storage::Unit& unit) { return loaded.load(unit); }));
        return restarted.now() / base::kMicrosPerSecond;
    }
    void save() {
        tenancy::World::check(world.write([&](storage::Unit& unit) { return time_state.save(unit); }));
    }

    const Installation installation;
    const std::filesystem::path file = world.database.folder() / "license-time";
    TimeState time_state{time, file, installation.secret, log};
};

TEST_F(TimeStateTest, AClockThatIsSetBackDoesNotBringTimeBack) {
    pass(10 * kDay);
    save();
    EXPECT_EQ(restart(-5 * kDay, installation.secret), kNow + 10 * kDay);
}

TEST_F(TimeStateTest, EitherCopyIsEnough) {
    pass(10 * kDay);
    save();
    std::filesystem::remove(file);
    EXPECT_EQ(restart(-5 * kDay, installation.secret), kNow + 10 * kDay) << "from core.db";
    world.clock.advance_s(5 * kDay);
    save();
    tenancy::World::check(
        world.write([&](storage::Unit& unit) { return repository::keep_time_mark(unit, "altered"); }));
    EXPECT_EQ(restart(-5 * kDay, installation.secret), kNow + 10 * kDay) << "from the file";
}

TEST_F(TimeStateTest, WhatWasAlteredOrIsAnothersIsLeftOut) {
    pass(10 * kDay);
    save();
    EXPECT_EQ(restart(-5 * kDay, std::string(32, 'x')), kNow + 5 * kDay) << "another installation";
    std::ofstream(file) << "mortise-time v1 9999999999\n";
    tenancy::World::check(
        world.write([&](storage::Unit& unit) { return repository::keep_time_mark(unit, ""); }));
    EXPECT_EQ(restart(0, installation.secret), kNow + 5 * kDay) << "altered";
}

TEST_F(TimeStateTest, ALostMarkIsMadeUpForByTheDocuments) {
    ASSERT_EQ(install_licence(), "");
    world.clock.advance_s(-100 * kDay);
    TimeKeeper restarted(world.clock);
    LicenceHolder again(restarted, roots);
    LicenceStore stored(again, log, world.clock);
    tenancy::World::check(world.read([&](storage::Unit& unit) { return stored.load(unit); }));
    EXPECT_GE(restarted.now() / base::kMicrosPerSecond, chain.licence.issued_at);
    EXPECT_TRUE(restarted.clock_is_behind());
}

TEST_F(TimeStateTest, AClockThatJumpedForwardAndIsPutRightDoesNoHarm) {
    ASSERT_EQ(install_licence(), "");
    world.clock.advance_s(3650 * kDay);
    holder.evaluate();
    EXPECT_EQ(state(), State::kLimited) << "while it is wrong";
    world.clock.advance_s(-3650 * kDay + 60);
    holder.evaluate();
    EXPECT_EQ(state(), State::kValid);
}

}  // namespace
}  // namespace mortise::licensing
