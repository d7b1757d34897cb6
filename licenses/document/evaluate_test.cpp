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

// Whoever has a leaked key can make a list that is newer than all, and that names nothing.
TEST(Evaluation, AListOfACompromisedKeyProvesNothing) {
    Scene scene;
    const SecretKey leaked = SecretKey::generate();
    scene.chain.keyset.keys.push_back({leaked.public_key(), {"crl"}, KeyStatus::kActive, {}});
    RevocationList list = list_of({"0192f0c1-0000-7000-8000-000000000002"}, 1'000'000, kNow);
    list.set_signed_by(key_id(leaked.public_key()));
    scene.situation.revocations = &list;
    scene.licence.crl_sequence_min = 5;
    scene.licence.refresh_by = kNow + kDay;
    const Seconds moved = kNow + (*scene.licence.refresh_by - scene.licence.issued_at);
    EXPECT_EQ(scene.reason(), "");
    EXPECT_EQ(scene.ask().ends_at, moved);
    scene.chain.keyset.keys.back().status = KeyStatus::kCompromised;
    EXPECT_EQ(scene.reason(), "crl_required");
    EXPECT_EQ(scene.ask().ends_at, scene.licence.refresh_by) << "its date moves nothing";
    scene.licence.crl_sequence_min = 0;
    EXPECT_EQ(scene.reason(), "");
    RevocationList names_it = list_of({scene.licence.id});
    names_it.set_signed_by(list.signed_by());
    scene.situation.revocations = &names_it;
    EXPECT_EQ(scene.reason(), "revoked") << "what was revoked doesn't come back";
    scene.chain.keyset.keys.pop_back();
    EXPECT_EQ(scene.reason(), "revoked");
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

TEST(Evaluation, AnActivationOfACompromisedKeyCountsNoLonger) {
    Bound scene;
    const SecretKey leaked = SecretKey::generate();
    scene.chain.keyset.keys.push_back({leaked.public_key(), {"act"}, KeyStatus::kActive, {}});
    scene.activation.signed_by = key_id(leaked.public_key());
    EXPECT_EQ(scene.reason(), "");
    scene.chain.keyset.keys.back().status = KeyStatus::kCompromised;
    EXPECT_EQ(scene.reason(), "not_activated") << "though the licence is signed by another key";
}

// To be warned of like the licence's own end; but without grace, as the vendor said until when.
TEST(Evaluation, TheEndOfAnActivationIsAnEnd) {
    Bound scene;
    scene.activation.not_after = kNow + kDay;
    EXPECT_EQ(scene.ask().ends_at, kNow + kDay);
    EXPECT_EQ(scene.ask().grace_until, kNow + kDay);
    EXPECT_EQ(scene.at(kNow + kDay).validity, Validity::kLimited);
    scene.situation.now = kNow;
    scene.activation.not_after = *scene.licence.not_after + kDay;
    EXPECT_EQ(scene.ask().ends_at, scene.licence.not_after);
    EXPECT_EQ(scene.ask().grace_until, *scene.licence.not_after + kDay);
    scene.licence.not_after.reset();
    EXPECT_EQ(scene.ask().ends_at, scene.activation.not_after);
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

// Of three years in a row each counts in its own, in whatever order they are held.
TEST(Evaluation, ThreeLicencesInARow) {
    Licence first = TestChain::make_licence(), second = first, third = first;
    const auto begin_after = [](Licence& next, const Licence& before) {
        next.sequence = before.sequence + 1;
        next.not_before = *before.not_after;
        next.not_after = next.not_before + 365 * kDay;
    };
    begin_after(second, first);
    begin_after(third, second);
    const Licence* const orders[][3] = {
        {&first, &second, &third}, {&third, &second, &first}, {&second, &third, &first}};
    for (const auto& held : orders) {
        EXPECT_EQ(held[licence_in_force(held, kNow).value()], &first);
        EXPECT_EQ(held[licence_in_force(held, second.not_before).value()], &second);
        EXPECT_EQ(held[licence_in_force(held, third.not_before - 1).value()], &second);
        EXPECT_EQ(held[licence_in_force(held, third.not_before).value()], &third);
    }
    EXPECT_FALSE(supersedes(third, second, kNow));
    EXPECT_TRUE(supersedes(third, second, third.not_before));
}

// The present licence issued anew has a higher lic_seq than the renewal that waits for its end.
TEST(Evaluation, ARenewalFollowsWhatEndsWhenItBegins) {
    const Licence present = TestChain::make_licence();
    Licence renewal = present, again = present;
    renewal.sequence = 8;
    renewal.not_before = *present.not_after;
    renewal.not_after = renewal.not_before + 365 * kDay;
    again.sequence = 9;
    EXPECT_TRUE(supersedes(again, present, kNow));
    EXPECT_FALSE(supersedes(again, renewal, kNow));
    const Licence* held[] = {&renewal, &again};
    EXPECT_EQ(licence_in_force(held, *again.not_after - 1), 1u);
    EXPECT_EQ(licence_in_force(held, *again.not_after), 0u);
    again.not_after = renewal.not_after;
    EXPECT_TRUE(supersedes(again, renewal, kNow)) << "now it covers the renewal's time as well";
    EXPECT_EQ(licence_in_force(held, renewal.not_before), 1u);
    again.subject = "Another customer";
    EXPECT_FALSE(supersedes(again, present, kNow));
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
