#include "core/flags/flag_usage.hpp"

#include "core/flags/stale_flags.hpp"
#include "core/flags/test_service.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace mortise::flags {
namespace {

class FlagUsageTest : public ServiceTest {
 protected:
    Subject subject(const base::RequestContext& context, std::string_view user) const {
        return {.tenant = context.tenant,
                .tenant_slug = context.tenant_slug,
                .plan = context.plan,
                .targeting_key = user,
                .attributes = {},
                .now = world.clock.now() / base::kMicrosPerSecond};
    }
    void ask(const base::RequestContext& context, std::string_view key, int times = 1,
             std::string_view user = "u") {
        const auto set = store.read();
        const auto asked = subject(context, user);
        for (int i = 0; i < times; ++i)
            usage.begin(set, asked, context.environment)(set->evaluate(asked, key));
    }
    void write() { tenancy::World::check(usage.flush()); }
    // Such as "on 3, off 1", of all days from one on.
    std::string counted(const base::RequestContext& context, std::string_view key, tenancy::Day from = 0) {
        std::string all;
        const auto rows = world.read([&](storage::Unit& unit) {
            return repository::flag_usage(unit, {context.tenant, context.environment, key}, from);
        });
        if (!rows) return rows.error().code;
        for (const auto& row : *rows)
            all += (row.variant.empty() ? "-" : row.variant) + " " + std::to_string(row.quantity) + ", ";
        return all;
    }
    std::string stale(const base::RequestContext& context, std::int64_t days) {
        const auto before = world.clock.now() - days * 86'400 * base::kMicrosPerSecond;
        const auto page = world.read([&](storage::Unit& unit) {
            return stale_flags(context, unit, {.limit = 100, .cursor = {}}, before);
        });
        if (!page) return page.error().code;
        std::string all;
        for (const auto& one : page->items)
            all += one.flag.key + (one.evaluated ? "=" + one.variant : "") + " ";
        return all;
    }
    void days_pass(std::int64_t days) { world.clock.advance_s(days * 86'400); }

    FlagUsage usage{*world.database, world.clock};
};

TEST_F(FlagUsageTest, AnswersAreCountedByTenantAndVariant) {
    ASSERT_TRUE(put(platform, "f", flag("off")));
    ASSERT_TRUE(override_with(acme, "f", "ada", "on"));
    ask(acme, "f", 3);
    ask(acme, "f", 2, "ada");
    ask(other, "f", 4);
    ask(platform, "f", 5);
    ask(acme, "nope", 7);
    EXPECT_EQ(counted(acme, "f"), "") << "not written yet";
    write();
    EXPECT_EQ(counted(acme, "f"), "off 3, on 2, ");
    EXPECT_EQ(counted(other, "f"), "off 4, ");
    EXPECT_EQ(counted(platform, "f"), "off 12, on 2, ") << "all who inherit it";
    EXPECT_EQ(counted(acme, "nope"), "");
    ask(acme, "f");
    write();
    write();
    EXPECT_EQ(counted(acme, "f"), "off 4, on 2, ");
}

TEST_F(FlagUsageTest, AnothersFlagOfTheSameKeyIsAnotherFlag) {
    ASSERT_TRUE(put(acme, "f", flag("on")));
    ASSERT_TRUE(put(platform, "f", flag("off")));
    ask(acme, "f");
    ask(other, "f");
    write();
    EXPECT_EQ(counted(platform, "f"), "off 1, ");
    EXPECT_EQ(counted(acme, "f"), "on 1, ");
}

TEST_F(FlagUsageTest, ADisabledFlagHasNoVariant) {
    ASSERT_TRUE(put(acme, "f", R"({"state":"DISABLED","variants":{"on":true},"defaultVariant":"on"})"));
    ask(acme, "f", 2);
    write();
    EXPECT_EQ(counted(acme, "f"), "- 2, ");
}

TEST_F(FlagUsageTest, DaysAndEnvironmentsAreCountedApart) {
    ASSERT_TRUE(put(acme, "f", flag("on")));
    const auto first = tenancy::day_of(world.clock.now());
    ask(acme, "f");
    days_pass(1);
    ask(acme, "f", 2);
    auto staging = acme;
    staging.environment = "staging";
    ask(staging, "f", 9);
    write();
    EXPECT_EQ(counted(acme, "f"), "on 1, on 2, ");
    EXPECT_EQ(counted(acme, "f", first + 1), "on 2, ");
    EXPECT_EQ(counted(staging, "f"), "on 9, ");
    ASSERT_TRUE(world.write(
        [&](storage::Unit& unit) { return repository::remove_flag_usage_before(unit, first + 1); }));
    EXPECT_EQ(counted(acme, "f"), "on 2, ");
}

// Texts that a count refers to belong to a set that is replaced at any time.
TEST_F(FlagUsageTest, ACountOutlivesItsSnapshot) {
    ASSERT_TRUE(put(acme, "f", flag("on")));
    ask(acme, "f");
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(put(acme, "f", flag(i % 2 == 0 ? "off" : "on")));
        ask(acme, "f");
    }
    ASSERT_TRUE(remove(acme, "f"));
    write();
    EXPECT_EQ(counted(acme, "f"), "off 5, on 6, ");
}

TEST_F(FlagUsageTest, ManyFlagsAreCounted) {
    std::string document = R"({"flags":{)";
    for (int i = 0; i < 6000; ++i)
        document += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":" + flag("on");
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return flags.import(acme, unit, document + "}}"); }));
    const auto set = store.read();
    const auto asked = subject(acme, "u");
    {
        auto count = usage.begin(set, asked, acme.environment);
        for (int round = 0; round < 2; ++round)
            set->evaluate_all(asked, [&count](const Evaluation& one) { count(one); });
    }
    write();
    for (const char* const key : {"k0", "k2999", "k5999"})
        EXPECT_EQ(counted(acme, key), "on 2, ") << key;
}

