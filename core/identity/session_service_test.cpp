#include "core/identity/session_service.hpp"

#include "core/audit/trail.hpp"
#include "core/base/file.hpp"
#include "core/identity/test_house.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::identity {
namespace {

class SessionServiceTest : public ::testing::Test {
 protected:
    SessionServiceTest() : tenant(house.world.make_tenant("acme")) {
        auto made = house.make_user(House::administrator(&tenant), "a@example.com", "editor");
        if (!made) throw std::runtime_error(made.error().code);
        user = *made;
    }
    std::string code_of(const base::Result<TokenPair>& result) { return result ? "" : result.error().code; }
    base::Result<TokenPair> refresh(const std::string& token, const std::string& address = "192.0.2.1") {
        return house.sessions.refresh(House::client(address), token);
    }

    House house;
    tenancy::Tenant tenant;
    User user;
};

TEST_F(SessionServiceTest, ALoginGivesTokensThatWork) {
    const auto tokens = house.login("A@Example.com", "acme");
    ASSERT_TRUE(tokens) << tokens.error().log_text;
    EXPECT_EQ(tokens->token_type, "Bearer");
    EXPECT_EQ(tokens->expires_in, 900);
    EXPECT_TRUE(tokens->refresh_token.starts_with("mr_"));
    const auto found = house.authenticator.authenticate(tokens->access_token, house.world.clock.now());
    ASSERT_TRUE(found) << found.error().log_text;
    EXPECT_EQ((*found)->principal.id, user.id);
    EXPECT_EQ((*found)->principal.kind, base::PrincipalKind::kUser);
    EXPECT_EQ((*found)->tenant, tenant.id);
    EXPECT_EQ((*found)->scopes, "flags:read milestones:read milestones:write");
    house.world.clock.advance_s(900 + house.settings.leeway_s);
    EXPECT_EQ(house.refusal(tokens->access_token), "invalid_token");
}

TEST_F(SessionServiceTest, EveryRefusalOfALoginLooksAlike) {
    ASSERT_TRUE(house.make_user(House::administrator(), "p@example.com", "platform_admin"));
    for (const auto& [email, slug, password] :
         std::vector<std::array<std::string, 3>>{{"a@example.com", "acme", "wrong password 1"},
                                                 {"nobody@example.com", "acme", kPassword},
                                                 {"a@example.com", "nowhere", kPassword},
                                                 {"p@example.com", "acme", kPassword},
                                                 {"no address", "acme", kPassword},
                                                 {"a@example.com", "NOT A SLUG", kPassword},
                                                 {"a@example.com", "acme", std::string(5000, 'x')},
                                                 {"a@example.com", "acme", ""},
                                                 {"", "", ""}}) {
        const auto result = house.login(email, slug, password);
        ASSERT_FALSE(result) << email << " " << slug;
        EXPECT_EQ(result.error().kind, base::ErrorKind::kUnauthenticated);
        EXPECT_EQ(result.error().code, "invalid_credentials");
        EXPECT_EQ(result.error().detail, house.login("x@example.com").error().detail);
    }
}

TEST_F(SessionServiceTest, TheSameEmailInTwoTenantsNeedsTheTenantsName) {
    const auto other = house.world.make_tenant("other");
    EXPECT_TRUE(house.login("a@example.com"));  // only one has it
    ASSERT_TRUE(
        house.make_user(House::administrator(&other), "a@example.com", "viewer", "another password 1"));
    EXPECT_EQ(code_of(house.login("a@example.com")), "invalid_credentials");
    EXPECT_EQ(code_of(house.login("a@example.com", "other")), "invalid_credentials");  // acme's password
    const auto tokens = house.login("a@example.com", "other", "another password 1");
    ASSERT_TRUE(tokens);
    EXPECT_EQ(house.context_of(tokens->access_token).tenant, other.id);
    EXPECT_EQ(house.context_of(house.login("a@example.com", "acme")->access_token).tenant, tenant.id);
}

TEST_F(SessionServiceTest, ATenantCantLockOutThePlatformsUser) {
    ASSERT_TRUE(house.make_user(House::administrator(), "root@example.com", "platform_admin"));
    ASSERT_TRUE(
        house.make_user(House::administrator(&tenant), "root@example.com", "viewer", "a tenant's password"));
    const auto tokens = house.login("root@example.com");
    ASSERT_TRUE(tokens);
    EXPECT_TRUE(house.context_of(tokens->access_token).tenant.is_nil());
    EXPECT_EQ(house.context_of(tokens->access_token).scopes, "*");
}

TEST_F(SessionServiceTest, GuessingIsSlowedDown) {
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(code_of(house.login("a@example.com", "acme", "wrong password 1")), "invalid_credentials");
    const auto refused = house.login("a@example.com", "acme");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "too_many_attempts");
    EXPECT_GT(refused.error().retry_after_s, 0U);
    house.world.clock.advance_s(31);
    EXPECT_TRUE(house.login("a@example.com", "acme"));
}

