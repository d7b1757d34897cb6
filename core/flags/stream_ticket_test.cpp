#include "core/flags/stream_ticket.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::flags {
namespace {

const std::string kKey(32, 'k');
constexpr std::int64_t kNow = 1'771'622'898;

StreamTicket ticket() {
    return {.tenant = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000001"),
            .kind = base::PrincipalKind::kUser,
            .principal = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000002"),
            .session = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000003"),
            .expires_at = kNow + 60,
            .seen = {.version = 77, .fingerprint = 0xfedcba9876543210},
            .environment = "staging"};
}

TEST(StreamTicket, IsOpenedByWhoHasTheKey) {
    const auto opened = StreamTicket::open(ticket().seal(kKey), kKey, kNow);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->tenant, ticket().tenant);
    EXPECT_EQ(opened->kind, ticket().kind);
    EXPECT_EQ(opened->principal, ticket().principal);
    EXPECT_EQ(opened->session, ticket().session);
    EXPECT_EQ(opened->expires_at, ticket().expires_at);
    EXPECT_EQ(opened->seen, ticket().seen);
    EXPECT_EQ(opened->environment, "staging");
    EXPECT_FALSE(StreamTicket::open(ticket().seal(kKey), std::string(32, 'l'), kNow));
}

TEST(StreamTicket, Ends) {
    const auto sealed = ticket().seal(kKey);
    EXPECT_TRUE(StreamTicket::open(sealed, kKey, kNow + 59));
    EXPECT_FALSE(StreamTicket::open(sealed, kKey, kNow + 60));
}

TEST(StreamTicket, NoCharacterCanBeChangedLeftOutOrAdded) {
    const auto sealed = ticket().seal(kKey);
    EXPECT_LE(sealed.size(), 256U);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        for (const char other : {'A', 'B', '_', '%'}) {
            if (sealed[i] == other) continue;
            auto changed = sealed;
            changed[i] = other;
            EXPECT_FALSE(StreamTicket::open(changed, kKey, kNow)) << i;
        }
        EXPECT_FALSE(StreamTicket::open(sealed.substr(0, i), kKey, kNow)) << i;
    }
    EXPECT_FALSE(StreamTicket::open(sealed + "A", kKey, kNow));
    EXPECT_FALSE(StreamTicket::open(sealed + "AAAA", kKey, kNow));
}

}  // namespace
}  // namespace mortise::flags
