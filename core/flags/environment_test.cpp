// Environments and segments, as they are stored.
#include "core/flags/approvals.hpp"
#include "core/flags/test_delivery_world.hpp"
#include "core/tenancy/rows.hpp"

namespace mortise::flags {
namespace {

using EnvironmentTest = DeliveryWorldTest;

TEST_F(EnvironmentTest, AnEnvironmentHasItsOwnOrWhatProductionHas) {
    const auto staging = in(acme, "staging"), draft = in(acme, "draft");
    ASSERT_TRUE(put(acme, "f", kFalse));
    EXPECT_EQ(value(staging, "f"), "false");
    EXPECT_EQ(get(staging, "f")->environment, "production");
    const auto own = put(staging, "f", kTrue);
    ASSERT_TRUE(own);
    EXPECT_FALSE(own->created);
    EXPECT_EQ(own->flag.version, 2);
    EXPECT_EQ(value(staging, "f"), "true");
    EXPECT_EQ(value(acme, "f"), "false");
    EXPECT_EQ(value(draft, "f"), "false");
    EXPECT_EQ(get(staging, "f")->environment, "staging");
    EXPECT_EQ(listed(staging), "f@staging ");
    EXPECT_EQ(listed(acme), "f@production ");
    EXPECT_EQ(code_of(remove(draft, "f")), "not_in_environment");
    ASSERT_TRUE(remove(staging, "f"));
    EXPECT_EQ(value(staging, "f"), "false");
}

TEST_F(EnvironmentTest, AFlagCanBeginAnywhere) {
    const auto draft = in(acme, "draft");
    ASSERT_TRUE(put(draft, "f", kTrue));
    EXPECT_EQ(value(draft, "f"), "true");
    EXPECT_EQ(value(acme, "f"), "none");
    EXPECT_EQ(code_of(get(acme, "f")), "flag_not_found");
    EXPECT_EQ(listed(acme), "");
    ASSERT_TRUE(promote(acme, "f", "draft", "staging"));
    EXPECT_EQ(value(in(acme, "staging"), "f"), "true");
    EXPECT_EQ(value(acme, "f"), "none");
    const auto promoted = promote(acme, "f", "staging", "production");
    ASSERT_TRUE(promoted);
    EXPECT_EQ(promoted->flag.environment, "production");
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_EQ(value(other, "f"), "none");
    ASSERT_TRUE(remove(acme, "f"));  // from production: everywhere
    EXPECT_EQ(value(draft, "f"), "none");
    EXPECT_EQ(listed(draft), "");
}

TEST_F(EnvironmentTest, WhatCantBePromoted) {
    ASSERT_TRUE(put(acme, "f"));
    EXPECT_EQ(code_of(promote(acme, "f", "staging", "production")), "not_in_environment");
    EXPECT_EQ(code_of(promote(acme, "f", "nowhere", "production")), "environment_not_found");
    EXPECT_EQ(code_of(promote(acme, "f", "staging", "nowhere")), "environment_not_found");
    EXPECT_EQ(code_of(promote(acme, "f", "staging", "staging")), "same_environment");
    EXPECT_EQ(code_of(promote(acme, "g", "staging", "production")), "flag_not_found");
    ASSERT_TRUE(put(platform, "p"));
    EXPECT_EQ(code_of(promote(acme, "p", "production", "staging")), "flag_inherited");
    // What its rule refers to must be there.
    const auto staging = in(acme, "staging");
    ASSERT_TRUE(put_segment(staging, "us", R"({"included":["ada"]})"));
    ASSERT_TRUE(put(staging, "g", kInSegment));
    EXPECT_EQ(fault_of(promote(acme, "g", "staging", "production")),
              "/targeting/if/0/$ref unknown_evaluator");
    EXPECT_EQ(value(acme, "g"), "none");
}

TEST_F(EnvironmentTest, OverridesAreEachEnvironmentsOwn) {
    const auto staging = in(acme, "staging");
    ASSERT_TRUE(put(platform, "f", kFalse));
    ASSERT_TRUE(override_with(staging, "f", "on"));
    EXPECT_EQ(value(staging, "f"), "true");
    EXPECT_EQ(value(acme, "f"), "false");
    EXPECT_EQ(value(in(other, "staging"), "f"), "false");
    const auto in_staging = in(platform, "staging");
    ASSERT_TRUE(world.write([&](storage::Unit& unit) {
        return flags.put_plan_override(in_staging, unit, "f", "standard", "on");
    }));
    EXPECT_EQ(value(in(other, "staging"), "f"), "true");
    EXPECT_EQ(value(other, "f"), "false");
    ASSERT_TRUE(remove(platform, "f"));
    ASSERT_TRUE(put(platform, "f", kFalse));
    EXPECT_EQ(value(staging, "f"), "false");
    EXPECT_EQ(value(in(other, "staging"), "f"), "false");
}

TEST_F(EnvironmentTest, ATenantOverridesAndDoesNotReplaceInAnyEnvironment) {
    ASSERT_TRUE(put(platform, "f"));
    EXPECT_EQ(code_of(put(in(acme, "staging"), "f")), "flag_inherited");
    ASSERT_TRUE(put(in(platform, "staging"), "f", kTrue));
    EXPECT_EQ(value(in(acme, "staging"), "f"), "true");
    EXPECT_EQ(value(acme, "f"), "false");
    EXPECT_EQ(listed(in(acme, "staging")), "f@staging ");
    ASSERT_TRUE(put(in(platform, "draft"), "d"));
    EXPECT_EQ(code_of(put(in(acme, "draft"), "d")), "flag_inherited");
    ASSERT_TRUE(put(acme, "d", kTrue));                // nobody has it in production
    EXPECT_EQ(value(in(acme, "draft"), "d"), "true");  // its own goes before the platform's
}

TEST_F(EnvironmentTest, ThePlatformMakesEnvironments) {
    const auto qa = in(acme, "qa");
    EXPECT_EQ(value(qa, "f"), "no environment");
    EXPECT_EQ(code_of(make(acme, "qa")), "environment_not_found");
    EXPECT_EQ(code_of(make(platform, "Qa")), "invalid_environment_name");
    EXPECT_EQ(code_of(make(platform, "qa", 11)), "invalid_environment");
    const auto made = make(platform, "qa");
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->created);
    ASSERT_TRUE(put(acme, "f"));
    ASSERT_TRUE(put(qa, "f", kTrue));
    ASSERT_TRUE(put_segment(qa, "us", "{}"));
    ASSERT_TRUE(put_set(qa, R"({"metadata":{"a":1}})"));
    EXPECT_EQ(value(qa, "f"), "true");
    const auto drop = [&](const char* name) {
        return world.write([&](storage::Unit& unit) { return environments.remove(platform, unit, name); });
    };
    EXPECT_EQ(code_of(drop("staging")), "environment_built_in");
    EXPECT_EQ(code_of(drop("nowhere")), "environment_not_found");
    ASSERT_TRUE(drop("qa"));
    EXPECT_EQ(value(qa, "f"), "no environment");
    ASSERT_TRUE(make(platform, "qa"));
    EXPECT_EQ(value(qa, "f"), "false");  // nothing of it came back
    EXPECT_EQ(store.read("qa")->metadata(acme.tenant), "");
}

TEST_F(EnvironmentTest, EachOwnerSaysWhatItsChangesNeed) {
    ASSERT_TRUE(make(platform, "production", 2));
    ASSERT_TRUE(make(acme, "staging", 1));
    const auto needed = [&](const base::RequestContext& context) {
        return *world.read([&](storage::Unit& unit) {
            return approvals_required(unit, context.tenant, context.environment);
        });
    };
    EXPECT_EQ(needed(platform), 2);
    EXPECT_EQ(needed(acme), 0);
    EXPECT_EQ(needed(in(acme, "staging")), 1);
    EXPECT_EQ(needed(in(other, "staging")), 0);
    const auto all = world.read([&](storage::Unit& unit) { return environments.list(acme, unit); });
    ASSERT_EQ(all->size(), 3U);
    EXPECT_EQ((*all)[0].name + (*all)[1].name + (*all)[2].name, "draftproductionstaging");
    EXPECT_EQ((*all)[1].description, "Ours.");
    EXPECT_EQ((*all)[1].approvals_required, 0);
    EXPECT_EQ((*all)[2].approvals_required, 1);
    EXPECT_TRUE((*all)[0].built_in);
}

TEST_F(EnvironmentTest, SetsAndSegmentsAreInheritedFromProduction) {
    const auto staging = in(acme, "staging");
    ASSERT_TRUE(put_segment(acme, "us", R"({"included":["ada"]})"));
    ASSERT_TRUE(put_set(acme, R"({"metadata":{"set":"p"}})"));
    ASSERT_TRUE(put(acme, "f", kInSegment));
    EXPECT_EQ(value(acme, "f", "ada"), "true");
    EXPECT_EQ(value(staging, "f", "ada"), "true");
    EXPECT_EQ(store.read("staging")->metadata(acme.tenant), R"({"set":"p"})");
    ASSERT_TRUE(put_segment(staging, "us", R"({"included":["bob"]})"));
    ASSERT_TRUE(put_set(staging, R"({"metadata":{"set":"s"}})"));
    EXPECT_EQ(value(staging, "f", "ada"), "false");
    EXPECT_EQ(value(staging, "f", "bob"), "true");
    EXPECT_EQ(value(acme, "f", "ada"), "true");
    EXPECT_EQ(value(acme, "f", "bob"), "false");
    EXPECT_EQ(store.read("staging")->metadata(acme.tenant), R"({"set":"s"})");
    EXPECT_EQ(store.read()->metadata(acme.tenant), R"({"set":"p"})");
    ASSERT_TRUE(drop_segment(staging, "us"));  // production's shows again
    EXPECT_EQ(value(staging, "f", "ada"), "true");
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return flags.remove_set(staging, unit, {}); }));
    EXPECT_EQ(store.read("staging")->metadata(acme.tenant), R"({"set":"p"})");
}