TEST_F(SessionServiceTest, ASuspendedTenantSaysSoOnlyToWhoKnowsThePassword) {
    ASSERT_TRUE(house.world.write([&](storage::Unit& unit) {
        return house.world.tenants.suspend(tenancy::system_context(), unit, "acme", {});
    }));
    EXPECT_EQ(code_of(house.login("a@example.com", "acme")), "tenant_suspended");
    EXPECT_EQ(code_of(house.login("a@example.com", "acme", "wrong password 1")), "invalid_credentials");
}

TEST_F(SessionServiceTest, RefreshTokensRotate) {
    const auto first = house.login("a@example.com");
    house.world.clock.advance_s(60);
    const auto second = refresh(first->refresh_token);
    ASSERT_TRUE(second) << second.error().log_text;
    EXPECT_NE(second->refresh_token, first->refresh_token);
    EXPECT_EQ(house.refusal(second->access_token), "");
    house.world.clock.advance_s(60);
    const auto third = refresh(second->refresh_token);
    ASSERT_TRUE(third);
    EXPECT_EQ(house.context_of(third->access_token).session, house.context_of(first->access_token).session);
}

TEST_F(SessionServiceTest, ALostAnswerIsGivenAgain) {
    const auto first = house.login("a@example.com");
    const auto second = refresh(first->refresh_token);
    house.world.clock.advance_s(10);
    const auto again = refresh(first->refresh_token);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->refresh_token, second->refresh_token);
    EXPECT_TRUE(refresh(second->refresh_token));
}

TEST_F(SessionServiceTest, AnotherClientsReplayEndsTheSession) {
    const auto first = house.login("a@example.com");
    const auto second = refresh(first->refresh_token);
    EXPECT_EQ(code_of(refresh(first->refresh_token, "198.51.100.7")), "invalid_refresh_token");
    EXPECT_EQ(code_of(refresh(second->refresh_token)), "invalid_refresh_token");
    EXPECT_EQ(house.refusal(second->access_token), "invalid_token");
}

TEST_F(SessionServiceTest, ALateReplayEndsTheSession) {
    const auto first = house.login("a@example.com");
    const auto second = refresh(first->refresh_token);
    house.world.clock.advance_s(11);
    EXPECT_EQ(code_of(refresh(first->refresh_token)), "invalid_refresh_token");
    EXPECT_EQ(code_of(refresh(second->refresh_token)), "invalid_refresh_token");
    EXPECT_EQ(house.refusal(first->access_token), "invalid_token");
    EXPECT_EQ(house.refusal(second->access_token), "invalid_token");
    EXPECT_TRUE(house.login("a@example.com"));  // another session is another matter
}

TEST_F(SessionServiceTest, AReplayAfterItsSuccessorWasUsedEndsTheSession) {
    const auto first = house.login("a@example.com");
    const auto second = refresh(first->refresh_token);
    const auto third = refresh(second->refresh_token);
    ASSERT_TRUE(third);
    EXPECT_EQ(code_of(refresh(first->refresh_token)), "invalid_refresh_token");
    EXPECT_EQ(code_of(refresh(third->refresh_token)), "invalid_refresh_token");
}

