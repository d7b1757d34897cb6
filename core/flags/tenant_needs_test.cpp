// What the platform must not take from flags of tenants that have its flags as prerequisites.
#include "core/flags/tenant_needs.hpp"

#include "core/flags/test_delivery_world.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::flags {
namespace {

class TenantNeedsTest : public DeliveryWorldTest {
 protected:
    TenantNeedsTest() {
        tenancy::World::check(to_status(put(platform, "base")));
        administrator = platform;
        administrator.scopes = "flags:write tenants:act";
        platform.scopes = "flags:write";
    }

    template <class T>
    static base::Status to_status(const base::Result<T>& result) {
        return result ? base::Status() : base::Status(base::Error(result.error()));
    }
    template <class T>
    static std::string detail_of(const base::Result<T>& result) {
        return result ? "" : result.error().detail;
    }
    static std::string detail_of(const base::Status& status) { return status ? "" : status.error().detail; }
    auto archive(const base::RequestContext& context, std::string_view key) {
        return change(&FlagService::archive, context, key);
    }

    base::RequestContext administrator;
};

constexpr char kOther[] = R"({"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"})";

TEST_F(TenantNeedsTest, WhatTenantsNeedStays) {
    ASSERT_TRUE(put(acme, "f", needing("base")));
    ASSERT_TRUE(put(acme, "g", needing("base")));
    ASSERT_TRUE(put(other, "f", needing("base")));
    const std::string expected =
        "3 flags of 2 tenants would lose what they have as prerequisites; change those first.";
    EXPECT_EQ(code_of(remove(platform, "base")), "tenants_depend");
    EXPECT_EQ(detail_of(remove(platform, "base")), expected);
    EXPECT_EQ(detail_of(archive(platform, "base")), expected);
    EXPECT_EQ(code_of(put(platform, "base", kOther)), "tenants_depend");
    EXPECT_EQ(code_of(import(platform, std::string(R"({"flags":{"base":)") + kOther + "}}")),
              "tenants_depend");
    EXPECT_EQ(code_of(world.write([&](storage::Unit& unit) {
                  return flags.import(platform, unit, R"({"flags":{}})", {.whole = true});
              })),
              "tenants_depend");
    ASSERT_TRUE(put(in(platform, "staging"), "base", kFalse));
    EXPECT_EQ(value(acme, "f"), "false") << "by its off_variant";
    for (const auto& [context, key] : {std::pair(acme, "f"), std::pair(acme, "g"), std::pair(other, "f")})
        ASSERT_TRUE(remove(context, key));
    EXPECT_TRUE(archive(platform, "base"));
}

TEST_F(TenantNeedsTest, OnlyWhoMayActInTenantsIsToldWhose) {
    ASSERT_TRUE(put(acme, "secret-project", needing("base")));
    const auto told = remove(platform, "base");
    ASSERT_FALSE(told);
    EXPECT_TRUE(told.error().fields.empty());
    EXPECT_EQ(told.error().detail.find("secret-project"), std::string::npos);
    EXPECT_EQ(told.error().detail.find("acme"), std::string::npos);
    const auto named = remove(administrator, "base");
    ASSERT_FALSE(named);
    ASSERT_EQ(named.error().fields.size(), 1U);
    EXPECT_EQ(named.error().fields[0].detail, "The flag secret-project of the tenant acme in production.");
}

TEST_F(TenantNeedsTest, ChainsStayWithinTheLimitForTenants) {
    // The tenant's, and seven of the platform's below it, are as long as a chain may be.
    ASSERT_TRUE(put(platform, "p1"));
    for (int i = 2; i <= 8; ++i)
        ASSERT_TRUE(put(platform, "p" + std::to_string(i), needing("p" + std::to_string(i - 1))));
    ASSERT_TRUE(put(acme, "f", needing("p8")));
    ASSERT_TRUE(put(platform, "more"));
    const auto longer = put(platform, "p1", needing("more"));
    EXPECT_EQ(code_of(longer), "tenants_depend") << "the platform's own are within it";
    EXPECT_EQ(detail_of(longer).substr(0, 19), "1 flag of 1 tenant ");
    ASSERT_TRUE(remove(acme, "f"));
    EXPECT_TRUE(put(platform, "p1", needing("more")));
}

TEST_F(TenantNeedsTest, ATenantsOwnFlagStandsBefore) {
    ASSERT_TRUE(put(acme, "own"));
    ASSERT_TRUE(put(acme, "f", needing("own")));
    ASSERT_TRUE(put(platform, "own"));
    EXPECT_TRUE(remove(platform, "own"));
}

TEST_F(TenantNeedsTest, AnEnvironmentCounts) {
    const auto staging = in(platform, "staging");
    ASSERT_TRUE(put(staging, "there"));
    ASSERT_TRUE(put(in(acme, "staging"), "f", needing("there")));
    EXPECT_EQ(code_of(remove(staging, "there")), "tenants_depend");
    // What shows in an environment where the tenant has nothing.
    ASSERT_TRUE(put(staging, "base", kFalse));
    ASSERT_TRUE(put(acme, "g", needing("base")));
    EXPECT_EQ(code_of(put(staging, "base", kOther)), "tenants_depend");
    ASSERT_TRUE(put(platform, "other", kOther));
    ASSERT_TRUE(put(staging, "other", kFalse));
    ASSERT_TRUE(put(in(acme, "staging"), "h", needing("other")));
    EXPECT_EQ(code_of(remove(staging, "other")), "tenants_depend") << "production's has other variants";
}

TEST_F(TenantNeedsTest, WhatWasBrokenBeforeBlocksNothing) {
    ASSERT_TRUE(put(acme, "f", needing("base")));
    const storage::Statement lose{"test.lose_base", "DELETE FROM flags WHERE key = 'base'", {}};
    ASSERT_TRUE(world.write([&](storage::Unit& unit) -> base::Status {
        MORTISE_TRY(unit.run(lose, {}));
        return {};
    }));
    EXPECT_TRUE(put(platform, "base", kOther));
    EXPECT_TRUE(remove(platform, "base"));
}

}  // namespace
}  // namespace mortise::flags