TEST_F(EnvironmentTest, AChangedSegmentIsSeenAtOnce) {
    ASSERT_TRUE(put_segment(acme, "us", R"({"included":["ada"]})"));
    ASSERT_TRUE(put(acme, "f", kInSegment));
    const auto changed = put_segment(acme, "us", R"({"included":["bob"],"name":"Us"})");
    ASSERT_TRUE(changed);
    EXPECT_FALSE(changed->created);
    EXPECT_EQ(changed->segment.version, 2);
    EXPECT_EQ(value(acme, "f", "ada"), "false");
    EXPECT_EQ(value(acme, "f", "bob"), "true");
    EXPECT_EQ(code_of(put(other, "f", kInSegment)), "invalid_flag");  // another tenant has nothing of it
}

TEST_F(EnvironmentTest, ASegmentInUseStays) {
    const auto staging = in(acme, "staging");
    ASSERT_TRUE(put_segment(acme, "us", "{}"));
    ASSERT_TRUE(put_segment(acme, "more", R"({"rule":{"$ref":"us"}})"));
    EXPECT_EQ(code_of(drop_segment(acme, "us")), "segment_in_use");
    ASSERT_TRUE(drop_segment(acme, "more"));
    ASSERT_TRUE(put(staging, "f", kInSegment));
    EXPECT_EQ(code_of(drop_segment(acme, "us")), "segment_in_use");  // in staging
    EXPECT_EQ(code_of(drop_segment(staging, "us")), "not_in_environment");
    ASSERT_TRUE(remove(staging, "f"));
    ASSERT_TRUE(put_set(acme, R"({"$evaluators":{"e":{"!":[{"$ref":"us"}]}}})"));
    EXPECT_EQ(code_of(drop_segment(acme, "us")), "segment_in_use");
    ASSERT_TRUE(put_set(acme, "{}"));
    ASSERT_TRUE(drop_segment(acme, "us"));
    EXPECT_EQ(code_of(drop_segment(acme, "us")), "segment_not_found");
}

