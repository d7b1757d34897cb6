#include "core/identity/user_service.hpp"

#include "core/identity/test_house.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::identity {
namespace {

class UserServiceTest : public ::testing::Test {
 protected:
    template <class T>
    static std::string code_of(const base::Result<T>& result) {
        return result ? "" : result.error().code;
    }
    auto update(const base::RequestContext& context, const base::Uuid& id, const UserPatch& patch,
                std::optional<std::int64_t> version = {}) {
        return house.world.write(
            [&](storage::Unit& unit) { return house.users.update(context, unit, id, patch, version); });
    }
    auto get(const base::RequestContext& context, const base::Uuid& id) {
        return house.world.read([&](storage::Unit& unit) { return house.users.get(context, unit, id); });
    }

    House house;
    base::RequestContext platform = House::administrator();
};

TEST_F(UserServiceTest, TheFirstAdministratorIsMadeOnce) {
    auto first =
        house.users.bootstrap_administrator(*house.world.database, "Admin@Example.com", std::nullopt);
    ASSERT_TRUE(first) << first.error().log_text;
    ASSERT_TRUE(first->has_value());
    EXPECT_EQ((*first)->user.email, "admin@example.com");
    EXPECT_GE((*first)->password.size(), 20U);
    EXPECT_TRUE(house.login("admin@example.com", "", (*first)->password));
    auto second = house.users.bootstrap_administrator(*house.world.database, "other@example.com", kPassword);
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->has_value());
}

TEST_F(UserServiceTest, TheFirstAdministratorsPasswordMustBeGoodToo) {
    EXPECT_EQ(code_of(house.users.bootstrap_administrator(*house.world.database, "a@example.com", "short")),
              "invalid_user");
}

TEST_F(UserServiceTest, NamesEveryWrongField) {
    const auto prepared = house.users.prepare(platform, "no-address", "short", {"tenant_admin"});
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().code, "invalid_user");
    ASSERT_EQ(prepared.error().fields.size(), 3U);
    EXPECT_EQ(prepared.error().fields[0].pointer, "/email");
    EXPECT_EQ(prepared.error().fields[1].pointer, "/password");
    EXPECT_EQ(prepared.error().fields[2].pointer, "/roles");
}

TEST_F(UserServiceTest, AnEmailIsUniqueWithinATenantOnly) {
    const auto a = house.world.make_tenant("tenant-a");
    const auto b = house.world.make_tenant("tenant-b");
    ASSERT_TRUE(house.make_user(House::administrator(&a), "same@example.com", "viewer"));
    ASSERT_TRUE(house.make_user(House::administrator(&b), "same@example.com", "viewer"));
    EXPECT_EQ(code_of(house.make_user(House::administrator(&a), "SAME@example.com", "viewer")),
              "email_taken");
}

TEST_F(UserServiceTest, AnotherTenantsUserIsNotFound) {
    const auto a = house.world.make_tenant("tenant-a");
    const auto b = house.world.make_tenant("tenant-b");
    const auto user = house.make_user(House::administrator(&a), "a@example.com", "viewer");
    ASSERT_TRUE(user);
    EXPECT_EQ(code_of(get(House::administrator(&b), user->id)), "user_not_found");
    EXPECT_EQ(code_of(get(platform, user->id)), "user_not_found");
    EXPECT_EQ(code_of(update(House::administrator(&b), user->id, {.state = UserState::kDisabled})),
              "user_not_found");
    const auto page = house.world.read(
        [&](storage::Unit& unit) { return house.users.list(House::administrator(&b), unit, {}); });
    EXPECT_TRUE(page->items.empty());
    EXPECT_TRUE(get(House::administrator(&a), user->id));
}

TEST_F(UserServiceTest, NobodyGivesMoreThanTheyHave) {
    const auto tenant = house.world.make_tenant("acme");
    auto context = House::administrator(&tenant);
    context.scopes = "flags:read milestones:read milestones:write users:*";
    EXPECT_TRUE(house.users.prepare(context, "e@example.com", kPassword, {"editor"}));
    EXPECT_EQ(code_of(house.users.prepare(context, "e@example.com", kPassword, {"tenant_admin"})),
              "scope_exceeded");
    const auto admin = house.make_user(House::administrator(&tenant), "admin@example.com", "tenant_admin");
    ASSERT_TRUE(admin);
    EXPECT_EQ(code_of(update(context, admin->id, {.state = UserState::kDisabled})), "scope_exceeded");
    EXPECT_EQ(code_of(update(context, admin->id, {.roles = {{"viewer"}}})), "scope_exceeded");
}

TEST_F(UserServiceTest, ChangesUnderTheVersionThatWasRead) {
    const auto tenant = house.world.make_tenant("acme");
    const auto context = House::administrator(&tenant);
    const auto user = house.make_user(context, "a@example.com", "viewer");
    const auto changed = update(context, user->id, {.roles = {{"viewer", "editor", "viewer"}}}, 1);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->roles, (std::vector<std::string>{"editor", "viewer"}));
    EXPECT_EQ(changed->version, 2);
    EXPECT_EQ(update(context, user->id, {.roles = {{"viewer", "editor"}}}, 2)->version, 2)
        << "nothing changed";
    EXPECT_EQ(update(context, user->id, {})->version, 2);
    EXPECT_EQ(code_of(update(context, user->id, {.roles = {{"viewer"}}}, 1)), "version_mismatch");
    EXPECT_EQ(code_of(update(context, user->id, {.roles = {{"platform_admin"}}})), "invalid_roles");
}

TEST_F(UserServiceTest, DisablingEndsSessionsAndKeysAtOnce) {
    const auto tenant = house.world.make_tenant("acme");
    const auto context = House::administrator(&tenant);
    const auto user = house.make_user(context, "a@example.com", "tenant_admin");
    const auto tokens = house.login("a@example.com");
    ASSERT_TRUE(tokens);
    const auto theirs = house.context_of(tokens->access_token);
    const auto key = house.world.write([&](storage::Unit& unit) {
        return house.api_keys.create(theirs, unit, {.name = "k", .scopes = {"milestones:read"}});
    });
    ASSERT_TRUE(key);
    EXPECT_EQ(house.refusal(key->secret), "");

    ASSERT_TRUE(update(context, user->id, {.state = UserState::kDisabled}));
    EXPECT_EQ(house.refusal(tokens->access_token), "invalid_token");
    EXPECT_EQ(house.refusal(key->secret), "invalid_token");
    EXPECT_EQ(code_of(house.sessions.refresh(House::client(), tokens->refresh_token)),
              "invalid_refresh_token");
    EXPECT_EQ(code_of(house.login("a@example.com")), "invalid_credentials");

    ASSERT_TRUE(update(context, user->id, {.state = UserState::kActive}));
    EXPECT_TRUE(house.login("a@example.com"));
    EXPECT_EQ(house.refusal(tokens->access_token), "invalid_token");  // what ended stays ended
}

TEST_F(UserServiceTest, ThePlatformKeepsOneAdministrator) {
    const auto first = house.make_user(platform, "a@example.com", "platform_admin");
    ASSERT_TRUE(first);
    EXPECT_EQ(code_of(update(platform, first->id, {.state = UserState::kDisabled})), "last_administrator");
    const auto second = house.make_user(platform, "b@example.com", "platform_admin");
    ASSERT_TRUE(second);
    EXPECT_TRUE(update(platform, first->id, {.state = UserState::kDisabled}));
    EXPECT_EQ(code_of(update(platform, second->id, {.state = UserState::kDisabled})), "last_administrator");
}

}  // namespace
}  // namespace mortise::identity
