#include "core/identity/authenticator.hpp"

#include "core/identity/test_house.hpp"
#include "core/identity/token_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace mortise::identity {
namespace {

std::shared_ptr<const Identity> identity_until(base::Micros expires_at) {
    Identity identity;
    identity.expires_at = expires_at;
    return std::make_shared<const Identity>(identity);
}

TEST(TokenCache, ForgetsWhatExpiredOrWasSignedByOtherKeys) {
    TokenCache cache;
    const auto token = crypto::blake2b_256("a");
    cache.put(token, 1, identity_until(100), 0);
    EXPECT_NE(cache.find(token, 1, 99), nullptr);
    EXPECT_EQ(cache.find(token, 1, 100), nullptr);
    EXPECT_EQ(cache.find(token, 2, 99), nullptr);
    EXPECT_EQ(cache.find(crypto::blake2b_256("b"), 1, 99), nullptr);
}

TEST(TokenCache, StaysBounded) {
    TokenCache cache(64);
    for (int i = 0; i < 1000; ++i)
        cache.put(crypto::blake2b_256(std::to_string(i)), 1, identity_until(100), 0);
    int kept = 0;
    for (int i = 0; i < 1000; ++i)
        kept += cache.find(crypto::blake2b_256(std::to_string(i)), 1, 0) != nullptr ? 1 : 0;
    EXPECT_GT(kept, 0);
    EXPECT_LE(kept, 64);
}

TEST(Authenticator, AnswersTheSameIdentityFromTheCache) {
    House house;
    ASSERT_TRUE(house.make_user(House::administrator(), "a@example.com", "platform_admin"));
    const auto tokens = house.login("a@example.com");
    const auto now = house.world.clock.now();
    const auto first = house.authenticator.authenticate(tokens->access_token, now);
    const auto second = house.authenticator.authenticate(tokens->access_token, now);
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_EQ(*first, *second);
}

TEST(Authenticator, KeysRotateWithoutEndingSessions) {
    House house;
    ASSERT_TRUE(house.make_user(House::administrator(), "a@example.com", "platform_admin"));
    const auto before = house.login("a@example.com");
    const auto kid = house.keys.read()->kid;
    ASSERT_TRUE(house.world.write([&](storage::Unit& unit) { return house.keys.rotate(unit, 905); }));
    EXPECT_NE(house.keys.read()->kid, kid);
    EXPECT_EQ(house.keys.read()->verification.size(), 2U);
    EXPECT_EQ(house.refusal(before->access_token), "");
    const auto after = house.login("a@example.com");
    EXPECT_EQ(house.refusal(after->access_token), "");
    // A second rotation that keeps nothing: what the first key signed is over, whatever the cache knows.
    ASSERT_TRUE(house.world.write([&](storage::Unit& unit) { return house.keys.rotate(unit, 0); }));
    house.world.clock.advance_s(600);
    EXPECT_EQ(house.refusal(after->access_token), "invalid_token");
}

TEST(Authenticator, ANewProcessKnowsTheOldKeys) {
    House house;
    ASSERT_TRUE(house.make_user(House::administrator(), "a@example.com", "platform_admin"));
    const auto tokens = house.login("a@example.com");
    KeyRing again(house.world.clock);
    ASSERT_TRUE(house.world.write([&](storage::Unit& unit) -> base::Status {
        MORTISE_TRY(again.ensure_key(unit));
        return again.load(unit);
    }));
    EXPECT_EQ(again.read()->kid, house.keys.read()->kid);
    EXPECT_EQ(again.read()->jwks, house.keys.read()->jwks);
    EXPECT_TRUE(verify_access_token(tokens->access_token, again.read()->verification, house.settings,
                                    house.world.clock.now()));
}

TEST(Authenticator, ReadersRunWhileKeysAndSessionsChange) {
    House house;
    const auto tenant = house.world.make_tenant("acme");
    ASSERT_TRUE(house.make_user(House::administrator(&tenant), "a@example.com", "tenant_admin"));
    const auto tokens = house.login("a@example.com");
    const auto owner = house.context_of(tokens->access_token);
    const auto make_key = [&] {
        return house.world.write([&](storage::Unit& unit) {
            return house.api_keys.create(owner, unit, {.name = "k", .scopes = {"milestones:read"}});
        });
    };
    const auto key = make_key();
    std::atomic<bool> done{false};
    std::atomic<int> faults{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i)
        readers.emplace_back([&] {
            while (!done) {
                const auto now = house.world.clock.now();
                if (!house.authenticator.authenticate(tokens->access_token, now)) ++faults;
                if (!house.authenticator.authenticate(key->secret, now)) ++faults;
            }
        });
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(make_key());
        base::RequestContext other;
        other.session = base::new_uuid(house.world.clock);
        ASSERT_TRUE(house.sessions.logout(other));
        ASSERT_TRUE(
            house.world.write([&](storage::Unit& unit) { return house.credentials.flush_last_used(unit); }));
    }
    done = true;
    for (auto& reader : readers)
        reader.join();
    EXPECT_EQ(faults, 0);
}

}  // namespace
}  // namespace mortise::identity
