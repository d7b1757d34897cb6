#include "core/identity/api_key.hpp"

#include "core/identity/api_key_repository.hpp"
#include "core/identity/test_house.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {
namespace {

constexpr char kKey[] = "mk_abcdefg2_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

TEST(ApiKeyText, HasOneForm) {
    const auto parsed = parse_api_key(kKey);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->prefix, "abcdefg2");
    const std::string key = kKey;
    for (const auto& bad :
         {std::string(), std::string("mk_"), key + "A", key.substr(1), key.substr(0, key.size() - 1),
          "MK" + key.substr(2), key.substr(0, 3) + "ABCDEFG2" + key.substr(11),
          key.substr(0, 11) + "-" + key.substr(12), key.substr(0, key.size() - 1) + "B",
          key.substr(0, key.size() - 1) + "=", key.substr(0, key.size() - 1) + "\n"})
        EXPECT_FALSE(parse_api_key(bad)) << bad;
}

class ApiKeyServiceTest : public ::testing::Test {
 protected:
    ApiKeyServiceTest() : tenant(house.world.make_tenant("acme")) {
        const auto user = house.make_user(House::administrator(&tenant), "a@example.com", "tenant_admin");
        owner = house.context_of(house.login("a@example.com")->access_token);
    }
    base::Result<CreatedApiKey> create(const base::RequestContext& context, std::vector<std::string> scopes,
                                       std::optional<base::Micros> expires_at = {}) {
        return house.world.write([&](storage::Unit& unit) {
            return house.api_keys.create(
                context, unit, {.name = "key", .scopes = std::move(scopes), .expires_at = expires_at});
        });
    }
    std::string refused(const base::RequestContext& context, std::vector<std::string> scopes) {
        const auto made = create(context, std::move(scopes));
        return made ? "" : made.error().code;
    }
    base::Status revoke(const base::RequestContext& context, const base::Uuid& id) {
        return house.world.write(
            [&](storage::Unit& unit) { return house.api_keys.revoke(context, unit, id); });
    }
    base::Result<ApiKey> get(const base::RequestContext& context, const base::Uuid& id) {
        return house.world.read([&](storage::Unit& unit) { return house.api_keys.get(context, unit, id); });
    }

    House house;
    tenancy::Tenant tenant;
    base::RequestContext owner;
};

TEST_F(ApiKeyServiceTest, AKeyWorksFromItsCreationToItsRevocation) {
    const auto made = create(owner, {"milestones:write", "milestones:read"});
    ASSERT_TRUE(made) << made.error().code;
    EXPECT_TRUE(made->secret.starts_with("mk_" + made->key.prefix + "_"));
    const auto found = house.authenticator.authenticate(made->secret, house.world.clock.now());
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)->principal.kind, base::PrincipalKind::kApiKey);
    EXPECT_EQ((*found)->principal.id, made->key.id);
    EXPECT_EQ((*found)->tenant, tenant.id);
    EXPECT_EQ((*found)->scopes, "milestones:read milestones:write");
    ASSERT_TRUE(revoke(owner, made->key.id));
    EXPECT_EQ(house.refusal(made->secret), "invalid_token");
    EXPECT_TRUE(revoke(owner, made->key.id));
    EXPECT_TRUE(get(owner, made->key.id)->revoked_at);
}

TEST_F(ApiKeyServiceTest, TheSecretIsNowhereInTheDatabase) {
    const auto made = create(owner, {"milestones:read"});
    ASSERT_TRUE(made);
    const auto live = house.world.read(
        [&](storage::Unit& unit) { return repository::live_keys(unit, house.world.clock.now()); });
    ASSERT_EQ(live->size(), 1U);
    EXPECT_EQ(live->front().hash, parse_api_key(made->secret)->hash);
    EXPECT_EQ(made->secret.find(live->front().key.prefix), 3U);
}