TEST_F(FlagUsageTest, ThreadsCountTogether) {
    ASSERT_TRUE(put(acme, "f", flag("on")));
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i)
        threads.emplace_back([this, i] {
            for (int round = 0; round < 20; ++round) {
                ask(acme, "f", 50);
                if (i == 0) write();
            }
        });
    for (auto& thread : threads)
        thread.join();
    write();
    EXPECT_EQ(counted(acme, "f"), "on 6000, ");
}

TEST_F(FlagUsageTest, WhatATallyCountedIsAdded) {
    ASSERT_TRUE(put(platform, "f", flag("off")));
    ASSERT_TRUE(override_with(acme, "f", "ada", "on"));
    const auto set = store.read();
    FlagTally tally;
    const auto sink = [&](std::span<const FlagCount> counts) {
        usage.add(set, subject(acme, {}), acme.environment, counts);
    };
    for (const char* const user : {"ada", "bob", "bob"})
        tally.count(set->evaluate(subject(acme, user), "f"), sink);
    tally.count(set->evaluate(subject(acme, "bob"), "nope"), sink);
    tally.empty(sink);
    ask(acme, "f");
    write();
    EXPECT_EQ(counted(acme, "f"), "off 3, on 1, ");
    EXPECT_EQ(counted(acme, "nope"), "");
}

TEST_F(FlagUsageTest, WhatSomebodyElseCountedIsAdded) {
    const UsageKey key{acme.tenant, "production", "f", "on", 20'000};
    usage.add(key, 5);
    usage.add(key, 6);
    write();
    EXPECT_EQ(counted(acme, "f"), "on 11, ");
    const auto last = world.read([&](storage::Unit& unit) {
        return repository::last_used(unit, {acme.tenant, "production", "f"});
    });
    ASSERT_TRUE(last);
    EXPECT_EQ(*last, 20'000);
}

TEST_F(FlagUsageTest, AFlagIsStaleThatNobodyAsksForOrThatIsTheSameForAll) {
    for (const char* const key : {"asked", "same", "silent", "once"})
        ASSERT_TRUE(put(platform, key, flag("off")));
    ASSERT_TRUE(override_with(acme, "asked", "ada", "on"));
    ask(acme, "once");
    ask(acme, "once", 1, "ada");
    EXPECT_EQ(stale(acme, 30), "") << "all are young";
    days_pass(31);
    ask(acme, "asked");
    ask(acme, "asked", 1, "ada");
    ask(acme, "same", 9);
    ASSERT_TRUE(put(platform, "young", flag("off")));
    write();
    EXPECT_EQ(stale(acme, 30), "same=off silent once ");
    EXPECT_EQ(stale(platform, 30), "same=off silent once ");
    EXPECT_EQ(stale(other, 30), "asked same silent once ") << "nobody there asks";
    EXPECT_EQ(stale(acme, 40), "") << "no flag is so old";
}

TEST_F(FlagUsageTest, ATenantsCountsGoWithIt) {
    ASSERT_TRUE(put(platform, "f", flag("off")));
    ask(acme, "f");
    write();
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return data.remove_rows(unit, acme.tenant); }));
    EXPECT_EQ(counted(acme, "f"), "");
}

}  // namespace
}  // namespace mortise::flags
