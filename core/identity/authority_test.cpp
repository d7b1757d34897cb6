#include "core/identity/authority.hpp"

#include "core/identity/test_house.hpp"

#include <gtest/gtest.h>

namespace mortise::identity {
namespace {

class AuthorityTest : public ::testing::Test {
 protected:
    bool holds(base::PrincipalKind kind, const base::Uuid& id, const base::Uuid& tenant,
               std::string_view scope = "flags:write") {
        const auto held = house.world.read(
            [&](storage::Unit& unit) { return authority.holds(unit, kind, id, tenant, scope); });
        EXPECT_TRUE(held);
        return held && *held;
    }

    House house;
    Authority authority{house.credentials, house.roles, house.world.clock};
};

TEST_F(AuthorityTest, OfAUserWhileTheyAreActive) {
    const auto acme = house.world.make_tenant("acme"), other = house.world.make_tenant("other");
    const auto context = House::administrator(&acme);
    const auto user = house.make_user(context, "a@example.com", "tenant_admin");
    const auto viewer = house.make_user(context, "v@example.com", "viewer");
    const auto of_platform = house.make_user(House::administrator(), "p@example.com", "platform_admin");
    ASSERT_TRUE(user && viewer && of_platform);
    EXPECT_TRUE(holds(base::PrincipalKind::kUser, user->id, acme.id));
    EXPECT_FALSE(holds(base::PrincipalKind::kUser, user->id, other.id));
    EXPECT_FALSE(holds(base::PrincipalKind::kUser, viewer->id, acme.id));
    EXPECT_TRUE(holds(base::PrincipalKind::kUser, of_platform->id, acme.id));
    EXPECT_FALSE(holds(base::PrincipalKind::kUser, base::new_uuid(house.world.clock), acme.id));
    ASSERT_TRUE(house.world.write([&](storage::Unit& unit) {
        return house.users.update(context, unit, user->id, {.roles = {}, .state = UserState::kDisabled}, {});
    }));
    EXPECT_FALSE(holds(base::PrincipalKind::kUser, user->id, acme.id));
    EXPECT_TRUE(holds(base::PrincipalKind::kSystem, {}, acme.id));
}

TEST_F(AuthorityTest, OfAKeyUntilItIsRevoked) {
    const auto acme = house.world.make_tenant("acme"), other = house.world.make_tenant("other");
    auto context = House::administrator(&acme);
    const auto owner = house.make_user(context, "a@example.com", "tenant_admin");
    ASSERT_TRUE(owner);
    context.principal = {base::PrincipalKind::kUser, owner->id, "a"};
    context.actor = context.principal;
    const auto made = house.world.write([&](storage::Unit& unit) {
        return house.api_keys.create(context, unit, {.name = "k", .scopes = {"flags:write"}});
    });
    ASSERT_TRUE(made);
    const auto id = made->key.id;
    EXPECT_TRUE(holds(base::PrincipalKind::kApiKey, id, acme.id));
    EXPECT_FALSE(holds(base::PrincipalKind::kApiKey, id, acme.id, "flags:approve"));
    EXPECT_FALSE(holds(base::PrincipalKind::kApiKey, id, other.id));
    ASSERT_TRUE(
        house.world.write([&](storage::Unit& unit) { return house.api_keys.revoke(context, unit, id); }));
    EXPECT_FALSE(holds(base::PrincipalKind::kApiKey, id, acme.id));
}

}  // namespace
}  // namespace mortise::identity
