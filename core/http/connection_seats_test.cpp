#include "core/http/connection_seats.hpp"

#include <gtest/gtest.h>

namespace mortise::http {
namespace {

using Kind = Seat::Kind;

base::IpAddress ip(std::string_view text) {
    return *base::parse_ip(text);
}

TEST(Seats, AreGivenBack) {
    const auto seats = std::make_shared<Seats>(SeatLimits{.total = 2, .per_address = 0, .turned_away = 1});
    {
        const Seat a = seats->take(ip("192.0.2.1"));
        const Seat b = seats->take(ip("192.0.2.1"));
        const Seat c = seats->take(ip("192.0.2.2"));
        const Seat d = seats->take(ip("192.0.2.3"));
        EXPECT_EQ(a.kind(), Kind::kServed);
        EXPECT_EQ(b.kind(), Kind::kServed);
        EXPECT_EQ(c.kind(), Kind::kTurnedAway);
        EXPECT_EQ(d.kind(), Kind::kNone);
    }
    Seat again = seats->take(ip("192.0.2.1"));
    const Seat moved = std::move(again);
    const Seat other = seats->take(ip("192.0.2.1"));
    EXPECT_EQ(moved.kind(), Kind::kServed);
    EXPECT_EQ(other.kind(), Kind::kServed);
    EXPECT_EQ(seats->take(ip("192.0.2.1")).kind(), Kind::kTurnedAway)
        << "a seat moved from is not given back";
}

TEST(Seats, AnAddressCannotTakeAll) {
    const auto seats = std::make_shared<Seats>(SeatLimits{.total = 10, .per_address = 2});
    const Seat a = seats->take(ip("192.0.2.1"));
    const Seat b = seats->take(ip("::ffff:192.0.2.1"));
    EXPECT_EQ(seats->take(ip("192.0.2.1")).kind(), Kind::kTurnedAway);
    EXPECT_EQ(seats->take(ip("192.0.2.2")).kind(), Kind::kServed);
}

TEST(Seats, AnIpv6NetworkCountsAsOneAddress) {
    const auto seats = std::make_shared<Seats>(SeatLimits{.total = 10, .per_address = 1});
    const Seat a = seats->take(ip("2001:db8::1"));
    EXPECT_EQ(seats->take(ip("2001:db8::ffff")).kind(), Kind::kTurnedAway);
    EXPECT_EQ(seats->take(ip("2001:db8:0:1::1")).kind(), Kind::kServed);
}

TEST(Seats, ProxiesStandForMany) {
    const auto seats = std::make_shared<Seats>(
        SeatLimits{.total = 3, .per_address = 1, .unlimited = {*base::parse_network("10.0.0.0/8")}});
    const Seat a = seats->take(ip("10.0.0.1"));
    const Seat b = seats->take(ip("10.0.0.1"));
    const Seat c = seats->take(ip("10.0.0.1"));
    EXPECT_EQ(c.kind(), Kind::kServed);
    EXPECT_EQ(seats->take(ip("10.0.0.1")).kind(), Kind::kTurnedAway) << "not more than in all";
}

}  // namespace
}  // namespace mortise::http