TEST_F(EnvironmentTest, SegmentsAndEvaluatorsShareTheirNames) {
    ASSERT_TRUE(put_segment(acme, "us", "{}"));
    EXPECT_EQ(fault_of(put_set(acme, R"({"$evaluators":{"us":{"==":[1,1]}}})")),
              "/$evaluators/us name_taken");
    EXPECT_EQ(fault_of(import(acme, R"({"flags":{},"$evaluators":{"us":{"==":[1,1]}}})")),
              "/$evaluators/us name_taken");
    ASSERT_TRUE(put_set(acme, R"({"$evaluators":{"them":{"==":[1,1]}}})"));
    EXPECT_EQ(code_of(put_segment(acme, "them", "{}")), "name_taken");
    ASSERT_TRUE(put_segment(other, "them", "{}"));
}

TEST_F(EnvironmentTest, ASegmentCantBreakAFlagThatWorks) {
    ASSERT_TRUE(put_segment(acme, "us", "{}"));
    ASSERT_TRUE(put_segment(acme, "deep", R"({"rule":{"$ref":"us"}})"));
    ASSERT_TRUE(
        put(acme, "f",
            R"({"state":"ENABLED","variants":{"on":true},"targeting":{"if":[{"$ref":"deep"},"on"]}})"));
    // 62 levels are fine by themselves, and too deep inside of others.
    std::string rule = R"({"var":"x"})";
    for (int i = 0; i < 62; ++i)
        rule = R"({"!":[)" + rule + "]}";
    EXPECT_EQ(fault_of(put_segment(acme, "us", R"({"rule":)" + rule + "}")), "/rule breaks_flag");
    EXPECT_EQ(value(acme, "f"), "DEFAULT");
}

TEST_F(EnvironmentTest, ATenantTakesAllOfItAlong) {
    const auto staging = in(acme, "staging");
    ASSERT_TRUE(put(acme, "f"));
    ASSERT_TRUE(put(staging, "f", kTrue));
    ASSERT_TRUE(put_segment(acme, "us", "{}"));
    ASSERT_TRUE(put_set(staging, "{}"));
    ASSERT_TRUE(override_with(staging, "f", "off"));
    ASSERT_TRUE(make(acme, "staging", 1));
    ASSERT_TRUE(kill(acme, "f"));
    ASSERT_TRUE(world.tenants.export_tenant(platform, "acme"));
    ASSERT_TRUE(world.tenants.remove(platform, "acme", {}));
    EXPECT_EQ(store.read("staging")->flag_count(), 0U);
    EXPECT_EQ(store.read("staging")->override_count(), 0U);
    for (const std::string table : {"flags", "environment_flags", "flag_segments", "environment_flag_sets",
                                    "environment_flag_overrides", "flag_environments", "flag_states"}) {
        const storage::Statement count{
            "test.count_" + table, "SELECT COUNT(*) FROM " + table, {}, {storage::Type::kInteger}};
        EXPECT_EQ(*world.read([&](storage::Unit& unit) { return tenancy::read_count(unit, count, {}); }), 0)
            << table;
    }
}

}  // namespace
}  // namespace mortise::flags
