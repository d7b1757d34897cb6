#include "licenses/document/evaluate.hpp"

#include "licenses/document/test_chain.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::licenses {
namespace {

using testing::kDay;
using testing::kNow;
using testing::TestChain;

// A licence and everything that stands around it, for tests to bend.
struct Scene {
    TestChain chain;
    Licence& licence = chain.licence;
    std::string kid = key_id(chain.signer.public_key());
    Situation situation;

    Scene() {
        situation.now = kNow;
        situation.keyset = &chain.keyset;
    }
    Entitlements ask() const { return evaluate(licence, kid, situation); }
    Entitlements at(Seconds now) {
        situation.now = now;
        return ask();
    }
    std::string reason() const { return std::string(to_string(ask().reason)); }
};

RevocationList list_of(std::vector<std::string> ids, std::uint64_t sequence = 1, Seconds issued_at = kNow) {
    std::vector<DocumentId> raw;
    for (const std::string& id : ids)
        raw.push_back(document_id(id));
    return RevocationList("Tenon Ltd", issued_at, sequence, std::move(raw));
}

TEST(Evaluation, EdgesOfThePeriodToTheSecond) {
    Scene scene;
    const Seconds begin = scene.licence.not_before, end = *scene.licence.not_after,
                  grace = scene.licence.grace;
    EXPECT_EQ(scene.at(begin - 1).validity, Validity::kNotYetValid);
    EXPECT_EQ(scene.ask().next_change, begin);
    EXPECT_EQ(scene.at(begin).validity, Validity::kValid);
    EXPECT_EQ(scene.at(end - 1).validity, Validity::kValid);
    EXPECT_EQ(scene.ask().reason, Reason::kNone);
    EXPECT_EQ(scene.ask().next_change, end);
    EXPECT_EQ(scene.at(end).validity, Validity::kGrace);
    EXPECT_EQ(scene.ask().reason, Reason::kEnded);
    EXPECT_EQ(scene.ask().next_change, end + grace);
    EXPECT_EQ(scene.at(end + grace - 1).validity, Validity::kGrace);
    EXPECT_EQ(scene.at(end + grace).validity, Validity::kLimited);
    EXPECT_EQ(scene.ask().next_change, std::nullopt);
}

TEST(Evaluation, PluginsHaveTheirOwnEnds) {
    Scene scene;
    const Seconds own_end = *scene.licence.plugins["rules"].not_after;
    EXPECT_EQ(scene.at(own_end - 1).plugins["rules"].access, Access::kFull);
    EXPECT_EQ(scene.ask().plugins["rules"].ends_at, own_end);
    EXPECT_EQ(scene.ask().next_change, own_end);
    EXPECT_EQ(scene.at(own_end).plugins["rules"], (PluginAccess{Access::kRead, Reason::kEnded, {}}));
    EXPECT_EQ(scene.ask().plugins["milestones"].access, Access::kFull);
    EXPECT_EQ(scene.ask().validity, Validity::kValid);
    // The licence's end and grace count for the others.
    const Seconds end = *scene.licence.not_after;
    EXPECT_EQ(scene.at(end).plugins["milestones"],
              (PluginAccess{Access::kFull, Reason::kNone, end + scene.licence.grace}));
    EXPECT_EQ(scene.at(end + scene.licence.grace).plugins["milestones"].access, Access::kRead);
    EXPECT_EQ(scene.at(scene.licence.not_before - 1).plugins["milestones"].access, Access::kNone);
}

TEST(Evaluation, PluginVersions) {
    Scene scene;
    scene.licence.plugins["milestones"] = {.not_after = {}, .from = "1.2.0", .below = "3.0.0"};
    const auto access = [&](const char* version) {
        const InstalledPlugin installed{"milestones", version, {}};
        scene.situation.plugins = {&installed, 1};
        return scene.ask().plugins["milestones"];
    };
    EXPECT_EQ(access("1.2.0").access, Access::kFull);
    EXPECT_EQ(access("2.99.999").access, Access::kFull);
    EXPECT_EQ(access("1.1.99"), (PluginAccess{Access::kNone, Reason::kVersionNotCovered, {}}));
    EXPECT_EQ(access("3.0.0").access, Access::kNone);
    EXPECT_EQ(access("3.0.0-rc1").access, Access::kNone) << "only numbers count";
    EXPECT_EQ(access("1.10.0").access, Access::kFull) << "numbers, not text";
    EXPECT_EQ(access("latest").access, Access::kNone);
    scene.situation.plugins = {};
    EXPECT_EQ(scene.ask().plugins["milestones"].access, Access::kFull) << "no version to judge";
}

TEST(Evaluation, APluginThatIsNotNamed) {
    Scene scene;
    const InstalledPlugin installed{"workflows", "1.0.0", {}};
    scene.situation.plugins = {&installed, 1};
    EXPECT_EQ(scene.ask().plugins["workflows"], (PluginAccess{Access::kNone, Reason::kNotIncluded, {}}));
}

TEST(Evaluation, MaintenanceCoversWhatWasReleasedBefore) {
    Scene scene;
    scene.licence.model = Model::kPerpetual;
    scene.licence.not_after.reset();
    scene.licence.maintained_until = kNow - kDay;
    scene.situation.released_at = kNow - kDay - 1;
    EXPECT_EQ(scene.at(kNow + 10'000 * kDay).validity, Validity::kValid) << "what was covered runs for ever";
    scene.situation.released_at = kNow - kDay;
    EXPECT_EQ(scene.ask().validity, Validity::kLimited);
    EXPECT_EQ(scene.reason(), "version_not_covered");
    scene.situation.released_at.reset();
    const InstalledPlugin fresh{"milestones", "9.0.0", kNow};
    scene.situation.plugins = {&fresh, 1};
    EXPECT_EQ(scene.ask().validity, Validity::kValid);
    EXPECT_EQ(scene.ask().plugins["milestones"],
              (PluginAccess{Access::kRead, Reason::kVersionNotCovered, {}}));
}

TEST(Evaluation, RevokedByItsOwnIdAlone) {
    Scene scene;
    scene.licence.line = "0192f0c1-0000-7000-8000-000000000001";
    const auto with = [&](const RevocationList& list) {
        scene.situation.revocations = &list;
        Entitlements answer = scene.ask();
        const bool limited = answer.validity == Validity::kLimited;
        EXPECT_EQ(answer.plugins["milestones"].access, limited ? Access::kRead : Access::kFull)
            << "no state loses data";
        return limited ? std::string(to_string(answer.reason)) : "";
    };
    EXPECT_EQ(with(list_of({})), "");
    EXPECT_EQ(with(list_of({"0192f0c1-0000-7000-8000-000000000002"})), "");
    EXPECT_EQ(with(list_of({scene.licence.id})), "revoked");
    EXPECT_EQ(with(list_of({scene.licence.line})), "") << "the first of its line was revoked, by a downgrade";
}

TEST(Evaluation, AListThatMustBeNewEnough) {
    Scene scene;
    scene.licence.crl_sequence_min = 5;
    EXPECT_EQ(scene.reason(), "crl_required");
    const RevocationList old = list_of({}, 4), enough = list_of({}, 5);
    scene.situation.revocations = &old;
    EXPECT_EQ(scene.reason(), "crl_required");
    scene.situation.revocations = &enough;
    EXPECT_EQ(scene.reason(), "");
}

TEST(Evaluation, RefreshIsAnEndThatANewerListMoves) {
    Scene scene;
    scene.licence.refresh_by = scene.licence.issued_at + 10 * kDay;
    const Seconds due = *scene.licence.refresh_by;
    EXPECT_EQ(scene.at(due - 1).validity, Validity::kValid);
    EXPECT_EQ(scene.at(due).validity, Validity::kGrace);
    EXPECT_EQ(scene.reason(), "refresh_due");
    EXPECT_EQ(scene.at(due + scene.licence.grace).validity, Validity::kLimited);
    const RevocationList fresh = list_of({}, 1, scene.licence.issued_at + 4 * kDay);
    scene.situation.revocations = &fresh;
    EXPECT_EQ(scene.at(due).validity, Validity::kValid);
    EXPECT_EQ(scene.ask().ends_at, due + 4 * kDay);
    const RevocationList older = list_of({}, 1, scene.licence.issued_at - kDay);
    scene.situation.revocations = &older;
    EXPECT_EQ(scene.ask().ends_at, due) << "a list from before the licence moves nothing";
    const RevocationList late = list_of({}, 1, scene.licence.issued_at + 25 * kDay);
    scene.situation.revocations = &late;
    EXPECT_EQ(scene.ask().ends_at, scene.licence.not_after) << "never beyond exp";
}

TEST(Evaluation, CompromisedAndRetiredKeys) {
    Scene scene;
    scene.chain.keyset.keys[0].status = KeyStatus::kCompromised;
    EXPECT_EQ(scene.ask().validity, Validity::kLimited);
    EXPECT_EQ(scene.reason(), "key_compromised");
    scene.chain.keyset.keys[0].status = KeyStatus::kRetired;
    scene.chain.keyset.keys[0].retired_at = kNow;
    EXPECT_EQ(scene.ask().validity, Validity::kValid) << "keeps what it signed before";
    EXPECT_EQ(evaluate(scene.licence, "k4.pid.unheard", scene.situation).reason, Reason::kKeyCompromised);
}

struct Bound : Scene {
    MachineIds here{{"machine_id", {"here-0001"}}, {"mac", {"00:11:22:33:44:55"}}};
    Activation activation;

    Bound() {
        licence.binding = Binding{.by_activation = true};
        activation.issuer = licence.issuer;
        activation.id = "0192f0c1-0000-7000-8000-0000000000aa";
        activation.licence_id = licence.id;
        activation.issued_at = kNow - kDay;
        activation.binding = {false, MatchRule::kAll, make_fingerprint(here)};
        situation.machine = &here;
        situation.activation = &activation;
    }
};

TEST(Evaluation, ByActivation) {
    Bound scene;
    EXPECT_EQ(scene.reason(), "");
    const MachineIds elsewhere{{"machine_id", {"there-0002"}}};
    scene.situation.machine = &elsewhere;
    EXPECT_EQ(scene.reason(), "wrong_machine");
    EXPECT_EQ(scene.ask().validity, Validity::kLimited);
    scene.situation.machine = nullptr;
    EXPECT_EQ(scene.reason(), "wrong_machine");
    scene.situation.machine = &scene.here;
    scene.situation.activation = nullptr;
    EXPECT_EQ(scene.reason(), "not_activated");
}

TEST(Evaluation, AnActivationCountsForItsLineOnly) {
    Bound scene;
    scene.activation.licence_id = "0192f0c1-0000-7000-8000-000000000001";
    EXPECT_EQ(scene.reason(), "not_activated");
    scene.licence.line = scene.activation.licence_id;
    EXPECT_EQ(scene.reason(), "") << "a renewal needs no new activation";
    scene.activation.issuer = "Somebody else";
    EXPECT_EQ(scene.reason(), "not_activated");
}

TEST(Evaluation, AnActivationEndsAndIsRevoked) {
    Bound scene;
    scene.activation.not_after = kNow + kDay;
    EXPECT_EQ(scene.ask().next_change, kNow + kDay);
    EXPECT_EQ(scene.at(kNow + kDay - 1).reason, Reason::kNone);
    EXPECT_EQ(scene.at(kNow + kDay).reason, Reason::kNotActivated);
    scene.situation.now = kNow;
    const RevocationList list = list_of({scene.activation.id});
    scene.situation.revocations = &list;
    EXPECT_EQ(scene.reason(), "revoked");
    scene.licence.binding.reset();
    EXPECT_EQ(scene.reason(), "") << "a licence that needs no activation doesn't care";
}

TEST(Evaluation, BoundDirectly) {
    Bound scene;
    scene.situation.activation = nullptr;
    scene.licence.binding = scene.activation.binding;
    EXPECT_EQ(scene.reason(), "");
    const MachineIds elsewhere{{"machine_id", {"here-0001"}}};
    scene.situation.machine = &elsewhere;
    EXPECT_EQ(scene.reason(), "wrong_machine") << "rule all, and the network card is missing";
}

TEST(Evaluation, RefusalsForWhatCanNotBeInstalled) {
    for (const Reason reason : {Reason::kRevoked, Reason::kKeyCompromised, Reason::kCrlRequired,
                                Reason::kNotActivated, Reason::kWrongMachine}) {
        const auto refusal = refusal_of(reason);
        ASSERT_TRUE(refusal);
        EXPECT_EQ(to_string(refusal->code), to_string(reason));
    }
    for (const Reason reason : {Reason::kNone, Reason::kNotYetValid, Reason::kEnded, Reason::kRefreshDue,
                                Reason::kVersionNotCovered})
        EXPECT_FALSE(refusal_of(reason));
}

// A renewal that is installed early waits, and the present licence goes on until then.
TEST(Evaluation, WhichLicenceIsInForce) {
    Licence present = TestChain::make_licence(), next = present;
    next.sequence = present.sequence + 1;
    next.not_before = *present.not_after;
    next.not_after = next.not_before + 365 * kDay;
    const Licence* held[] = {&next, &present};
    EXPECT_EQ(licence_in_force(held, present.not_before - 1), std::nullopt);
    EXPECT_EQ(licence_in_force(held, kNow), 1u);
    EXPECT_EQ(licence_in_force(held, next.not_before - 1), 1u);
    EXPECT_EQ(licence_in_force(held, next.not_before), 0u);
    EXPECT_EQ(licence_in_force(held, *next.not_after + 1), 0u) << "what was replaced doesn't come back";
    EXPECT_EQ(licence_in_force({}, kNow), std::nullopt);
}

TEST(Limits, OfTenants) {
    Limit limit(100);
    EXPECT_EQ(limit.of_tenant("acme"), 100u);
    limit.per_tenant = 10;
    limit.tenants["acme"] = 50;
    EXPECT_EQ(limit.of_tenant("acme"), 50u);
    EXPECT_EQ(limit.of_tenant("other"), 10u);
}

}  // namespace
}  // namespace mortise::licenses
