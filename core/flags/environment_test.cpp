// Environments, segments, the kill switch, the archive and prerequisites, as they are stored.
#include "core/flags/environment_service.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/segment_service.hpp"
#include "core/flags/snapshot.hpp"
#include "core/flags/tenant_data.hpp"
#include "core/tenancy/rows.hpp"
#include "core/tenancy/test_world.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::flags {
namespace {

constexpr char kFalse[] = R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"})";
constexpr char kTrue[] = R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"})";
constexpr char kInSegment[] =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"$ref":"us"},"on"]}})";

std::string needing(const std::string& other, const std::string& variant_name = "on") {
    return R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on",)"
           R"("mortise":{"off_variant":"off","prerequisites":[{"flag":")" +
           other + R"(","variants":[")" + variant_name + R"("]}]}})";
}

class EnvironmentTest : public ::testing::Test {
 protected:
    EnvironmentTest() {
        world.snapshots.add(store);
        tenancy::World::check(world.snapshots.refresh());
        acme = tenancy::World::context_in(world.make_tenant("acme"));
        other = tenancy::World::context_in(world.make_tenant("other"));
    }

    static base::RequestContext in(base::RequestContext context, std::string environment) {
        context.environment = std::move(environment);
        return context;
    }
    template <class T>
    static std::string code_of(const base::Result<T>& result) {
        return result ? "" : result.error().code;
    }
    static std::string code_of(const base::Status& status) { return status ? "" : status.error().code; }
    // The first fault, "pointer code".
    template <class T>
    static std::string fault_of(const base::Result<T>& result) {
        if (result || result.error().fields.empty()) return "";
        return result.error().fields[0].pointer + " " + result.error().fields[0].code;
    }

    auto put(const base::RequestContext& context, std::string_view key, std::string_view definition = kFalse,
             std::optional<std::int64_t> version = {}) {
        return world.write(
            [&](storage::Unit& unit) { return flags.put(context, unit, key, definition, version); });
    }
    auto remove(const base::RequestContext& context, std::string_view key) {
        return world.write([&](storage::Unit& unit) { return flags.remove(context, unit, key, {}); });
    }
    auto get(const base::RequestContext& context, std::string_view key) {
        return world.read([&](storage::Unit& unit) { return flags.get(context, unit, key); });
    }
    auto promote(const base::RequestContext& context, std::string_view key, std::string_view from,
                 std::string_view to) {
        return world.write([&](storage::Unit& unit) { return flags.promote(context, unit, key, from, to); });
    }
    auto import(const base::RequestContext& context, std::string_view document) {
        return world.write([&](storage::Unit& unit) { return flags.import(context, unit, document); });
    }
    auto override_with(const base::RequestContext& context, std::string_view key, std::string_view variant) {
        return world.write(
            [&](storage::Unit& unit) { return flags.put_override(context, unit, key, "", variant); });
    }
    auto put_set(const base::RequestContext& context, std::string_view definition) {
        return world.write([&](storage::Unit& unit) { return flags.put_set(context, unit, definition, {}); });
    }
    auto put_segment(const base::RequestContext& context, std::string_view key, std::string_view definition) {
        return world.write([&](storage::Unit& unit) { return segments.put(context, unit, key, definition); });
    }
    auto drop_segment(const base::RequestContext& context, std::string_view key) {
        return world.write([&](storage::Unit& unit) { return segments.remove(context, unit, key); });
    }
    auto make(const base::RequestContext& context, std::string_view name, std::int64_t approvals = 0) {
        return world.write([&](storage::Unit& unit) {
            return environments.put(context, unit, name, {"Ours.", approvals});
        });
    }
    template <class Member>
    auto change(Member member, const base::RequestContext& context, std::string_view key) {
        return world.write([&](storage::Unit& unit) { return (flags.*member)(context, unit, key); });
    }
    auto kill(const base::RequestContext& context, std::string_view key,
              std::string_view reason = "It burns.") {
        return world.write([&](storage::Unit& unit) { return flags.kill(context, unit, key, reason); });
    }
    std::string listed(const base::RequestContext& context, bool archived = false) {
        const auto page = world.read(
            [&](storage::Unit& unit) { return flags.list(context, unit, {.limit = 100}, archived); });
        std::string all;
        if (page)
            for (const auto& flag : page->items)
                all += flag.key + "@" + flag.environment + " ";
        return all;
    }

