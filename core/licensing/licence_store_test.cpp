#include "core/licensing/licence_store.hpp"

#include "core/licensing/document_repository.hpp"
#include "core/licensing/test_licensing.hpp"
#include "core/licensing/time_state.hpp"
#include "core/licensing/usage_reporter.hpp"
#include "licenses/document/fingerprint.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// What is kept of several documents, what of them counts later, and what a key that leaked can't do for ever.
namespace mortise::licensing {
namespace {

using licenses::KeyStatus;
using licenses::SecretKey;

const licenses::MachineIds kHere{{"machine_id", {"this"}}};
const licenses::MachineIds kElsewhere{{"machine_id", {"another"}}};

class LicenceStoreTest : public LicensingTest {
 protected:
    static constexpr Seconds kYear = 365 * kDay;

    LicenceStoreTest() {
        chain.keyset.keys[0].uses = {"act", "crl", "lic"};
        holder.set_machine(kHere);
    }
    // The licence of the test bent to another id, sequence and term.
    licenses::Licence& bend(std::uint64_t sequence, Seconds begin, Seconds end) {
        chain.licence.id = "0192f0c1-2b3c-7d4e-8f50-" + std::to_string(100000000000 + sequence);
        chain.licence.sequence = sequence;
        chain.licence.not_before = begin;
        chain.licence.not_after = end;
        return chain.licence;
    }
    std::string install_update(const licenses::RevocationList& list, const SecretKey& by) {
        licenses::Bundle update;
        update.keyset = chain.keyset_token();
        update.revocations = licenses::sign_revocations(list, by);
        return install(licenses::format_bundle(update));
    }
    std::string install_with(const licenses::Activation& activation, const SecretKey& by) {
        return install(licenses::format_bundle({chain.keyset_token(),
                                                chain.licence_token(),
                                                "",
                                                licenses::sign_activation(activation, by),
                                                {}}));
    }
    static licenses::RevocationList list_of(std::uint64_t sequence,
                                            const std::vector<std::string>& ids = {}) {
        std::vector<licenses::DocumentId> raw;
        for (const std::string& id : ids)
            raw.push_back(licenses::document_id(id));
        return {"Tenon Ltd", kNow, sequence, std::move(raw)};
    }
    licenses::Activation activation_here() const {
        licenses::Activation out;
        out.issuer = chain.licence.issuer;
        out.subject = chain.licence.subject;
        out.id = "0192f0c1-0000-7000-8000-0000000000aa";
        out.request_id = "0192f0c1-0000-7000-8000-0000000000ab";
        out.issued_at = kNow;
        out.licence_id = chain.licence.line_id();
        out.installation = "installation";
        out.key = chain.signer.public_key();
        out.binding = {false, licenses::MatchRule::kAll, licenses::make_fingerprint(kHere)};
        return out;
    }
    // A key of the vendor's for these uses, which leaks.
    SecretKey add_key(std::vector<std::string> uses) {
        SecretKey key = SecretKey::generate();
        chain.keyset.sequence++;
        chain.keyset.keys.push_back({key.public_key(), std::move(uses), KeyStatus::kActive, {}});
        return key;
    }
    void compromise_last_key() {
        chain.keyset.sequence++;
        chain.keyset.keys.back().status = KeyStatus::kCompromised;
    }
    std::string id() const { return holder.snapshot()->licence_id; }
};

// ---- a key that leaked ----

// With it a customer can have a list that is newer than all, and names nothing.
TEST_F(LicenceStoreTest, AListOfALeakedKeyStandsInNobodysWay) {
    const SecretKey leaked = add_key({"crl"});
    ASSERT_EQ(install_licence(), "");
    ASSERT_EQ(install_update(list_of(1'000'000'000), leaked), "") << "nobody knows yet";
    EXPECT_EQ(install_update(list_of(2, {chain.licence.id}), chain.signer), "license_crl_rollback");
    compromise_last_key();
    EXPECT_EQ(install_update(list_of(2, {chain.licence.id}), chain.signer), "");
    EXPECT_EQ(reason(), "revoked");
    EXPECT_EQ(install_update(list_of(1), chain.signer), "license_crl_rollback") << "of a good key, as ever";
}

// The same by a bundle, in which a list that is older would be passed over.
TEST_F(LicenceStoreTest, ABundlesListTakesThePlaceOfALeakedKeys) {
    const SecretKey leaked = add_key({"crl"});
    ASSERT_EQ(install_update(list_of(1'000'000'000, {"0192f0c1-0000-7000-8000-000000000099"}), leaked), "");
    compromise_last_key();
    chain.licence.crl_sequence_min = 2;
    EXPECT_EQ(install_licence(), "license_crl_required") << "the held list proves nothing";
    const std::string bundle = licenses::format_bundle({chain.keyset_token(),
                                                        chain.licence_token(),
                                                        licenses::sign_revocations(list_of(2), chain.signer),
                                                        "",
                                                        {}});
    EXPECT_EQ(install(bundle), "");
    EXPECT_EQ(holder.documents()->revocations->sequence(), 2U);
    EXPECT_EQ(state(), State::kValid);
}

TEST_F(LicenceStoreTest, AnActivationOfALeakedKeyCountsNoLonger) {
    const SecretKey leaked = add_key({"act"});
    chain.licence.binding = licenses::Binding{.by_activation = true};
    ASSERT_EQ(install_with(activation_here(), leaked), "");
    EXPECT_EQ(state(), State::kValid);
    compromise_last_key();
    ASSERT_EQ(install_update(list_of(1), chain.signer), "");
    EXPECT_EQ(state(), State::kLimited);
    EXPECT_EQ(reason(), "not_activated");
    bend(8, kNow, kNow + kYear);
    chain.licence.line = licenses::testing::TestChain::make_licence().id;
    EXPECT_EQ(install_licence(), "license_not_activated") << "the forged one serves no new licence";
    EXPECT_EQ(install_with(activation_here(), chain.signer), "");
    EXPECT_EQ(state(), State::kValid);
}

// Nor does a forged licence keep every later one out by its sequence.
TEST_F(LicenceStoreTest, ALicenceOfALeakedKeyStandsInNobodysWay) {
    const SecretKey leaked = add_key({"lic"});
    ASSERT_EQ(install_licence(), "");
    bend(1'000'000'000, kNow - kDay, kNow + 100 * kYear);
    const std::string forged = licenses::sign_licence(chain.licence, leaked);
    ASSERT_EQ(install(licenses::format_bundle({chain.keyset_token(), forged})), "");
    bend(8, kNow - kDay, kNow + kYear);
    EXPECT_EQ(install_licence(), "license_superseded") << "nobody knows yet";
    compromise_last_key();
    ASSERT_EQ(install_update(list_of(1), chain.signer), "");
    EXPECT_EQ(reason(), "key_compromised");
    EXPECT_EQ(code(holder.entitled_plugin("milestones")), "") << "reading goes on";
    EXPECT_EQ(install_licence(), "");
    EXPECT_EQ(id(), chain.licence.id);
    EXPECT_EQ(state(), State::kValid);
}

// While the new one waits, reading goes on with the old one; and then the new one counts.
TEST_F(LicenceStoreTest, AWaitingLicenceTakesOverFromALeakedKeys) {
    const SecretKey leaked = add_key({"lic"});
    bend(1'000'000'000, kNow - kDay, kNow + 100 * kYear);
    const std::string forged = licenses::sign_licence(chain.licence, leaked);
    ASSERT_EQ(install(licenses::format_bundle({chain.keyset_token(), forged})), "");
    compromise_last_key();
    bend(8, kNow + kDay, kNow + kYear);
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(reason(), "key_compromised");
    EXPECT_EQ(code(holder.entitled_plugin("milestones")), "");
    pass(kDay);
    EXPECT_EQ(id(), chain.licence.id);
    EXPECT_EQ(state(), State::kValid);
}

// ---- several licences ----

TEST_F(LicenceStoreTest, ThreeLicencesInARow) {
    const Seconds ends = kNow + 30 * kDay;
    bend(1, kNow - kDay, ends);
    const std::string first = chain.bundle(), first_id = chain.licence.id;
    bend(2, ends, ends + kYear);
    const std::string second = chain.bundle(), second_id = chain.licence.id;
    bend(3, ends + kYear, ends + 2 * kYear);
    const std::string third = chain.bundle(), third_id = chain.licence.id;
    for (const std::string* text : {&first, &second, &third, &second, &first})
        EXPECT_EQ(install(*text), "");
    EXPECT_EQ(id(), first_id);
    EXPECT_EQ(holder.snapshot()->upcoming->licence_id, second_id) << "the next one";
    pass(30 * kDay);
    EXPECT_EQ(id(), second_id);
    EXPECT_EQ(state(), State::kValid);
    EXPECT_EQ(holder.snapshot()->upcoming->licence_id, third_id);
    EXPECT_EQ(install(first), "license_superseded");
    EXPECT_EQ(install(third), "");
    pass(kYear - 1);
    EXPECT_EQ(id(), second_id) << "to its last second";
    pass(1);
    EXPECT_EQ(id(), third_id);
    EXPECT_EQ(state(), State::kValid);
    EXPECT_EQ(install(second), "license_superseded");
}

// The middle one is installed last.
TEST_F(LicenceStoreTest, ARenewalOfTheYearBetweenIsNoOldOne) {
    const Seconds ends = kNow + 30 * kDay;
    bend(1, kNow - kDay, ends);
    ASSERT_EQ(install_licence(), "");
    bend(3, ends + kYear, ends + 2 * kYear);
    ASSERT_EQ(install_licence(), "");
    bend(2, ends, ends + kYear);
    EXPECT_EQ(install_licence(), "");
    pass(30 * kDay);
    EXPECT_EQ(id(), chain.licence.id);
    EXPECT_EQ(state(), State::kValid);
}

// The present one is issued anew, with a higher sequence than the renewal that waits.
TEST_F(LicenceStoreTest, AReissueDoesNotCostTheRenewal) {
    const Seconds ends = kNow + 30 * kDay;
    bend(1, kNow - kDay, ends);
    ASSERT_EQ(install_licence(), "");
    bend(2, ends, ends + kYear);
    const std::string renewal = chain.licence.id;
    ASSERT_EQ(install_licence(), "");
    bend(3, kNow - kDay, ends);
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(id(), chain.licence.id);
    ASSERT_TRUE(holder.snapshot()->upcoming);
    EXPECT_EQ(holder.snapshot()->upcoming->licence_id, renewal);
    pass(30 * kDay);
    EXPECT_EQ(id(), renewal);
    EXPECT_EQ(state(), State::kValid);
}

// One that covers the renewal's time as well takes its place: what was smaller doesn't grow again.
TEST_F(LicenceStoreTest, ADowngradeTakesThePlaceOfTheRenewal) {
    const Seconds ends = kNow + 30 * kDay;
    bend(2, ends, ends + kYear);
    const std::string large = chain.bundle();
    ASSERT_EQ(install(large), "");
    bend(3, ends, ends + kYear).limits["users"] = 5;
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(install(large), "license_superseded");
    pass(30 * kDay);
    EXPECT_EQ(id(), chain.licence.id);
    EXPECT_EQ(install(large), "license_superseded");
}

// What can't work here is said when it is installed, not a year later.
TEST_F(LicenceStoreTest, AnEarlyRenewalThatCannotWorkIsRefusedAtOnce) {
    ASSERT_EQ(install_licence(), "");
    const std::string present = chain.licence.id;
    bend(8, kNow + 30 * kDay, kNow + kYear);
    chain.licence.binding = licenses::Binding{.fingerprint = licenses::make_fingerprint(kElsewhere)};
    EXPECT_EQ(install_licence(), "license_wrong_machine");
    chain.licence.binding = licenses::Binding{.by_activation = true};
    EXPECT_EQ(install_licence(), "license_not_activated");
    chain.licence.binding.reset();
    chain.licence.crl_sequence_min = 5;
    EXPECT_EQ(install_licence(), "license_crl_required");
    chain.licence.crl_sequence_min = 0;
    ASSERT_EQ(install_update(list_of(5, {chain.licence.id}), chain.signer), "");
    EXPECT_EQ(install_licence(), "license_revoked");
    EXPECT_FALSE(holder.snapshot()->upcoming);
    EXPECT_EQ(id(), present);
    EXPECT_EQ(state(), State::kValid);
    bend(9, kNow + 30 * kDay, kNow + kYear);
    EXPECT_EQ(install_licence(), "");
}

// Each line of licences has an activation of its own.
TEST_F(LicenceStoreTest, TheActivationOfAnotherLineIsKeptBesideThePresentOnes) {
    chain.licence.binding = licenses::Binding{.by_activation = true};
    ASSERT_EQ(install_with(activation_here(), chain.signer), "");
    bend(8, kNow + 30 * kDay, kNow + kYear);
    ASSERT_EQ(install_with(activation_here(), chain.signer), "");
    EXPECT_EQ(state(), State::kValid) << "the present one is activated still";
    pass(30 * kDay);
    EXPECT_EQ(id(), chain.licence.id);
    EXPECT_EQ(state(), State::kValid);
    EXPECT_EQ(holder.documents()->activations.size(), 2U);
}

TEST_F(LicenceStoreTest, ADetourByAnotherCustomerBringsNothingBack) {
    const std::string large = chain.bundle();
    bend(8, kNow - kDay, kNow + kYear).limits["users"] = 5;
    ASSERT_EQ(install_licence(), "");
    const std::string small = chain.bundle();
    chain.licence.subject = "Another GmbH";
    bend(1, kNow - kDay, kNow + kYear);
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(install(large), "license_superseded");
    for (int i = 0; i < 3; ++i) {
        chain.licence.subject = "Customer " + std::to_string(i);
        ASSERT_EQ(install_licence(), "");
    }
    EXPECT_EQ(install(large), "license_superseded") << "by several as well";
    EXPECT_EQ(install(small), "") << "back to what was held";
    EXPECT_EQ(holder.snapshot()->limits.at("users").max, 5U);
}

// A licence of another customer may wait, too, whatever its sequence.
TEST_F(LicenceStoreTest, AnotherCustomersLicenceTakesOverWhenItBegins) {
    ASSERT_EQ(install_licence(), "");
    const std::string present = chain.licence.id;
    bend(1, kNow + kDay, kNow + kYear).subject = "Heir GmbH";
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(id(), present);
    pass(kDay);
    EXPECT_EQ(holder.snapshot()->subject, "Heir GmbH");
}

// A token that is stored and can't be read any more takes no other's place.
TEST_F(LicenceStoreTest, AStoredTokenThatIsRefusedConfusesNothing) {
    ASSERT_EQ(install_licence(), "");
    const std::string present = chain.licence.id;
    tenancy::World::check(world.write([&](storage::Unit& unit) {
        return repository::replace_documents(unit, "licence", {"v4.public.AAAA", chain.licence_token()},
                                             world.clock.now());
    }));
    bend(8, kNow + 30 * kDay, kNow + kYear);
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(id(), present);
    const auto stored = *world.read([](storage::Unit& unit) { return repository::documents(unit); });
    EXPECT_EQ(stored.licences.size(), 2U);
    EXPECT_EQ(stored.licences.back(), chain.licence_token());
}

// ---- clocks ----

// A customer's clock may be a little behind the vendor's; the edge is exact.
TEST_F(LicenceStoreTest, ADocumentMayBeFiveMinutesAhead) {
    chain.licence.issued_at = kNow + 301;
    bend(8, kNow + 301, kNow + kYear);
    const std::string too_early = chain.bundle();
    const auto refused = world.write([&](storage::Unit& unit) { return store.install(unit, too_early); });
    EXPECT_EQ(code(refused), "license_issued_in_future");
    EXPECT_NE(refused.error().detail.find(licenses::format_time(kNow + 301)), std::string::npos);
    EXPECT_NE(refused.error().detail.find(licenses::format_time(kNow)), std::string::npos) << "both times";
    EXPECT_EQ(state(), State::kUnlicensed);
    chain.licence.issued_at = kNow + 300;
    bend(8, kNow + 300, kNow + kYear);
    EXPECT_EQ(install_licence(), "");
    EXPECT_EQ(state(), State::kValid) << "it says how late it is, so it has begun";
    EXPECT_EQ(holder.now() / base::kMicrosPerSecond, kNow + 300);
    // Not for what begins later than it was issued, and once: the time has been learnt.
    bend(9, kNow + 301, kNow + kYear);
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(holder.snapshot()->upcoming->licence_id, chain.licence.id);
}

TEST_F(LicenceStoreTest, WarnsOfWhatEndsBeforeTheLicence) {
    chain.licence.not_after = kNow + kYear;
    chain.licence.plugins["rules"].not_after = kNow + 31 * kDay;
    ASSERT_EQ(install_licence(), "");
    EXPECT_EQ(holder.snapshot()->warning, "");
    pass(kDay);
    EXPECT_EQ(holder.snapshot()->warning, "expiring; plugin=rules; days_left=30; until=2027-02-15T08:00:00Z");
    pass(30 * kDay);
    EXPECT_EQ(holder.snapshot()->warning, "") << "it has ended; requests say so";
}

TEST_F(LicenceStoreTest, WarnsBeforeAnActivationEnds) {
    chain.licence.not_after = kNow + kYear;
    chain.licence.binding = licenses::Binding{.by_activation = true};
    licenses::Activation activation = activation_here();
    activation.not_after = kNow + 31 * kDay;
    ASSERT_EQ(install_with(activation, chain.signer), "");
    pass(kDay);
    EXPECT_EQ(holder.snapshot()->days_left, 30);
    EXPECT_EQ(holder.snapshot()->warning.substr(0, 22), "expiring; days_left=30");
    pass(30 * kDay);
    EXPECT_EQ(state(), State::kLimited);
    EXPECT_EQ(reason(), "not_activated");
    EXPECT_EQ(holder.snapshot()->days_left, 0);
}

// A clock that can be wrong, while running time is right.
class WrongClock final : public base::Clock {
 public:
    explicit WrongClock(const base::Clock& truth) : truth_(truth) {}
    base::Micros now() const noexcept override { return truth_.now() + wrong_by; }
    base::Monotonic monotonic() const noexcept override { return truth_.monotonic(); }

    base::Micros wrong_by = 0;

 private:
    const base::Clock& truth_;
};

class WrongClockTest : public LicenceStoreTest {
 protected:
    static constexpr Seconds kJump = 10 * kYear;

    WrongClockTest() : installation(make_installation()) {}

    // A node as it starts, with its own file.
    struct Node {
        Node(WrongClockTest& test, std::filesystem::path file)
            : test_(test),
              time(test.clock),
              holder(time, test.roots),
              store(holder, test.log, test.clock),
              time_state(time, std::move(file), test.installation.secret, test.log) {
            tenancy::World::check(
                test.world.read([&](storage::Unit& unit) { return time_state.load(unit); }));
            load();
            time.tick();
            holder.evaluate();
        }
        void load() {
            tenancy::World::check(test_.world.read([&](storage::Unit& unit) { return store.load(unit); }));
        }
        std::string install(const std::string& text) {
            return code(test_.world.write([&](storage::Unit& unit) { return store.install(unit, text); }));
        }
        void save() {
            tenancy::World::check(
                test_.world.write([&](storage::Unit& unit) { return time_state.save(unit); }));
            holder.evaluate();
        }
        State state() const { return holder.snapshot()->state; }

        WrongClockTest& test_;
        TimeKeeper time;
        LicenceHolder holder;
        LicenceStore store;
        TimeState time_state;
    };
    // So long that the mark follows, and put right again.
    void jump(Node& node) {
        node.time.tick();
        world.clock.advance_s(25 * 3600);
        node.time.tick();  // until now it was right
        clock.wrong_by = kJump * base::kMicrosPerSecond;
        node.time.tick();
        world.clock.advance_s(25 * 3600);
        node.time.tick();
        clock.wrong_by = 0;
        node.save();
    }
    std::string renewal() {
        chain.licence.issued_at = world.clock.now() / base::kMicrosPerSecond;
        bend(8, chain.licence.issued_at, chain.licence.issued_at + kYear);
        return chain.bundle();
    }
    std::filesystem::path file(const char* name) { return world.database.folder() / name; }

    WrongClock clock{world.clock};
    const Installation installation;
};

TEST_F(WrongClockTest, WhatALicenceForgaveOutlivesACrash) {
    {
        Node node(*this, file("one"));
        ASSERT_EQ(node.install(chain.bundle()), "");
        node.load();
        jump(node);
        ASSERT_EQ(node.state(), State::kLimited) << "the mark has followed the clock";
        ASSERT_EQ(node.install(renewal()), "");
        // Killed before anything is kept.
    }
    Node again(*this, file("one"));
    EXPECT_EQ(again.state(), State::kValid);
    EXPECT_EQ(again.holder.now(), world.clock.now());
}

TEST_F(WrongClockTest, ANodeThatWasDownDoesNotBringAForgivenJumpBack) {
    Node node(*this, file("one"));
    ASSERT_EQ(node.install(chain.bundle()), "");
    node.load();
    jump(node);
    std::filesystem::copy_file(file("one"), file("two"));
    ASSERT_EQ(node.install(renewal()), "");
    node.load();
    node.save();
    ASSERT_EQ(node.state(), State::kValid);
    Node late(*this, file("two"));
    EXPECT_EQ(late.state(), State::kValid);
    late.save();
    node.save();
    EXPECT_EQ(node.state(), State::kValid);
    EXPECT_EQ(node.holder.now(), world.clock.now());
}

// A first licence forgives as well: the vendor has looked at the matter.
TEST_F(WrongClockTest, TheFirstLicenceForgivesAJump) {
    Node node(*this, file("one"));
    jump(node);
    ASSERT_EQ(node.install(renewal()), "");
    node.load();
    EXPECT_EQ(node.state(), State::kValid);
    jump(node);
    ASSERT_EQ(node.state(), State::kLimited);
    EXPECT_EQ(node.install(chain.bundle()), "") << "the same once more";
    node.load();
    EXPECT_EQ(node.state(), State::kLimited) << "but it forgives once";
}

// A clock that is ahead makes no report of days that are not over: it would leave none for ten years.
TEST_F(WrongClockTest, NoReportOfDaysToCome) {
    Node node(*this, file("one"));
    chain.licence.issued_at = kNow;
    ASSERT_EQ(node.install(chain.bundle()), "");
    node.load();
    UsageReporter reporter(node.holder, installation, world.directory, clock);
    const auto make = [&](std::optional<tenancy::Day> to = {}) {
        return world.write([&](storage::Unit& unit) { return reporter.make(unit, to); });
    };
    const tenancy::Day today = tenancy::day_of(world.clock.now());
    const storage::Statement count{
        "test.count",
        "INSERT INTO usage (tenant_id, day, meter, kind, quantity) VALUES ($1, $2, 'requests', 'sum', 1)",
        {storage::Type::kUuid, storage::Type::kInteger}};
    tenancy::World::check(world.write([&](storage::Unit& unit) -> base::Status {
        MORTISE_TRY(unit.run(count, {base::Uuid{}, std::int64_t{today} - 1}));
        return {};
    }));
    clock.wrong_by = kJump * base::kMicrosPerSecond;
    node.time.tick();
    EXPECT_EQ(code(make(today + 1)), "invalid_day");
    const auto made = make();
    ASSERT_EQ(code(made), "");
    EXPECT_EQ(made->to, today);
    EXPECT_EQ(code(make()), "nothing_to_report");
    clock.wrong_by = 0;
    world.clock.advance_s(kDay);
    node.time.tick();
    const auto next = make();
    ASSERT_EQ(code(next), "") << "the next day is reported as ever";
    EXPECT_EQ(next->to, today + 1);
}

}  // namespace
}  // namespace mortise::licensing
