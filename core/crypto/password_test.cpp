#include "core/crypto/password.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <thread>
#include <vector>

namespace mortise::crypto {
namespace {

using namespace std::chrono_literals;

TEST(Password, HashIsAPhcStringOfTheCost) {
    const std::string phc = hash_password("correct horse");
    EXPECT_EQ(phc.substr(0, 30), "$argon2id$v=19$m=19456,t=2,p=1");
    EXPECT_NE(phc, hash_password("correct horse")) << "each hash has a salt of its own";
    EXPECT_TRUE(verify_password(phc, "correct horse"));
    EXPECT_FALSE(verify_password(phc, "correct horsf"));
    EXPECT_FALSE(verify_password(phc, ""));
}

// Made by the Argon2 reference program (P-H-C/phc-winner-argon2, test.c: argon2id, t=2, m=65536, p=1).
TEST(Password, VerifiesAHashOfTheReferenceProgram) {
    const auto phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    EXPECT_TRUE(verify_password(phc, "password"));
    EXPECT_FALSE(verify_password(phc, "differentpassword"));
}

TEST(Password, OddStoredTextsAreRefused) {
    EXPECT_FALSE(verify_password("", ""));
    EXPECT_FALSE(verify_password("plain", "plain"));
    EXPECT_FALSE(verify_password(std::string(500, '$'), "x"));
    EXPECT_FALSE(verify_password(hash_password("a") + std::string("\0tail", 5), "a"));
}

TEST(Password, BytesAfterNulCount) {
    const std::string with_nul("pass\0word", 9);
    const std::string phc = hash_password(with_nul);
    EXPECT_TRUE(verify_password(phc, with_nul));
    EXPECT_FALSE(verify_password(phc, "pass"));
}

TEST(Password, NeedsRehashWhenTheCostChanges) {
    const std::string phc = hash_password("x");
    EXPECT_FALSE(needs_rehash(phc));
    EXPECT_TRUE(needs_rehash(phc, {.passes = 3, .memory_kib = 19456}));
    EXPECT_TRUE(needs_rehash(phc, {.passes = 2, .memory_kib = 65536}));
    EXPECT_TRUE(needs_rehash("plain"));
}

TEST(Password, TooLowACostIsAProgrammingError) {
    EXPECT_THROW(hash_password("x", {.passes = 2, .memory_kib = 1024}), std::invalid_argument);
    EXPECT_THROW(hash_password("x", {.passes = 0, .memory_kib = 19456}), std::invalid_argument);
}

TEST(PasswordHasher, HashesAndVerifies) {
    PasswordHasher hasher({}, 1, 1s);
    const auto phc = hasher.hash("secret");
    ASSERT_TRUE(phc.ok());
    EXPECT_TRUE(hasher.verify(*phc, "secret").value());
    EXPECT_FALSE(hasher.verify(*phc, "Secret").value());
    EXPECT_TRUE(hasher.verify_dummy("secret").ok());
    EXPECT_FALSE(hasher.needs_rehash(*phc));
}

TEST(PasswordHasher, WaitsForASlot) {
    PasswordHasher hasher({}, 2, 60s);
    std::atomic<int> done{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] { done += hasher.verify_dummy("x").ok() ? 1 : 0; });
    }
    EXPECT_EQ(done, 8);
}

TEST(PasswordHasher, SaysBusyWhenNoSlotComesFree) {
    PasswordHasher hasher({.passes = 20, .memory_kib = 65536}, 1, 1ms);
    std::atomic<int> served{0}, refused{0};
    std::barrier start(4);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                start.arrive_and_wait();
                const auto status = hasher.verify_dummy("x");
                if (status.ok()) {
                    ++served;
                    return;
                }
                ++refused;
                EXPECT_EQ(status.error().kind, base::ErrorKind::kUnavailable);
                EXPECT_EQ(status.error().code, "busy");
                EXPECT_GT(status.error().retry_after_s, 0u);
            });
    }
    EXPECT_EQ(served, 1);
    EXPECT_EQ(refused, 3);
    EXPECT_TRUE(hasher.verify_dummy("x").ok()) << "the slot came back";
}

// The point of verify_dummy: an unknown user must not answer faster. Compared by turns, in time of the
// processor, which others that run do not add to, with slack.
TEST(PasswordHasher, DummyCostsAsMuchAsTheRealCheck) {
    PasswordHasher hasher({}, 1, 1s);
    const std::string phc = hasher.hash("secret").value();
    const auto used = [] {
        timespec now{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    };
    const auto time = [&](auto&& work) {
        const auto start = used();
        work();
        return used() - start;
    };
    auto real = std::chrono::nanoseconds::max(), dummy = real;
    for (int i = 0; i < 5; ++i) {
        real = std::min(real, time([&] { EXPECT_TRUE(hasher.verify(phc, "wrong").ok()); }));
        dummy = std::min(dummy, time([&] { EXPECT_TRUE(hasher.verify_dummy("wrong").ok()); }));
    }
    EXPECT_GT(dummy, real / 2);
    EXPECT_LT(dummy, real * 2);
}

}  // namespace
}  // namespace mortise::crypto