    std::string value(const base::RequestContext& context, std::string_view key,
                      std::string_view user = "u") {
        const auto set = store.read(context.environment);
        if (set == nullptr) return "no environment";
        const auto evaluation = set->evaluate({.tenant = context.tenant,
                                               .tenant_slug = context.tenant_slug,
                                               .plan = context.plan,
                                               .targeting_key = user},
                                              key);
        if (!evaluation.found) return "none";
        if (evaluation.error != ErrorCode::kNone) return std::string(to_string(evaluation.error));
        return std::string(evaluation.value.empty() ? to_string(evaluation.reason) : evaluation.value);
    }

    FlagData data;
    tenancy::World world{{&data}};
    FlagStore store;
    FlagService flags{world.clock};
    SegmentService segments{world.clock};
    EnvironmentService environments{world.clock};
    base::RequestContext platform = tenancy::system_context();
    base::RequestContext acme;
    base::RequestContext other;
};

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
        return *world.read(
            [&](storage::Unit& unit) { return environments.approvals_required(context, unit); });
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

TEST_F(EnvironmentTest, AKilledFlagIsOffEverywhere) {
    const auto staging = in(acme, "staging");
    ASSERT_TRUE(put(acme, "f", kTrue));
    ASSERT_TRUE(put(staging, "f", kTrue));
    ASSERT_TRUE(override_with(acme, "f", "on"));
    EXPECT_EQ(code_of(kill(acme, "f", "")), "invalid_reason");
    EXPECT_EQ(code_of(kill(acme, "g")), "flag_not_found");
    const auto killed = kill(acme, "f");
    ASSERT_TRUE(killed);
    EXPECT_EQ(killed->version, 2);
    EXPECT_EQ(killed->state.kill_reason, "It burns.");
    EXPECT_EQ(value(acme, "f"), "DISABLED");
    EXPECT_EQ(value(staging, "f"), "DISABLED");
    EXPECT_EQ(get(acme, "f")->state.killed_at, killed->state.killed_at);
    ASSERT_TRUE(put(acme, "f", kTrue));  // what is mended meanwhile stays off
    EXPECT_EQ(value(acme, "f"), "DISABLED");
    ASSERT_TRUE(change(&FlagService::revive, acme, "f"));
    ASSERT_TRUE(change(&FlagService::revive, acme, "f"));
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_EQ(value(staging, "f"), "true");
    ASSERT_TRUE(put(platform, "p", kTrue));
    EXPECT_EQ(code_of(kill(acme, "p")), "flag_inherited");
    ASSERT_TRUE(kill(platform, "p"));
    EXPECT_EQ(value(acme, "p"), "DISABLED");
    // A flag that comes later under the same key is another one.
    ASSERT_TRUE(remove(platform, "p"));
    ASSERT_TRUE(put(platform, "p", kTrue));
    EXPECT_EQ(value(acme, "p"), "true");
}

TEST_F(EnvironmentTest, AnArchivedFlagIsAsIfItWereGone) {
    ASSERT_TRUE(put(acme, "f", kTrue));
    const auto archived = change(&FlagService::archive, acme, "f");
    ASSERT_TRUE(archived);
    EXPECT_EQ(value(acme, "f"), "none");
    EXPECT_EQ(value(in(acme, "staging"), "f"), "none");
    EXPECT_EQ(listed(acme), "");
    EXPECT_EQ(listed(acme, true), "f@production ");
    EXPECT_EQ(listed(in(acme, "draft"), true), "f@production ");
    EXPECT_EQ(code_of(put(acme, "f", kFalse)), "flag_archived");
    EXPECT_EQ(code_of(put(in(acme, "staging"), "f", kFalse)), "flag_archived");
    EXPECT_EQ(code_of(override_with(acme, "f", "off")), "flag_archived");
    EXPECT_EQ(fault_of(import(acme, std::string(R"({"flags":{"f":)") + kFalse + "}}")),
              "/flags/f flag_archived");
    ASSERT_TRUE(change(&FlagService::unarchive, acme, "f"));
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_EQ(listed(acme, true), "");
}

