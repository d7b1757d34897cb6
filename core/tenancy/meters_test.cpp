#include "core/tenancy/meters.hpp"

#include "core/tenancy/quota.hpp"
#include "core/tenancy/test_world.hpp"
#include "core/tenancy/usage_repository.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace mortise::tenancy {
namespace {

constexpr std::string_view kMeter = "requests";

class MetersTest : public testing::Test {
 protected:
    Day today() const { return day_of(world_.clock.now()); }
    Consumer acme() const { return {acme_, "acme"}; }
    Consumer other() const { return {other_, "other"}; }

    // What the database says was used since a day.
    std::int64_t used(const base::Uuid& tenant = {}, Day since = 0) {
        return *world_.read([&](storage::Unit& unit) {
            return repository::usage_since(unit, {kMeter, "term", since, tenant});
        });
    }
    std::int64_t total(const base::Uuid& tenant = {}) {
        return *world_.write([&](storage::Unit& unit) {
            return repository::lock_total(unit, {kMeter, "term", 0, tenant});
        });
    }
    static std::string code(const base::Status& status) { return status.ok() ? "" : status.error().code; }
    // How many of `tries` single counts are granted.
    static int granted(Meters& meters, const Consumer& consumer, int tries) {
        int count = 0;
        for (int i = 0; i < tries; ++i)
            count += meters.try_count(consumer, kMeter, 1) || meters.count(consumer, kMeter, 1).ok();
        return count;
    }

    World world_;
    TestLimits& limits_ = world_.limits;
    Meters meters_{*world_.database, world_.clock, limits_};
    const base::Uuid acme_ = base::new_uuid(world_.clock);
    const base::Uuid other_ = base::new_uuid(world_.clock);
};

TEST_F(MetersTest, CountsByTenantAndDay) {
    EXPECT_FALSE(meters_.try_count(acme(), kMeter, 1)) << "there is no block yet";
    EXPECT_EQ(granted(meters_, acme(), 100), 100);
    EXPECT_EQ(code(meters_.count(other(), kMeter, 7)), "");
    EXPECT_GE(used(acme_), 100) << "what is written is never too low";
    World::check(meters_.flush(true));
    EXPECT_EQ(used(acme_), 100);
    EXPECT_EQ(used(other_), 7);
    EXPECT_EQ(used(), 107);

    world_.clock.advance_s(86400);
    EXPECT_EQ(granted(meters_, acme(), 5), 5);
    World::check(meters_.flush(true));
    EXPECT_EQ(used(acme_, today()), 5);
    EXPECT_EQ(used(acme_), 105);
}

TEST_F(MetersTest, ABlockLeftOverAtMidnightGoesBackToItsDay) {
    EXPECT_EQ(granted(meters_, acme(), 50), 50);
    const Day yesterday = today();
    world_.clock.advance_s(86400);
    EXPECT_EQ(granted(meters_, acme(), 1), 1);
    World::check(meters_.flush(true));
    EXPECT_EQ(used(acme_, yesterday), 51);
    EXPECT_EQ(used(acme_, yesterday + 1), 1);
}

TEST_F(MetersTest, AHardLimitIsReachedExactly) {
    limits_.rules[std::string(kMeter)] = {.total = 1000};
    EXPECT_EQ(granted(meters_, acme(), 700) + granted(meters_, other(), 700), 1000);
    const auto refused = meters_.count(acme(), kMeter, 1);
    EXPECT_EQ(code(refused), "license_limit_reached");
    EXPECT_NE(refused.error().detail.find("1000 requests"), std::string::npos) << refused.error().detail;
    World::check(meters_.flush(true));
    EXPECT_EQ(used(), 1000);
    EXPECT_EQ(total(), 1000);
}

TEST_F(MetersTest, WhatIsRefusedCountsNothing) {
    limits_.rules[std::string(kMeter)] = {.total = 10};
    EXPECT_EQ(code(meters_.count(acme(), kMeter, 11)), "license_limit_reached");
    EXPECT_EQ(code(meters_.count(acme(), kMeter, 10)), "");
    EXPECT_EQ(code(meters_.count(acme(), kMeter, UINT64_MAX)), "license_limit_reached");
    World::check(meters_.flush(true));
    EXPECT_EQ(used(), 10);
}

TEST_F(MetersTest, ATenantHasItsOwnLimit) {
    limits_.rules[std::string(kMeter)] = {.total = 100, .of_tenant = 30};
    EXPECT_EQ(granted(meters_, acme(), 100), 30);
    EXPECT_EQ(granted(meters_, other(), 100), 30);
    EXPECT_NE(meters_.count(acme(), kMeter, 1).error().detail.find("in this tenant"), std::string::npos);
}

TEST_F(MetersTest, ASoftLimitRefusesNothing) {
    limits_.rules[std::string(kMeter)] = {.total = 10, .soft = true};
    EXPECT_EQ(granted(meters_, acme(), 50), 50);
    World::check(meters_.flush(true));
    EXPECT_EQ(used(), 50);
}

// What is counted while the database can't be written is neither refused nor lost.
TEST_F(MetersTest, WhereNothingIsRefusedABusyDatabaseStopsNobody) {
    EXPECT_EQ(granted(meters_, acme(), 1), 1);
    World::check(meters_.flush(true));
    {
        auto held = *world_.database->begin_core(storage::Access::kWrite, test::soon());
        World::check(repository::add_usage(*held, today(), acme_, kMeter, 1));
        const auto begun = std::chrono::steady_clock::now();
        EXPECT_EQ(granted(meters_, acme(), 20), 20);
        EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(8));
        limits_.rules[std::string(kMeter)] = {.total = 1000};
        EXPECT_FALSE(meters_.count(acme(), kMeter, 1).ok()) << "a hard limit can't be looked up";
        limits_.rules.clear();
    }
    World::check(meters_.flush(true));
    EXPECT_EQ(used(acme_), 21);
    EXPECT_EQ(total(acme_), 21);
}

