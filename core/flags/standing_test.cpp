// What flags, segments and sets may not come to by writes and removals anywhere: circles, lost variants,
// rules that lead to nothing, and one tag for two contents.
#include "core/flags/history.hpp"
#include "core/flags/test_delivery_world.hpp"

#include <limits>
#include <vector>

namespace mortise::flags {
namespace {

class StandingTest : public DeliveryWorldTest {
 protected:
    base::RequestContext staging() const { return in(acme, "staging"); }
    std::int64_t version(const base::RequestContext& context, std::string_view key) {
        const auto flag = get(context, key);
        return flag ? flag->version : 0;
    }
    std::vector<HistoryEntry> entries(const base::RequestContext& context, std::string_view key) {
        return *world.read([&](storage::Unit& unit) {
            return repository::history(unit, {context.tenant, context.environment, kFlagSpace, key},
                                       std::numeric_limits<std::int64_t>::max(), 10);
        });
    }
};

constexpr char kByUs[] =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"$ref":"us"},"on"]}})";

TEST_F(StandingTest, NoTagStandsForTwoContents) {
    ASSERT_TRUE(put(acme, "f", kFalse));
    ASSERT_TRUE(put(staging(), "f", kTrue));
    const auto seen = version(staging(), "f");
    ASSERT_TRUE(remove(staging(), "f"));
    EXPECT_GT(version(staging(), "f"), seen);
    ASSERT_TRUE(put(acme, "f", kFalse));
    EXPECT_GT(version(acme, "f"), seen);
    EXPECT_EQ(code_of(put(staging(), "f", kTrue, seen)), "version_mismatch");
}

TEST_F(StandingTest, SegmentsAndSetsHaveSuchTags) {
    const auto segment = [&](const base::RequestContext& context) {
        return world.read([&](storage::Unit& unit) { return segments.get(context, unit, "us"); })->version;
    };
    ASSERT_TRUE(put_segment(acme, "us", R"({"included":["ada"]})"));
    ASSERT_TRUE(put_segment(staging(), "us", R"({"included":["bob"]})"));
    const auto seen = segment(staging());
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return segments.remove(staging(), unit, "us", {}); }));
    EXPECT_GT(segment(staging()), seen);
    const auto set = [&](const base::RequestContext& context) {
        return world.read([&](storage::Unit& unit) { return flags.get_set(context, unit); })->version;
    };
    ASSERT_TRUE(put_set(acme, R"({"metadata":{"a":1}})"));
    ASSERT_TRUE(put_set(staging(), R"({"metadata":{"a":2}})"));
    const auto seen_set = set(staging());
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return flags.remove_set(staging(), unit, {}); }));
    EXPECT_GT(set(staging()), seen_set);
}

TEST_F(StandingTest, WhatComesToLightMustStand) {
    ASSERT_TRUE(put(acme, "a", kTrue));
    ASSERT_TRUE(put(acme, "b", needing("a")));
    ASSERT_TRUE(put(staging(), "b", kTrue));
    ASSERT_TRUE(put(staging(), "a", needing("b")));
    EXPECT_EQ(code_of(remove(staging(), "b")), "breaks_flags");
    EXPECT_EQ(value(staging(), "a"), "true");
    ASSERT_TRUE(remove(staging(), "a"));
    ASSERT_TRUE(remove(staging(), "b"));
    EXPECT_EQ(value(staging(), "b"), "true");
}

TEST_F(StandingTest, SegmentsThatComeToLightMustStand) {
    ASSERT_TRUE(put_segment(acme, "s1", R"({"included":["ada"]})"));
    ASSERT_TRUE(put_segment(acme, "s2", R"({"rule":{"$ref":"s1"}})"));
    ASSERT_TRUE(put_segment(staging(), "s2", R"({"included":["bob"]})"));
    ASSERT_TRUE(put_segment(staging(), "s1", R"({"rule":{"$ref":"s2"}})"));
    const auto remove_segment = [&](std::string_view key) {
        return world.write([&](storage::Unit& unit) { return segments.remove(staging(), unit, key, {}); });
    };
    EXPECT_EQ(code_of(remove_segment("s2")), "segment_in_use");
    ASSERT_TRUE(remove_segment("s1"));
    ASSERT_TRUE(remove_segment("s2"));
}