TEST_F(EnvironmentTest, PrerequisitesAreThereAndDontLeadBack) {
    EXPECT_EQ(fault_of(put(acme, "a", needing("b"))), "/mortise/prerequisites/0/flag unknown_flag");
    EXPECT_EQ(value(acme, "a"), "none");
    ASSERT_TRUE(put(acme, "b", kTrue));
    EXPECT_EQ(fault_of(put(acme, "a", needing("b", "maybe"))),
              "/mortise/prerequisites/0/variants/0 unknown_variant");
    ASSERT_TRUE(put(acme, "a", needing("b")));
    EXPECT_EQ(value(acme, "a"), "true");
    EXPECT_EQ(fault_of(put(acme, "b", needing("a"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
    EXPECT_EQ(fault_of(put(acme, "b", needing("b"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
    ASSERT_TRUE(put(acme, "c", needing("a")));
    EXPECT_EQ(fault_of(put(acme, "b", needing("c"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
    ASSERT_TRUE(put(acme, "b", kFalse));
    EXPECT_EQ(value(acme, "c"), "false");
    EXPECT_EQ(code_of(remove(acme, "b")), "flag_in_use");
    EXPECT_EQ(code_of(change(&FlagService::archive, acme, "b")), "flag_in_use");
    ASSERT_TRUE(put(platform, "base", kTrue));
    ASSERT_TRUE(put(acme, "d", needing("base")));
    EXPECT_EQ(value(acme, "d"), "true");
    EXPECT_EQ(fault_of(put(platform, "e", needing("b"))), "/mortise/prerequisites/0/flag unknown_flag");
}

// What is fine in production may close a circle with what another environment has.
TEST_F(EnvironmentTest, ACircleAcrossEnvironmentsIsRefused) {
    const auto staging = in(acme, "staging");
    ASSERT_TRUE(put(acme, "a", kTrue));
    ASSERT_TRUE(put(acme, "b", kTrue));
    ASSERT_TRUE(put(staging, "a", needing("b")));
    EXPECT_EQ(fault_of(put(acme, "b", needing("a"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
    ASSERT_TRUE(remove(staging, "a"));
    ASSERT_TRUE(put(acme, "b", needing("a")));
    EXPECT_EQ(fault_of(put(staging, "a", needing("b"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
}

TEST_F(EnvironmentTest, ChainsAndTreesOfPrerequisitesHaveLimits) {
    ASSERT_TRUE(put(acme, "f0", kTrue));
    for (int i = 1; i <= 8; ++i)
        ASSERT_TRUE(put(acme, "f" + std::to_string(i), needing("f" + std::to_string(i - 1)))) << i;
    EXPECT_EQ(value(acme, "f8"), "true");
    EXPECT_EQ(fault_of(put(acme, "f9", needing("f8"))), "/mortise/prerequisites too_many_prerequisites");
    ASSERT_TRUE(put(acme, "more", kTrue));
    EXPECT_EQ(fault_of(put(acme, "f0", needing("more"))), "/mortise/prerequisites too_many_prerequisites");
    std::string document = R"({"flags":{)";
    for (int i = 0; i < 300; ++i)
        document += R"("g)" + std::to_string(i) + R"(":)" + needing("g" + std::to_string(i + 1)) + ",";
    document += R"("g300":)" + std::string(kTrue) + "}}";
    EXPECT_EQ(code_of(import(acme, document)), "invalid_flag");
    EXPECT_EQ(value(acme, "g300"), "none");
}

TEST_F(EnvironmentTest, ADocumentsFlagsMayNeedEachOther) {
    const auto done = import(acme, R"({"flags":{"a":)" + needing("z") + R"(,"z":)" + kTrue + "}}");
    ASSERT_TRUE(done);
    EXPECT_EQ(value(acme, "a"), "true");
    EXPECT_EQ(fault_of(import(acme, R"({"flags":{"a":)" + needing("z") + R"(,"z":)" + needing("a") + "}}")),
              "/flags/a/mortise/prerequisites/0/flag prerequisite_cycle");
    EXPECT_EQ(value(acme, "a"), "true");
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
