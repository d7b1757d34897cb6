#include "core/flags/snapshot.hpp"

#include "core/flags/test_tenants.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace mortise::flags {
namespace {

const base::Uuid kPlatform{};

FlagRow flag(const base::Uuid& tenant, std::string key, std::string_view definition) {
    return {tenant, std::move(key), *parse_definition(definition)};
}

constexpr char kColour[] =
    R"({"state":"ENABLED","variants":{"red":"r","green":"g","blue":"b"},"defaultVariant":"red"})";
constexpr char kOff[] =
    R"({"state":"DISABLED","variants":{"on":true},"defaultVariant":"on","metadata":{"m":1}})";
constexpr char kNoDefault[] = R"({"state":"ENABLED","variants":{"on":true}})";

std::string variant_for(const FlagSet& set, const base::Uuid& tenant, std::string_view user,
                        std::string_view key = "colour") {
    return std::string(set.evaluate({.tenant = tenant, .targeting_key = user}, key).variant);
}

TEST(FlagSet, TheDefaultIsStatic) {
    const FlagSet set({flag(kPlatform, "colour", kColour)}, {});
    const auto evaluation = set.evaluate({.tenant = kAcme, .targeting_key = "u"}, "colour");
    ASSERT_TRUE(evaluation.found);
    EXPECT_EQ(evaluation.reason, Reason::kStatic);
    EXPECT_EQ(evaluation.variant, "red");
    EXPECT_EQ(evaluation.value, "\"r\"");
    EXPECT_TRUE(evaluation.metadata.empty());
    EXPECT_FALSE(set.evaluate({}, "nothing").found);
}

TEST(FlagSet, UserBeforeTenantBeforeDefinition) {
    const FlagSet set({flag(kPlatform, "colour", kColour)},
                      {{kAcme, "colour", "", "green"}, {kAcme, "colour", "ada", "blue"}});
    EXPECT_EQ(variant_for(set, kAcme, "ada"), "blue");
    EXPECT_EQ(variant_for(set, kAcme, "bob"), "green");
    EXPECT_EQ(variant_for(set, kAcme, ""), "green");
    EXPECT_EQ(variant_for(set, kOther, "ada"), "red");
    EXPECT_EQ(variant_for(set, kPlatform, "ada"), "red");
    EXPECT_EQ(set.evaluate({.tenant = kAcme}, "colour").reason, Reason::kTargetingMatch);
    EXPECT_EQ(set.evaluate({.tenant = kOther}, "colour").reason, Reason::kStatic);
}

TEST(FlagSet, AnOverrideOfALostVariantIsPassedOver) {
    const FlagSet set(
        {flag(kPlatform, "colour", kColour)},
        {{kAcme, "colour", "", "green"}, {kAcme, "colour", "ada", "pink"}, {kOther, "colour", "", "x"}});
    EXPECT_EQ(variant_for(set, kAcme, "ada"), "green");
    EXPECT_EQ(variant_for(set, kOther, "ada"), "red");
}

TEST(FlagSet, ADisabledFlagHasNoValueWhateverItsOverrides) {
    const FlagSet set({flag(kPlatform, "off", kOff)}, {{kAcme, "off", "", "on"}});
    const auto evaluation = set.evaluate({.tenant = kAcme}, "off");
    ASSERT_TRUE(evaluation.found);
    EXPECT_EQ(evaluation.reason, Reason::kDisabled);
    EXPECT_TRUE(evaluation.variant.empty());
    EXPECT_TRUE(evaluation.value.empty());
    EXPECT_EQ(evaluation.metadata, R"({"m":1})");
}

TEST(FlagSet, WithoutADefaultTheApplicationsOwnApplies) {
    const FlagSet set({flag(kPlatform, "f", kNoDefault)}, {{kAcme, "f", "ada", "on"}});
    EXPECT_EQ(set.evaluate({.tenant = kAcme, .targeting_key = "bob"}, "f").reason, Reason::kDefault);
    EXPECT_TRUE(set.evaluate({.tenant = kAcme, .targeting_key = "bob"}, "f").value.empty());
    EXPECT_EQ(variant_for(set, kAcme, "ada", "f"), "on");
}

TEST(FlagSet, TenantsSeeTheirOwnAndWhatTheyInherit) {
    const FlagSet set({flag(kPlatform, "b", kColour), flag(kPlatform, "d", kOff), flag(kAcme, "a", kColour),
                       flag(kAcme, "b", kNoDefault), flag(kAcme, "e", kColour), flag(kOther, "c", kColour)},
                      {});
    const auto keys = [&](const base::Uuid& tenant) {
        std::string all;
        set.evaluate_all({.tenant = tenant}, [&](const Evaluation& evaluation) {
            all += std::string(evaluation.key) + ":" + std::string(to_string(evaluation.reason)) + " ";
        });
        return all;
    };
    EXPECT_EQ(keys(kPlatform), "b:STATIC d:DISABLED ");
    EXPECT_EQ(keys(kAcme), "a:STATIC b:DEFAULT d:DISABLED e:STATIC ");
    EXPECT_EQ(keys(kOther), "b:STATIC c:STATIC d:DISABLED ");
    EXPECT_FALSE(set.evaluate({.tenant = kAcme}, "c").found);
    EXPECT_FALSE(set.evaluate({.tenant = kPlatform}, "a").found);
}

}  // namespace
}  // namespace mortise::flags
