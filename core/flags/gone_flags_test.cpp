// What is gone and comes again: its versions go on, and its overrides come back with its restoration.
#include "core/flags/flag_history.hpp"
#include "core/flags/gone_flag_repository.hpp"
#include "core/flags/override_repository.hpp"
#include "core/flags/test_delivery_world.hpp"
#include "core/tenancy/rows.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace mortise::flags {
namespace {

using storage::Statement;
using storage::Type;

class GoneFlagsTest : public DeliveryWorldTest {
 protected:
    GoneFlagsTest() { staging = in(acme, "staging"); }

    std::int64_t version(const base::RequestContext& context, std::string_view key) {
        const auto found = get(context, key);
        return found ? found->version : 0;
    }
    std::int64_t segment_version(const base::RequestContext& context) {
        const auto found = world.read([&](storage::Unit& unit) { return segments.get(context, unit, "us"); });
        return found ? found->version : 0;
    }
    std::int64_t set_version(const base::RequestContext& context) {
        const auto found = world.read([&](storage::Unit& unit) { return flags.get_set(context, unit); });
        return found ? found->version : -1;
    }
    auto drop_set(const base::RequestContext& context) {
        return world.write([&](storage::Unit& unit) { return flags.remove_set(context, unit, {}); });
    }
    auto drop_environment(std::string_view name) {
        return world.write(
            [&](storage::Unit& unit) { return environments.remove(platform, unit, name, {}); });
    }
    auto give(const base::RequestContext& context, std::string_view key, std::string_view user,
              std::string_view variant = "on") {
        return world.write(
            [&](storage::Unit& unit) { return flags.put_override(context, unit, key, user, variant); });
    }
    auto give_plan(std::string_view key, std::string_view variant) {
        return world.write([&](storage::Unit& unit) {
            return flags.put_plan_override(platform, unit, key, "standard", variant);
        });
    }
    // How many overrides came back, or why nothing was restored.
    std::string restore(const base::RequestContext& context, std::string_view key, std::int64_t number) {
        const auto done = world.write(
            [&](storage::Unit& unit) { return history.restore(context, unit, kFlagSpace, key, number, {}); });
        return done ? std::to_string(done->overrides) : done.error().code;
    }
    HistoryEntry newest(const base::RequestContext& context, std::string_view key) {
        auto page = world.read([&](storage::Unit& unit) {
            return history.list(context, unit, kFlagSpace, key, {.limit = 1, .cursor = {}});
        });
        return page && !page->items.empty() ? page->items.front() : HistoryEntry();
    }
    std::int64_t kept() {
        const Statement count{
            "test.count_gone", "SELECT COUNT(*) FROM flag_gone_overrides", {}, {Type::kInteger}};
        return *world.read([&](storage::Unit& unit) { return tenancy::read_count(unit, count, {}); });
    }

