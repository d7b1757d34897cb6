#include "core/identity/roles.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mortise::identity {
namespace {

Roles roles_with_plugins() {
    return Roles([] { return std::vector<std::string>{"rules:read", "rules:write", "rules:publish"}; });
}

TEST(Roles, AreSetsOfScopes) {
    const auto roles = roles_with_plugins();
    EXPECT_EQ(roles.scopes_of({"platform_admin"}), "*");
    EXPECT_EQ(
        roles.scopes_of({"tenant_admin"}),
        "api-keys:* audit:read events:read flags:* licenses:lease plugins:* rules:* tenant:read usage:read users:*");
    EXPECT_EQ(roles.scopes_of({"editor"}), "flags:read rules:read rules:write");
    EXPECT_EQ(roles.scopes_of({"viewer"}), "rules:read");
    EXPECT_EQ(roles.scopes_of({"viewer", "editor"}), "flags:read rules:read rules:write");
    EXPECT_EQ(roles.scopes_of({"nobody"}), "");
    EXPECT_EQ(roles.scopes_of({}), "");
}

TEST(Roles, BelongToThePlatformOrToTenants) {
    const auto roles = roles_with_plugins();
    EXPECT_TRUE(roles.check({"platform_admin"}, true));
    EXPECT_TRUE(roles.check({"viewer", "editor", "tenant_admin"}, false));
    EXPECT_FALSE(roles.check({"platform_admin"}, false));
    EXPECT_FALSE(roles.check({"tenant_admin"}, true));
    EXPECT_FALSE(roles.check({}, false));
    EXPECT_FALSE(roles.check({"viewer", "owner"}, false));
    EXPECT_FALSE(roles.check(std::vector<std::string>(17, "viewer"), false));
}

TEST(Scopes, HaveAForm) {
    for (const std::string good : {"*", "a:b", "api-keys:*", "milestones:write", "a1:b_2"})
        EXPECT_TRUE(is_scope(good)) << good;
    for (const std::string bad :
         {"", "a", ":", "a:", ":b", "*:*", "*:read", "A:b", "a:b:c", "a:b c", "a: b", "a:**"})
        EXPECT_FALSE(is_scope(bad)) << bad;
}

TEST(Scopes, IntersectToWhatBothGive) {
    EXPECT_EQ(intersect_scopes("a:read b:*", "*"), "a:read b:*");
    EXPECT_EQ(intersect_scopes("*", "a:read b:*"), "a:read b:*");
    EXPECT_EQ(intersect_scopes("a:* b:write", "a:read b:read"), "a:read");
    EXPECT_EQ(intersect_scopes("a:read", "b:*"), "");
    EXPECT_EQ(intersect_scopes("ab:read", "a:*"), "");
}

}  // namespace
}  // namespace mortise::identity
