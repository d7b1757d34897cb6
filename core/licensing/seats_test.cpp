#include "core/licensing/seats.hpp"

#include "core/licensing/nodes.hpp"
#include "core/licensing/test_licensing.hpp"
#include "core/licensing/usage_reporter.hpp"
#include "core/tenancy/meters.hpp"
#include "licenses/document/lease.hpp"
#include "licenses/document/usage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace mortise::licensing {
namespace {

constexpr std::uint64_t kSeats = 5;

class SeatsTest : public LicensingTest {
 protected:
    SeatsTest() {
        licenses::Limit limit(kSeats);
        limit.kind = licenses::LimitKind::kSeats;
        limit.lease = 60;
        limit.borrow = 7 * kDay;
        chain.licence.limits["editors"] = limit;
        chain.licence.limits["nodes"] = 2;
        EXPECT_EQ(install_licence(), "");
        acme.tenant = base::new_uuid(world.clock);
        acme.tenant_slug = "acme";
    }
    base::Result<Seat> check_out(const std::string& who, std::int64_t borrow_s = 0,
                                 const std::string& limit = "editors") {
        return world.write([&](storage::Unit& unit) {
            return seats.check_out(acme, unit, {.limit = limit, .holder = who, .borrow_s = borrow_s});
        });
    }
    // By threads of the test, each in a unit of its own.
    base::Result<Seat> check_out_apart(const std::string& who) {
        return tenancy::run_core(*world.database, world.clock, storage::Access::kWrite,
                                 [&](storage::Unit& unit) {
                                     return seats.check_out(acme, unit, {.limit = "editors", .holder = who});
                                 });
    }
    base::Result<Seat> renew_apart(const base::Uuid& id) {
        return tenancy::run_core(*world.database, world.clock, storage::Access::kWrite,
                                 [&](storage::Unit& unit) { return seats.renew(acme, unit, id); });
    }
    std::int64_t taken() {
        return *world.read([&](storage::Unit& unit) { return seats.count(acme, unit, "editors"); });
    }

