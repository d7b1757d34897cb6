#include "core/http/tenant_shares.hpp"

#include "core/base/clock.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mortise::http {
namespace {

const base::SystemClock clock;

TEST(TenantShares, LeaveAQuarterToOthers) {
    TenantShares shares(8);
    const base::Uuid tenant = base::new_uuid(clock);
    EXPECT_EQ(shares.of(tenant, nullptr)->width(), 6U);
    EXPECT_EQ(shares.of(tenant, std::make_shared<Lane>(4))->width(), 3U);
    EXPECT_EQ(shares.of(tenant, std::make_shared<Lane>(7))->width(), 6U);
    EXPECT_EQ(shares.of(tenant, std::make_shared<Lane>(100))->width(), 6U) << "of the threads that there are";
}

TEST(TenantShares, AreNoneWhereThereIsNothingToShare) {
    TenantShares shares(8);
    EXPECT_EQ(shares.of({}, nullptr), nullptr) << "of the platform";
    EXPECT_EQ(shares.of(base::new_uuid(clock), std::make_shared<Lane>(3)), nullptr);
    EXPECT_EQ(TenantShares(3).of(base::new_uuid(clock), nullptr), nullptr);
}

TEST(TenantShares, AreOnesOwnAndLiveAsLongAsTheirTasks) {
    TenantShares shares(8);
    const base::Uuid one = base::new_uuid(clock), other = base::new_uuid(clock);
    const auto lane = std::make_shared<Lane>(4);
    const auto held = shares.of(one, nullptr);
    EXPECT_EQ(shares.of(one, nullptr), held);
    EXPECT_NE(shares.of(other, nullptr), held);
    EXPECT_NE(shares.of(one, lane), held);
    const std::weak_ptr<Lane> ended = shares.of(other, lane);
    EXPECT_TRUE(ended.expired());
}

TEST(TenantShares, ForgetWhoHasNoTasks) {
    TenantShares shares(8);
    const base::Uuid one = base::new_uuid(clock);
    const auto held = shares.of(one, nullptr);
    for (int i = 0; i < 1000; ++i)
        EXPECT_NE(shares.of(base::new_uuid(clock), nullptr), nullptr);
    EXPECT_EQ(shares.of(one, nullptr), held);
    EXPECT_LE(shares.size(), 65U);
}

}  // namespace
}  // namespace mortise::http