TEST_F(MetersTest, ALimitThatComesLaterCountsWhatWas) {
    EXPECT_EQ(granted(meters_, acme(), 40), 40);
    World::check(meters_.flush(true));
    limits_.rules[std::string(kMeter)] = {.total = 50};
    EXPECT_EQ(granted(meters_, acme(), 40), 10);
}

TEST_F(MetersTest, APeriodBeginsAnew) {
    limits_.rules[std::string(kMeter)] = {.total = 10, .period = "day", .since = today()};
    EXPECT_EQ(granted(meters_, acme(), 20), 10);
    world_.clock.advance_s(86400);
    limits_.rules[std::string(kMeter)].since = today();
    EXPECT_EQ(granted(meters_, acme(), 20), 10);
}

TEST_F(MetersTest, WhatIsGivenBackMayBeUsed) {
    limits_.rules[std::string(kMeter)] = {.total = 10};
    EXPECT_EQ(code(meters_.count(acme(), kMeter, 10)), "");
    meters_.give_back(acme(), kMeter, 4);
    EXPECT_EQ(granted(meters_, acme(), 10), 4);
}

TEST_F(MetersTest, ANodeThatDiesTakesItsBlockWithIt) {
    limits_.rules[std::string(kMeter)] = {.total = 1000};
    int before = 0;
    {
        Meters dying(*world_.database, world_.clock, limits_);
        before = granted(dying, acme(), 300);
        EXPECT_EQ(before, 300);
    }
    const int after = granted(meters_, acme(), 1000);
    EXPECT_LE(before + after, 1000) << "never over-grants";
    EXPECT_GE(before + after, 800) << "and loses no more than a block";
}