TEST_F(ApiKeyServiceTest, AnyOtherKeyIsUnknown) {
    const auto made = create(owner, {"milestones:read"});
    EXPECT_EQ(house.refusal(kKey), "invalid_token");
    auto other_prefix = made->secret;
    other_prefix[3] = other_prefix[3] == 'a' ? 'b' : 'a';
    EXPECT_EQ(house.refusal(other_prefix), "invalid_token");
    auto other_secret = made->secret;
    other_secret[20] = other_secret[20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(house.refusal(other_secret), "invalid_token");
    EXPECT_EQ(house.refusal(std::string(1 << 20, 'm')), "invalid_token");
    EXPECT_EQ(house.refusal(""), "invalid_token");
}

TEST_F(ApiKeyServiceTest, ScopesStayWithinTheCreatorsAndTheTenants) {
    EXPECT_EQ(refused(owner, {"milestones:*", "flags:read"}), "");
    EXPECT_EQ(refused(owner, {"*"}), "scope_exceeded");
    EXPECT_EQ(refused(owner, {"tenants:write"}), "scope_exceeded");
    auto viewer = owner;
    viewer.scopes = "milestones:read";
    EXPECT_EQ(refused(viewer, {"milestones:read"}), "");
    EXPECT_EQ(refused(viewer, {"milestones:read", "milestones:write"}), "scope_exceeded");
    EXPECT_EQ(refused(viewer, {"milestones:*"}), "scope_exceeded");
    // An administrator of the platform who acts in the tenant can't hand out the platform's rights there.
    EXPECT_EQ(refused(House::administrator(&tenant), {"*"}), "scope_exceeded");
}

TEST_F(ApiKeyServiceTest, RefusesWhatIsWrong) {
    EXPECT_EQ(refused(owner, {}), "invalid_api_key");
    EXPECT_EQ(refused(owner, {"Milestones"}), "invalid_api_key");
    EXPECT_EQ(refused(owner, std::vector<std::string>(65, "milestones:read")), "invalid_api_key");
    EXPECT_EQ(create(owner, {"milestones:read"}, house.world.clock.now()).error().code, "invalid_api_key");
    EXPECT_EQ(refused(House::administrator(&tenant), {"milestones:read"}),
              "user_required");  // the system owns none
}

TEST_F(ApiKeyServiceTest, AKeyExpiresToTheMicrosecond) {
    const auto made = create(owner, {"milestones:read"}, house.world.clock.now() + 60'000'000);
    ASSERT_TRUE(made);
    EXPECT_EQ(house.refusal(made->secret), "");
    house.world.clock.advance_s(60);
    EXPECT_EQ(house.refusal(made->secret), "invalid_token");
}

TEST_F(ApiKeyServiceTest, AKeyFollowsItsOwnersRights) {
    const auto made = create(owner, {"milestones:*", "users:read"});
    ASSERT_TRUE(made);
    ASSERT_TRUE(house.world.write([&](storage::Unit& unit) {
        return house.users.update(House::administrator(&tenant), unit, owner.principal.id,
                                  {.roles = {{"viewer"}}}, {});
    }));
    EXPECT_EQ(house.context_of(made->secret).scopes, "milestones:read");
}

TEST_F(ApiKeyServiceTest, AnotherTenantsKeyIsNotFound) {
    const auto made = create(owner, {"milestones:read"});
    const auto other = house.world.make_tenant("other");
    const auto stranger = House::administrator(&other);
    EXPECT_EQ(get(stranger, made->key.id).error().code, "api_key_not_found");
    EXPECT_EQ(revoke(stranger, made->key.id).error().code, "api_key_not_found");
    EXPECT_EQ(house.refusal(made->secret), "");
    EXPECT_TRUE(
        house.world.read([&](storage::Unit& unit) { return house.api_keys.list(stranger, unit, {}); })
            ->items.empty());
}

TEST_F(ApiKeyServiceTest, LastUseIsWrittenInBatches) {
    const auto made = create(owner, {"milestones:read"});
    house.world.clock.advance_s(5);
    EXPECT_EQ(house.refusal(made->secret), "");
    EXPECT_FALSE(get(owner, made->key.id)->last_used_at);
    const auto used = house.world.clock.now();
    house.world.clock.advance_s(5);
    const auto flush = [&] {
        return house.world.write(
            [&](storage::Unit& unit) { return house.credentials.flush_last_used(unit); });
    };
    ASSERT_TRUE(flush());
    EXPECT_EQ(get(owner, made->key.id)->last_used_at, used);
    EXPECT_TRUE(create(owner, {"milestones:read"}));  // a new generation of the snapshot keeps counting
    house.world.clock.advance_s(120);
    EXPECT_EQ(house.refusal(made->secret), "");
    ASSERT_TRUE(flush());
    EXPECT_EQ(get(owner, made->key.id)->last_used_at, house.world.clock.now());
}

// Before each statement the keys are loaded again, as the thread of another request does.
class RivalUnit final : public storage::Unit {
 public:
    RivalUnit(storage::Unit& unit, tenancy::Snapshot& keys) : unit_(unit), keys_(keys) {}
    base::Result<std::int64_t> run(const storage::Statement& statement,
                                   std::span<const storage::Value> parameters,
                                   const storage::RowSink& sink) override {
        EXPECT_TRUE(keys_.load(unit_));
        return unit_.run(statement, parameters, sink);
    }
    base::Status commit() override { return unit_.commit(); }
    void abandon() noexcept override { unit_.abandon(); }
    storage::Access access() const noexcept override { return unit_.access(); }
    base::Uuid tenant() const noexcept override { return unit_.tenant(); }
    base::Status as_plugin(std::string_view plugin, base::FunctionRef<base::Status()> body) override {
        return unit_.as_plugin(plugin, body);
    }

 private:
    storage::Unit& unit_;
    tenancy::Snapshot& keys_;
};

TEST_F(ApiKeyServiceTest, KeysMayBeLoadedWhileTheirLastUseIsWritten) {
    std::vector<CreatedApiKey> made;
    for (int i = 0; i < 20; ++i)
        made.push_back(*create(owner, {"milestones:read"}));
    house.world.clock.advance_s(5);
    for (const auto& one : made)
        EXPECT_EQ(house.refusal(one.secret), "");
    ASSERT_TRUE(house.world.write([&](storage::Unit& unit) {
        RivalUnit rival(unit, house.credentials.key_snapshot());
        return house.credentials.flush_last_used(rival);
    }));
    for (const auto& one : made)
        EXPECT_EQ(get(owner, one.key.id)->last_used_at, house.world.clock.now());
}

TEST_F(ApiKeyServiceTest, ASuspendedTenantsKeyWaits) {
    const auto made = create(owner, {"milestones:read"});
    const auto in_state = [&](bool suspended) {
        return house.world.write([&](storage::Unit& unit) {
            return suspended ? house.world.tenants.suspend(tenancy::system_context(), unit, "acme", {})
                             : house.world.tenants.resume(tenancy::system_context(), unit, "acme", {});
        });
    };
    ASSERT_TRUE(in_state(true));
    EXPECT_EQ(house.refusal(made->secret), "tenant_suspended");
    ASSERT_TRUE(in_state(false));
    EXPECT_EQ(house.refusal(made->secret), "");
}

}  // namespace
}  // namespace mortise::identity