TEST_F(SessionServiceTest, AnUnknownRefreshTokenEndsNothing) {
    const auto tokens = house.login("a@example.com");
    for (const std::string bad :
         {"", "mr_", "x", "mr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "mk_AAAA", "mr_\xff"})
        EXPECT_EQ(code_of(refresh(bad)), "invalid_refresh_token") << bad;
    EXPECT_EQ(code_of(refresh(tokens->access_token)), "invalid_refresh_token");
    EXPECT_EQ(house.refusal(tokens->refresh_token), "invalid_token");  // nor is it an access token
    EXPECT_TRUE(refresh(tokens->refresh_token));
}

TEST_F(SessionServiceTest, ASessionEndsAfterItsAbsoluteLifetime) {
    auto tokens = house.login("a@example.com");
    for (int day = 0; day < 29; ++day) {
        house.world.clock.advance_s(24 * 3600);
        tokens = refresh(tokens->refresh_token);
        ASSERT_TRUE(tokens) << day;
    }
    house.world.clock.advance_s(24 * 3600);
    EXPECT_EQ(code_of(refresh(tokens->refresh_token)), "invalid_refresh_token");
    EXPECT_EQ(*house.sessions.purge(), 0);
    house.world.clock.advance_s(24 * 3600 + 1);
    EXPECT_EQ(*house.sessions.purge(), 1);
}

TEST_F(SessionServiceTest, LogoutEndsTheSessionAtOnce) {
    const auto tokens = house.login("a@example.com");
    const auto other = house.login("a@example.com");
    const auto context = house.context_of(tokens->access_token);
    ASSERT_TRUE(house.sessions.logout(context));
    EXPECT_EQ(house.refusal(tokens->access_token), "invalid_token");
    EXPECT_EQ(code_of(refresh(tokens->refresh_token)), "invalid_refresh_token");
    EXPECT_EQ(house.refusal(other->access_token), "");
    EXPECT_TRUE(house.sessions.logout(context));
    EXPECT_TRUE(house.sessions.logout(House::client()));
}

TEST_F(SessionServiceTest, EightThreadsWithOneTokenMakeOneSuccessor) {
    constexpr int kThreads = 8;
    for (int round = 0; round < 5; ++round) {
        const auto tokens = house.login("a@example.com");
        std::mutex mutex;
        std::set<std::string> successors;
        std::barrier start(kThreads);
        std::vector<std::thread> threads;
        for (int i = 0; i < kThreads; ++i)
            threads.emplace_back([&] {
                start.arrive_and_wait();
                const auto next = refresh(tokens->refresh_token);
                const std::lock_guard lock(mutex);
                successors.insert(next ? next->refresh_token : "refused: " + next.error().code);
            });
        for (auto& thread : threads)
            thread.join();
        ASSERT_EQ(successors.size(), 1U) << *successors.begin();
        EXPECT_TRUE(refresh(*successors.begin()));
    }
}

TEST_F(SessionServiceTest, ThievesAndOwnersNeverBothGoOn) {
    constexpr int kThreads = 8;
    for (int round = 0; round < 5; ++round) {
        const auto tokens = house.login("a@example.com");
        std::mutex mutex;
        std::set<std::string> successors;
        std::barrier start(kThreads);
        std::vector<std::thread> threads;
        for (int i = 0; i < kThreads; ++i)
            threads.emplace_back([&, i] {
                start.arrive_and_wait();
                const auto next = refresh(tokens->refresh_token, "192.0.2." + std::to_string(i));
                const std::lock_guard lock(mutex);
                if (next) successors.insert(next->refresh_token);
            });
        for (auto& thread : threads)
            thread.join();
        EXPECT_LE(successors.size(), 1U);
        for (const auto& successor : successors)
            EXPECT_EQ(code_of(refresh(successor)), "invalid_refresh_token");
    }
}

TEST_F(SessionServiceTest, WhatHappensIsInTheTrail) {
    const audit::Trail trail(house.world.clock);
    const auto newest = [&] {
        const auto rows = house.world.read([&](storage::Unit& unit) { return trail.list(unit, 0, 1); });
        return rows && !rows->empty() ? rows->front() : audit::Record{};
    };
    EXPECT_EQ(newest().action, "user.created");
    EXPECT_EQ(code_of(house.login("a@example.com", "", "wrong password 1")), "invalid_credentials");
    EXPECT_EQ(newest().action, "login.failed");
    EXPECT_EQ(newest().outcome, "denied");
    EXPECT_EQ(newest().target, "user:" + user.id.to_string());
    EXPECT_EQ(newest().personal, "192.0.2.1");
    EXPECT_EQ(code_of(house.login("nobody@example.com")), "invalid_credentials");
    EXPECT_EQ(newest().target, "user:unknown");
    const auto tokens = house.login("a@example.com");
    EXPECT_EQ(newest().action, "login.succeeded");
    EXPECT_EQ(newest().principal, user.id);
    EXPECT_EQ(newest().details_json, R"({"tenant":")" + tenant.id.to_string() + R"("})");
    ASSERT_TRUE(refresh(tokens->refresh_token));
    EXPECT_EQ(code_of(refresh(tokens->refresh_token, "198.51.100.7")), "invalid_refresh_token");
    EXPECT_EQ(newest().action, "session.reuse_detected");
    EXPECT_TRUE(house.world.read([&](storage::Unit& unit) { return trail.verify(unit); })->intact());
}

TEST_F(SessionServiceTest, ATenantsExportHasUsersWithoutSecretsAndItsRemovalLeavesNone) {
    const auto tokens = house.login("a@example.com");
    const auto made = house.world.tenants.export_tenant(tenancy::system_context(), "acme");
    ASSERT_TRUE(made);
    const auto text = *base::read_file(made->folder / "core.json", 1 << 20);
    EXPECT_NE(text.find("a@example.com"), std::string::npos);
    EXPECT_EQ(text.find("argon2"), std::string::npos);
    EXPECT_EQ(text.find("hash"), std::string::npos);
    ASSERT_TRUE(house.world.tenants.remove(tenancy::system_context(), "acme", {}));
    EXPECT_EQ(house.refusal(tokens->access_token), "invalid_token");
    EXPECT_EQ(code_of(refresh(tokens->refresh_token)), "invalid_refresh_token");
    EXPECT_EQ(code_of(house.login("a@example.com")), "invalid_credentials");
}

}  // namespace
}  // namespace mortise::identity