TEST_F(MetersTest, NodesAndThreadsTogetherGrantNoMoreThanTheLimit) {
    constexpr int kLimit = 500;
    limits_.rules[std::string(kMeter)] = {.total = kLimit};
    Meters second(*world_.database, world_.clock, limits_);
    std::atomic<int> all{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            Meters& node = i % 2 == 0 ? meters_ : second;
            all += granted(node, i % 4 < 2 ? acme() : other(), 100);
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_LE(all.load(), kLimit);
    World::check(meters_.flush(true));
    World::check(second.flush(true));
    EXPECT_EQ(used(), all.load()) << "with nothing held, the database knows exactly what was granted";
    EXPECT_EQ(total(), all.load());
    all += granted(meters_, acme(), kLimit);
    EXPECT_EQ(all.load(), kLimit) << "what was given back can be used";
}

// Who is refused gives back what others hold and asks again, so that counting and emptying meet most often
// just at the limit.
TEST_F(MetersTest, ThreadsAtTheLimitGrantExactlyIt) {
    constexpr int kLimit = 20'000;
    limits_.rules[std::string(kMeter)] = {.total = kLimit};
    std::atomic<int> sum{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            const Consumer who = i % 2 == 0 ? acme() : other();
            sum += granted(meters_, who, kLimit / 4 + 200);
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(sum, kLimit);
    World::check(meters_.flush(true));
    EXPECT_EQ(used(), kLimit);
}

TEST_F(MetersTest, ABusyMeterKeepsItsBlockARestingOneGivesItBack) {
    EXPECT_EQ(granted(meters_, acme(), 20), 20);
    World::check(meters_.flush(false));
    EXPECT_GT(used(acme_), 20) << "it was used since the last flush";
    World::check(meters_.flush(false));
    EXPECT_EQ(used(acme_), 20);
}

TEST_F(MetersTest, ADayKeepsTheMostOfWhatIsThere) {
    const auto raise = [&](std::int64_t quantity) {
        World::check(world_.write([&](storage::Unit& unit) -> base::Status {
            return repository::raise_usage(unit, today(), acme_, "users", quantity);
        }));
    };
    raise(3);
    raise(8);
    raise(5);
    const auto rows =
        *world_.read([&](storage::Unit& unit) { return repository::usage(unit, acme_, 0, today() + 1); });
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].quantity, 8U);
    EXPECT_EQ(rows[0].kind, MeterKind::kMax);
    EXPECT_EQ(rows[0].day, today());
}

// What a tenant used counts when the tenant is gone, and names it no longer.
TEST_F(MetersTest, WhatALeaverUsedStaysCounted) {
    limits_.rules["requests"] = {.total = 100, .of_tenant = {}};
    EXPECT_EQ(granted(meters_, acme(), 30), 30);
    EXPECT_EQ(granted(meters_, other(), 12), 12);
    World::check(meters_.flush(true));
    World::check(world_.write([&](storage::Unit& unit) -> base::Status {
        MORTISE_TRY(repository::raise_usage(unit, today(), acme_, "users", 5));
        MORTISE_TRY(repository::raise_usage(unit, today(), {}, "users", 3));
        MORTISE_TRY(repository::fold_usage(unit, acme_));
        return repository::fold_usage(unit, other_);
    }));
    const auto rows =
        *world_.read([&](storage::Unit& unit) { return repository::usage(unit, {}, 0, today() + 1); });
    ASSERT_EQ(rows.size(), 2U);
    for (const UsageRow& row : rows) {
        EXPECT_TRUE(row.tenant.is_nil());
        EXPECT_EQ(row.quantity, row.meter == "users" ? 5U : 42U) << row.meter;
    }
    EXPECT_EQ(total(), 42);
    EXPECT_EQ(granted(meters_, acme(), 100), 58) << "nobody gets more by leaving";
}

TEST(Days, BeginAtMidnight) {
    EXPECT_EQ(day_of(0), 0);
    EXPECT_EQ(day_of(86400 * base::kMicrosPerSecond - 1), 0);
    EXPECT_EQ(day_of(86400 * base::kMicrosPerSecond), 1);
    EXPECT_EQ(day_of(-1), -1);
}

TEST(Quota, OneMoreUpToTheLimit) {
    base::SystemClock clock;
    TestLimits limits(clock);
    EXPECT_TRUE(check_one_more(limits, "users", "acme", {1000, 1000}).ok()) << "without a limit";
    limits.rules["users"] = {.total = 10, .of_tenant = 3};
    EXPECT_TRUE(check_one_more(limits, "users", "acme", {9, 2}).ok());
    EXPECT_EQ(check_one_more(limits, "users", "acme", {10, 2}).error().code, "license_limit_reached");
    EXPECT_EQ(check_one_more(limits, "users", "acme", {9, 3}).error().code, "license_limit_reached");
    limits.rules["users"].soft = true;
    EXPECT_TRUE(check_one_more(limits, "users", "acme", {10, 3}).ok());
}

}  // namespace
}  // namespace mortise::tenancy