    base::RequestContext staging;
    FlagHistory history{flags, segments};
};

TEST_F(GoneFlagsTest, AFlagGoesOnCounting) {
    ASSERT_TRUE(put(acme, "f", kFalse));
    ASSERT_TRUE(put(acme, "f", kTrue));
    ASSERT_TRUE(remove(acme, "f"));
    ASSERT_TRUE(put(acme, "f", kFalse));
    EXPECT_EQ(version(acme, "f"), 3);
    EXPECT_EQ(code_of(put(acme, "f", kTrue, 1)), "version_mismatch") << "a tag of the one before";
    ASSERT_TRUE(put(other, "f"));
    EXPECT_EQ(version(other, "f"), 1) << "another owner's";
}

TEST_F(GoneFlagsTest, WhatAnyEnvironmentShowedCounts) {
    ASSERT_TRUE(put(acme, "f"));
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(put(staging, "f", kTrue));
    EXPECT_EQ(version(staging, "f"), 6);
    ASSERT_TRUE(remove(acme, "f"));
    ASSERT_TRUE(put(acme, "f"));
    EXPECT_EQ(version(staging, "f"), 7);
}

TEST_F(GoneFlagsTest, AnEnvironmentsOwnGoesOnCounting) {
    ASSERT_TRUE(put(staging, "f", kTrue));
    ASSERT_TRUE(put(staging, "f", kFalse));
    ASSERT_TRUE(remove(staging, "f"));
    ASSERT_TRUE(put(staging, "f", kTrue));
    EXPECT_EQ(version(staging, "f"), 3);
    // With production's below it.
    ASSERT_TRUE(put(acme, "g"));
    ASSERT_TRUE(put(staging, "g", kTrue));
    ASSERT_TRUE(remove(staging, "g"));
    const auto shown = version(staging, "g");
    EXPECT_GT(shown, 2);
    ASSERT_TRUE(put(staging, "g", kTrue));
    EXPECT_GT(version(staging, "g"), shown);
}

TEST_F(GoneFlagsTest, AnImportGoesOnCounting) {
    ASSERT_TRUE(put(acme, "f", kFalse));
    ASSERT_TRUE(remove(acme, "f"));
    ASSERT_TRUE(import(acme, std::string(R"({"flags":{"f":)") + kTrue + "}}"));
    EXPECT_EQ(version(acme, "f"), 2);
}

TEST_F(GoneFlagsTest, SegmentsAndSetsGoOnCounting) {
    for (const auto& context : {acme, staging}) {
        ASSERT_TRUE(put_segment(context, "us", R"({"included":["ada"]})"));
        const auto before = segment_version(context);
        ASSERT_TRUE(drop_segment(context, "us"));
        ASSERT_TRUE(put_segment(context, "us", R"({"included":["bob"]})"));
        EXPECT_GT(segment_version(context), before);

        ASSERT_TRUE(put_set(context, R"({"metadata":{"a":1}})"));
        const auto set_before = set_version(context);
        ASSERT_TRUE(drop_set(context));
        ASSERT_TRUE(put_set(context, R"({"metadata":{"a":2}})"));
        EXPECT_GT(set_version(context), set_before);
    }
}

TEST_F(GoneFlagsTest, AnEnvironmentOfTheSameNameGoesOnCounting) {
    const auto qa = in(acme, "qa");
    ASSERT_TRUE(make(platform, "qa"));
    ASSERT_TRUE(put(acme, "f"));
    ASSERT_TRUE(put_segment(acme, "us", "{}"));
    ASSERT_TRUE(put_set(acme, "{}"));
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(put(qa, "f", kTrue));
        ASSERT_TRUE(put(qa, "alone", kTrue));
        ASSERT_TRUE(put_segment(qa, "us", R"({"included":["ada"]})"));
        ASSERT_TRUE(put_set(qa, R"({"metadata":{"a":1}})"));
    }
    ASSERT_TRUE(drop_environment("qa"));
    ASSERT_TRUE(make(platform, "qa"));
    EXPECT_EQ(version(qa, "f"), 5) << "production's, which shows now";
    EXPECT_EQ(segment_version(qa), 5);
    EXPECT_EQ(set_version(qa), 5);
    ASSERT_TRUE(put(qa, "alone", kFalse));
    EXPECT_EQ(version(qa, "alone"), 4);
}

TEST_F(GoneFlagsTest, AnOverrideGoesOnCounting) {
    ASSERT_TRUE(put(acme, "f"));
    ASSERT_TRUE(give(acme, "f", "ada"));
    const auto before = give(acme, "f", "ada", "off")->version;
    ASSERT_TRUE(
        world.write([&](storage::Unit& unit) { return flags.remove_override(acme, unit, "f", "ada"); }));
    EXPECT_GT(give(acme, "f", "ada")->version, before);
    ASSERT_TRUE(put(platform, "p"));
    const auto of_plan = give_plan("p", "on")->version;
    ASSERT_TRUE(world.write(
        [&](storage::Unit& unit) { return flags.remove_plan_override(platform, unit, "p", "standard"); }));
    EXPECT_GT(give_plan("p", "off")->version, of_plan);
}

TEST_F(GoneFlagsTest, OverridesComeBackWithTheirFlag) {
    ASSERT_TRUE(put(acme, "f", kFalse));
    ASSERT_TRUE(give(acme, "f", "ada"));
    ASSERT_TRUE(give(staging, "f", ""));
    ASSERT_TRUE(remove(acme, "f"));
    EXPECT_EQ(newest(acme, "f").action, "deleted");
    EXPECT_EQ(restore(acme, "f", 1), "2");
    EXPECT_EQ(value(acme, "f", "ada"), "true");
    EXPECT_EQ(value(acme, "f", "bob"), "false");
    EXPECT_EQ(value(staging, "f", "bob"), "true");
    EXPECT_EQ(kept(), 0);
    const auto entry = newest(acme, "f");
    EXPECT_EQ(entry.kind, kOverridesKind);
    EXPECT_EQ(entry.became, R"({"count":2,"kept":2})");
    EXPECT_EQ(restore(acme, "f", entry.number), "nothing_to_restore");
    EXPECT_EQ(restore(acme, "f", 1), "0") << "it is there";
}

