#include "core/identity/login_limiter.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace mortise::identity {
namespace {

using namespace std::chrono_literals;

TEST(LoginLimiter, StopsAfterTheBurstAndSaysForHowLong) {
    LoginLimiter limiter({.burst = 3, .refill_every_s = 30});
    const base::Monotonic start{1h};
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(limiter.take("a", "192.0.2.1", start));
    const auto refused = limiter.take("a", "192.0.2.1", start + 10s);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::kRateLimited);
    EXPECT_EQ(refused.error().retry_after_s, 20U);
    EXPECT_TRUE(limiter.take("a", "192.0.2.1", start + 30s));
    EXPECT_FALSE(limiter.take("a", "192.0.2.1", start + 30s));
}

TEST(LoginLimiter, KeepsAccountsAndAddressesApart) {
    LoginLimiter limiter({.burst = 1, .refill_every_s = 30});
    const base::Monotonic now{1h};
    EXPECT_TRUE(limiter.take("a", "192.0.2.1", now));
    EXPECT_FALSE(limiter.take("a", "192.0.2.1", now));
    EXPECT_TRUE(limiter.take("b", "192.0.2.1", now));
    EXPECT_TRUE(limiter.take("a", "192.0.2.2", now));  // from elsewhere the user isn't locked out
}

TEST(LoginLimiter, StopsAnAddressThatTriesManyAccounts) {
    LoginLimiter limiter({.burst = 1, .refill_every_s = 30});
    const base::Monotonic now{1h};
    int taken = 0;
    for (int i = 0; i < 50; ++i)
        taken += limiter.take(std::to_string(i), "192.0.2.1", now).ok() ? 1 : 0;
    EXPECT_EQ(taken, 10);
}

TEST(LoginLimiter, ForgivesARightPassword) {
    LoginLimiter limiter({.burst = 1, .refill_every_s = 30});
    const base::Monotonic now{1h};
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(limiter.take("a", "192.0.2.1", now)) << i;
        limiter.forgive("a", "192.0.2.1");
    }
}

TEST(LoginLimiter, StaysBounded) {
    LoginLimiter limiter({.burst = 5, .refill_every_s = 30});
    for (int i = 0; i < 200'000; ++i)
        (void)limiter.take("a", std::to_string(i), base::Monotonic{1h});
    EXPECT_TRUE(limiter.take("b", "192.0.2.1", base::Monotonic{1h}));
}

}  // namespace
}  // namespace mortise::identity