TEST_F(StandingTest, AnArchivedFlagKeepsItsKey) {
    ASSERT_TRUE(put(acme, "shadow", kTrue));
    ASSERT_TRUE(put(platform, "shadow", kTrue));
    ASSERT_TRUE(change(&FlagService::archive, acme, "shadow"));
    EXPECT_EQ(fault_of(put(acme, "f", needing("shadow"))), "/mortise/prerequisites/0/flag unknown_flag");
    EXPECT_EQ(value(acme, "shadow"), "none") << "as evaluations see it";
}

TEST_F(StandingTest, OutOfTheArchiveComesWhatStands) {
    ASSERT_TRUE(put(acme, "a", kTrue));
    ASSERT_TRUE(put(acme, "b", needing("a")));
    ASSERT_TRUE(change(&FlagService::archive, acme, "b"));
    constexpr char kOther[] =
        R"({"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"})";
    ASSERT_TRUE(put(acme, "a", kOther)) << "nobody needs the variant now";
    EXPECT_EQ(fault_of(change(&FlagService::unarchive, acme, "b")),
              "/mortise/prerequisites/0/variants/0 unknown_variant");
}

TEST_F(StandingTest, AVariantThatOthersNeedStays) {
    ASSERT_TRUE(put(acme, "a", kTrue));
    ASSERT_TRUE(put(acme, "b", needing("a")));
    constexpr char kOther[] =
        R"({"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"})";
    EXPECT_EQ(fault_of(put(acme, "a", kOther)), "/variants variant_in_use");
    EXPECT_EQ(fault_of(import(acme, std::string(R"({"flags":{"a":)") + kOther + "}}")),
              "/flags/a/variants variant_in_use");
    EXPECT_EQ(value(acme, "b"), "true");
    // All at once is well.
    EXPECT_TRUE(
        import(acme, std::string(R"({"flags":{"a":)") + kOther + R"(,"b":)" + needing("a", "yes") + "}}"));
}

TEST_F(StandingTest, ARuleStandsInEveryEnvironment) {
    ASSERT_TRUE(put_set(acme, R"({"$evaluators":{"us":{"==":[{"var":"a"},1]}}})"));
    ASSERT_TRUE(put_set(staging(), R"({"metadata":{"a":1}})"));  // without the evaluator
    EXPECT_EQ(fault_of(put(acme, "f", kByUs)), "/targeting breaks_flag");
    EXPECT_EQ(fault_of(import(acme, std::string(R"({"flags":{"f":)") + kByUs + "}}")),
              "/flags/f/targeting breaks_flag");
    EXPECT_EQ(value(staging(), "f"), "none");
    ASSERT_TRUE(put(staging(), "f", kTrue));  // has one of its own, so that production's is not seen there
    EXPECT_TRUE(put(acme, "f", kByUs));
}

TEST_F(StandingTest, ARemovalIsInTheHistoryOfEachEnvironment) {
    ASSERT_TRUE(put(acme, "f", kFalse));
    ASSERT_TRUE(put(staging(), "f", kTrue));
    ASSERT_TRUE(remove(acme, "f"));
    for (const auto& [context, by_default] : {std::pair(acme, "off"), std::pair(staging(), "on")}) {
        const auto newest = entries(context, "f").at(0);
        EXPECT_EQ(newest.action, "deleted");
        EXPECT_NE(newest.was->find(std::string(R"("defaultVariant":")") + by_default), std::string::npos);
    }
}

}  // namespace
}  // namespace mortise::flags