    const Installation installation = make_installation();
    Seats seats{holder, installation, world.clock};
    base::RequestContext acme;
};

TEST_F(SeatsTest, AsManyAsTheLicenceHas) {
    for (std::uint64_t i = 0; i < kSeats; ++i)
        EXPECT_EQ(code(check_out("user " + std::to_string(i))), "");
    EXPECT_EQ(code(check_out("one more")), "license_limit_reached");
    EXPECT_EQ(taken(), 5);
}

TEST_F(SeatsTest, AHolderHasOneSeat) {
    const auto first = check_out("ada");
    ASSERT_EQ(code(first), "");
    world.clock.advance_s(30);
    const auto again = check_out("ada");
    EXPECT_EQ(again->id, first->id);
    EXPECT_GT(again->expires_at, first->expires_at) << "renewed";
    EXPECT_EQ(taken(), 1);
}

TEST_F(SeatsTest, WhoDiesGivesItsSeatBackByTime) {
    for (std::uint64_t i = 0; i < kSeats; ++i)
        EXPECT_EQ(code(check_out("user " + std::to_string(i))), "");
    world.clock.advance_s(59);
    EXPECT_EQ(code(check_out("one more")), "license_limit_reached") << "the last second";
    world.clock.advance_s(1);
    EXPECT_EQ(taken(), 0);
    EXPECT_EQ(code(check_out("one more")), "");
}

TEST_F(SeatsTest, ALeaseIsRenewedAndGivenBack) {
    const auto seat = check_out("ada");
    world.clock.advance_s(50);
    const auto renewed = world.write([&](storage::Unit& unit) { return seats.renew(acme, unit, seat->id); });
    ASSERT_EQ(code(renewed), "");
    EXPECT_EQ(renewed->expires_at, seat->expires_at + 50 * base::kMicrosPerSecond);
    auto stranger = acme;
    stranger.tenant = base::new_uuid(world.clock);
    EXPECT_EQ(code(world.write([&](storage::Unit& unit) { return seats.renew(stranger, unit, seat->id); })),
              "seat_not_found");
    EXPECT_EQ(code(world.write([&](storage::Unit& unit) { return seats.give_back(acme, unit, seat->id); })),
              "");
    EXPECT_EQ(taken(), 0);
    EXPECT_EQ(code(world.write([&](storage::Unit& unit) { return seats.give_back(acme, unit, seat->id); })),
              "seat_not_found");
}

TEST_F(SeatsTest, ABorrowedSeatStaysCounted) {
    const auto seat = check_out("ada", 2 * kDay);
    ASSERT_EQ(code(seat), "");
    EXPECT_TRUE(seat->borrowed);
    EXPECT_EQ(code(world.write([&](storage::Unit& unit) { return seats.give_back(acme, unit, seat->id); })),
              "seat_borrowed");
    const auto again = check_out("ada");
    EXPECT_EQ(again->expires_at, seat->expires_at) << "an ordinary check-out doesn't shorten it";
    world.clock.advance_s(2 * kDay - 1);
    EXPECT_EQ(taken(), 1);
    world.clock.advance_s(1);
    EXPECT_EQ(taken(), 0);
    EXPECT_EQ(code(check_out("bob", 8 * kDay)), "borrow_too_long");
}

TEST_F(SeatsTest, WithFewerSeatsThoseTakenLastAreNotRenewed) {
    std::vector<base::Uuid> ids;
    for (const char* who : {"ada", "bob", "cyd"}) {
        ids.push_back(check_out(who)->id);
        world.clock.advance_s(1);
    }
    chain.licence.sequence += 1;
    chain.licence.limits["editors"].max = 2;
    ASSERT_EQ(install(chain.licence_token()), "");
    const auto renewed = [&](const base::Uuid& id) {
        return code(world.write([&](storage::Unit& unit) { return seats.renew(acme, unit, id); }));
    };
    EXPECT_EQ(renewed(ids[2]), "license_limit_reached");
    EXPECT_EQ(renewed(ids[0]), "");
    EXPECT_EQ(renewed(ids[1]), "");
    EXPECT_EQ(taken(), 3) << "the lease goes on to its end";
    world.clock.advance_s(59);
    EXPECT_EQ(taken(), 2);
    EXPECT_EQ(code(check_out("cyd")), "license_limit_reached");
}

// A renewal at the last moment and a check-out that frees what has ended: together never more than there are.
TEST_F(SeatsTest, RenewalsAndCheckOutsAtTheEndOfALeaseShareTheLimit) {
    for (int round = 0; round < 20; ++round) {
        const std::string number = std::to_string(round);
        std::vector<base::Uuid> ids;
        for (std::uint64_t i = 0; i < kSeats; ++i)
            ids.push_back(check_out("old " + number + std::to_string(i))->id);
        world.clock.advance_s(59);
        std::vector<std::thread> threads;
        for (std::uint64_t i = 0; i < kSeats; ++i) {
            threads.emplace_back([&, i] { (void)renew_apart(ids[i]); });
            threads.emplace_back([&, i] { (void)check_out_apart("new " + number + std::to_string(i)); });
            if (i == kSeats / 2) world.clock.advance_s(1);
        }
        for (auto& thread : threads)
            thread.join();
        EXPECT_LE(taken(), static_cast<std::int64_t>(kSeats));
        world.clock.advance_s(61);
    }
}

TEST_F(SeatsTest, WhatADeletedTenantBorrowedStaysCounted) {
    ASSERT_EQ(code(check_out("ada", kDay)), "");
    ASSERT_EQ(code(check_out("bob")), "");
    tenancy::World::check(
        world.write([&](storage::Unit& unit) { return SeatData().remove_rows(unit, acme.tenant); }));
    EXPECT_EQ(taken(), 0) << "the tenant has none";
    const base::RequestContext platform;
    const auto left = *world.read([&](storage::Unit& unit) { return seats.list(platform, unit); });
    ASSERT_EQ(left.size(), 1U);
    EXPECT_TRUE(left[0].borrowed);
    EXPECT_EQ(left[0].holder.find("ada"), std::string::npos) << left[0].holder;
    for (std::uint64_t i = 1; i < kSeats; ++i)
        EXPECT_EQ(code(check_out("user " + std::to_string(i))), "");
    EXPECT_EQ(code(check_out("one more")), "license_limit_reached");
    world.clock.advance_s(kDay);
    EXPECT_EQ(code(check_out("one more")), "");
}

TEST_F(SeatsTest, WrongRequestsTakeNothing) {
    EXPECT_EQ(code(check_out("")), "invalid_holder");
    EXPECT_EQ(code(check_out(std::string(201, 'x'))), "invalid_holder");
    EXPECT_EQ(code(check_out("\xff")), "invalid_holder");
    EXPECT_EQ(code(check_out("ada", 0, "users")), "limit_not_found") << "no seats";
    EXPECT_EQ(code(check_out("ada", 0, "unheard")), "limit_not_found");
    pass(40 * kDay);
    EXPECT_EQ(code(check_out("ada")), "license_limited");
    EXPECT_EQ(taken(), 0);
}

TEST_F(SeatsTest, ManyAtOnceGetExactlyTheLimit) {
    std::atomic<int> granted{0}, refused{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i)
        threads.emplace_back([&, i] {
            const auto done = tenancy::run_core(
                *world.database, world.clock, storage::Access::kWrite, [&](storage::Unit& unit) {
                    return seats.check_out(acme, unit,
                                           {.limit = "editors", .holder = "user " + std::to_string(i)});
                });
            if (done.ok()) ++granted;
            if (code(done) == "license_limit_reached") ++refused;
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(granted.load(), 5);
    EXPECT_EQ(refused.load(), 11);
    EXPECT_EQ(taken(), 5);
}

TEST_F(SeatsTest, ALeaseCanBeShownWithoutTheServer) {
    const auto seat = check_out("ada", kDay);
    const auto lease =
        licenses::verify_lease(seats.token_of(*seat, "acme"), installation.key.public_key(), kNow);
    ASSERT_TRUE(lease.ok());
    EXPECT_EQ(lease->holder, "ada");
    EXPECT_EQ(lease->limit, "editors");
    EXPECT_EQ(lease->tenant, "acme");
    EXPECT_TRUE(lease->borrowed);
    EXPECT_EQ(lease->not_after, kNow + kDay);
    EXPECT_EQ(lease->installation, installation.id);
}

class NodesTest : public SeatsTest {
 protected:
    Nodes node() { return {holder, world.clock, base::new_uuid(world.clock), "host"}; }
    std::string join(Nodes& one) {
        return code(world.write([&](storage::Unit& unit) { return one.join(unit); }));
    }
};

TEST_F(NodesTest, NoMoreThanTheLicenceHas) {
    Nodes first = node(), second = node(), third = node();
    EXPECT_EQ(join(first), "");
    EXPECT_EQ(join(second), "");
    EXPECT_EQ(join(third), "license_limit_reached");
    EXPECT_EQ(join(first), "") << "one that starts again takes its own place";
    tenancy::World::check(world.write([&](storage::Unit& unit) { return second.leave(unit); }));
    EXPECT_EQ(join(third), "");
}

TEST_F(NodesTest, ADeadNodeCountsUntilItsHeartbeatIsOld) {
    Nodes first = node(), second = node(), third = node();
    EXPECT_EQ(join(first), "");
    EXPECT_EQ(join(second), "");
    world.clock.advance_s(Nodes::kGone.count());
    tenancy::World::check(world.write([&](storage::Unit& unit) { return second.beat(unit); }));
    EXPECT_EQ(join(third), "license_limit_reached") << "the last moment";
    world.clock.advance_s(1);
    EXPECT_EQ(join(third), "") << "the first is gone";
}

TEST_F(NodesTest, ANodeThatWasForgottenTakesAPlaceAnewOrHasNone) {
    Nodes first = node(), second = node(), third = node();
    const auto beat = [&](Nodes& one) {
        return code(world.write([&](storage::Unit& unit) { return one.beat(unit); }));
    };
    EXPECT_EQ(join(first), "");
    EXPECT_EQ(join(second), "");
    world.clock.advance_s(Nodes::kGone.count() + 1);
    EXPECT_EQ(beat(second), "") << "late, but nobody has taken its place";
    EXPECT_EQ(join(third), "");
    EXPECT_EQ(beat(first), "license_limit_reached");
    holder.set_placed(false);
    EXPECT_EQ(state(), State::kLimited);
    EXPECT_EQ(reason(), "no_place");
    tenancy::World::check(world.write([&](storage::Unit& unit) { return third.leave(unit); }));
    EXPECT_EQ(beat(first), "");
    holder.set_placed(true);
    EXPECT_EQ(state(), State::kValid);
}

TEST_F(NodesTest, AHeartbeatFromTheFutureTakesNoPlace) {
    Nodes first = node(), second = node(), third = node();
    EXPECT_EQ(join(first), "");
    world.clock.advance_s(kDay);
    EXPECT_EQ(join(second), "");
    world.clock.advance_s(-kDay);
    EXPECT_EQ(join(third), "");
}

class UsageReporterTest : public SeatsTest {
 protected:
    base::Result<UsageReportInfo> make(std::optional<tenancy::Day> to = {}) {
        tenancy::World::check(meters.flush(true));
        return world.write([&](storage::Unit& unit) { return reporter.make(unit, to); });
    }
    tenancy::Day today() { return tenancy::day_of(world.clock.now()); }

    tenancy::Meters meters{*world.database, world.clock, holder};
    UsageReporter reporter{holder, installation, world.directory, world.clock};
};

TEST_F(UsageReporterTest, ReportsTheDaysThatAreOverAndChainsThem) {
    const auto tenant = world.make_tenant("acme");
    EXPECT_EQ(code(make()), "nothing_to_report");
    tenancy::World::check(meters.count({tenant.id, "acme"}, "requests", 7));
    EXPECT_EQ(code(make()), "nothing_to_report") << "today isn't over";
    pass(kDay);
    tenancy::World::check(meters.count({tenant.id, "acme"}, "requests", 5));
    const auto first = make();
    ASSERT_EQ(code(first), "");
    const auto report = licenses::verify_usage(first->token);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->installation, installation.id);
    EXPECT_EQ(report->subject, "Customer GmbH");
    EXPECT_EQ(report->key, installation.key.public_key());
    EXPECT_EQ(report->to, today());
    const licenses::UsageRow expected{today() - 1, "acme", "requests", 7};
    EXPECT_NE(std::find(report->rows.begin(), report->rows.end(), expected), report->rows.end());
    EXPECT_EQ(licenses::check_usage_link(nullptr, *report), std::nullopt);

    pass(kDay);
    const auto second = make();
    ASSERT_EQ(code(second), "");
    const auto next = licenses::verify_usage(second->token);
    const licenses::UsageLink link{report->sequence, licenses::usage_hash(first->token), report->to,
                                   report->key};
    EXPECT_EQ(licenses::check_usage_link(&link, *next), std::nullopt);
    EXPECT_EQ(next->from, report->to);
    const licenses::UsageRow rest{today() - 1, "acme", "requests", 5};
    EXPECT_NE(std::find(next->rows.begin(), next->rows.end(), rest), next->rows.end());
    EXPECT_EQ(code(make(today() + 1)), "invalid_day");
}

}  // namespace
}  // namespace mortise::licensing