TEST_F(GoneFlagsTest, AnEnvironmentsOverridesComeBackWithWhatItHasOfItsOwn) {
    ASSERT_TRUE(put(acme, "f", kFalse));
    ASSERT_TRUE(put(staging, "f", kFalse));
    ASSERT_TRUE(give(acme, "f", "ada"));
    ASSERT_TRUE(give(staging, "f", "ada"));
    ASSERT_TRUE(remove(staging, "f"));
    EXPECT_EQ(value(staging, "f", "ada"), "false");
    EXPECT_EQ(restore(staging, "f", 1), "1");
    EXPECT_EQ(value(staging, "f", "ada"), "true");
}

TEST_F(GoneFlagsTest, AFlagThatIsMadeAnewHasNone) {
    ASSERT_TRUE(put(acme, "f", kFalse));
    ASSERT_TRUE(give(acme, "f", "ada"));
    ASSERT_TRUE(remove(acme, "f"));
    ASSERT_TRUE(put(acme, "f", kFalse));
    EXPECT_EQ(value(acme, "f", "ada"), "false");
    ASSERT_TRUE(give(acme, "f", "bob"));
    ASSERT_TRUE(remove(acme, "f"));
    EXPECT_EQ(restore(acme, "f", 1), "1") << "those of the last deletion";
    EXPECT_EQ(value(acme, "f", "ada"), "false");
    EXPECT_EQ(value(acme, "f", "bob"), "true");
}

TEST_F(GoneFlagsTest, ThePlatformsComeBackToEveryTenantThatInherits) {
    ASSERT_TRUE(put(platform, "p", kFalse));
    ASSERT_TRUE(give_plan("p", "on"));
    ASSERT_TRUE(give(acme, "p", "", "off"));
    ASSERT_TRUE(give(other, "p", "ada", "off"));
    ASSERT_TRUE(remove(platform, "p"));
    ASSERT_TRUE(put(other, "p", kFalse));
    EXPECT_EQ(restore(platform, "p", 1), "2") << "the other one has its own by now";
    EXPECT_EQ(value(acme, "p"), "false");
    EXPECT_EQ(value(world.context_in(world.make_tenant("third")), "p"), "true") << "by its plan";
    EXPECT_EQ(value(other, "p", "ada"), "false");
}

TEST_F(GoneFlagsTest, WhatIsKeptGoesWithItsTenantAndItsEnvironment) {
    ASSERT_TRUE(make(platform, "qa"));
    ASSERT_TRUE(put(platform, "p"));
    ASSERT_TRUE(give(acme, "p", "ada"));
    ASSERT_TRUE(give(in(other, "qa"), "p", "ada"));
    ASSERT_TRUE(remove(platform, "p"));
    EXPECT_EQ(kept(), 2);
    ASSERT_TRUE(drop_environment("qa"));
    EXPECT_EQ(kept(), 1);
    tenancy::World::check(
        world.write([&](storage::Unit& unit) { return data.remove_rows(unit, acme.tenant); }));
    EXPECT_EQ(kept(), 0);
}

TEST_F(GoneFlagsTest, WhatIsBeyondTheLimitIsToldOf) {
    ASSERT_TRUE(put(acme, "f", kFalse));
    ASSERT_TRUE(give(acme, "f", ""));
    ASSERT_TRUE(world.write([&](storage::Unit& unit) -> base::Status {
        for (std::int64_t i = 0; i < repository::kMaxGoneOverrides + 4; ++i)
            MORTISE_TRY(repository::put(unit, acme.tenant,
                                        {.id = base::new_uuid(world.clock),
                                         .key = "f",
                                         .targeting_key = "user-" + std::to_string(i),
                                         .variant = "on",
                                         .version = 1}));
        return {};
    }));
    ASSERT_TRUE(remove(acme, "f"));
    const auto told = world.read([&](storage::Unit& unit) {
        return history.list(acme, unit, kFlagSpace, "f", {.limit = 2, .cursor = {}});
    });
    EXPECT_EQ(told->items.at(1).was, R"({"count":10005,"kept":10000})");
    EXPECT_EQ(restore(acme, "f", 1), "10000");
    EXPECT_EQ(value(acme, "f", "nobody"), "true") << "the tenant's goes before those of users";
}

}  // namespace
}  // namespace mortise::flags
