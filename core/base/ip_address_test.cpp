#include "core/base/ip_address.hpp"

#include <gtest/gtest.h>

namespace mortise::base {
namespace {

TEST(IpAddress, BothWaysToWriteAnIpv4AddressAreEqual) {
    EXPECT_EQ(parse_ip("192.0.2.1"), parse_ip("::ffff:192.0.2.1"));
    EXPECT_EQ(parse_ip("::ffff:c000:201")->to_string(), "192.0.2.1");
    EXPECT_EQ(parse_ip("2001:DB8:0:0:0:0:0:1")->to_string(), "2001:db8::1");
}

TEST(IpAddress, RefusesWhatIsNone) {
    for (const std::string_view text : {"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4:80", "[::1]",
                                        "fe80::1%eth0", "localhost", " 1.2.3.4", "unknown", "1.2.3.4/8",
                                        "::1::", "11111111111111111111111111111111111111111111111111111111"})
        EXPECT_FALSE(parse_ip(text)) << text;
    EXPECT_FALSE(parse_ip(std::string_view("1.2.3.4\0x", 9)));
}

TEST(IpNetwork, ContainsByPrefix) {
    const auto inside = [](std::string_view network, std::string_view address) {
        return parse_network(network)->contains(*parse_ip(address));
    };
    EXPECT_TRUE(inside("10.0.0.0/8", "10.255.1.2"));
    EXPECT_FALSE(inside("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(inside("192.0.2.128/25", "192.0.2.255"));
    EXPECT_FALSE(inside("192.0.2.128/25", "192.0.2.127"));
    EXPECT_TRUE(inside("127.0.0.1", "::ffff:127.0.0.1"));
    EXPECT_FALSE(inside("127.0.0.1", "127.0.0.2"));
    EXPECT_TRUE(inside("0.0.0.0/0", "8.8.8.8"));
    EXPECT_FALSE(inside("0.0.0.0/0", "2001:db8::1")) << "all of IPv4 is not all of IPv6";
    EXPECT_TRUE(inside("::/0", "2001:db8::1"));
    EXPECT_TRUE(inside("2001:db8::/33", "2001:db8:7fff::"));
    EXPECT_FALSE(inside("2001:db8::/33", "2001:db8:8000::"));
}

TEST(IpNetwork, RefusesWhatIsNone) {
    for (const std::string_view text :
         {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.1/8", "10.0.0.0/-1", "10.0.0.0/8/8", "all"})
        EXPECT_FALSE(parse_network(text)) << text;
}

}  // namespace
}  // namespace mortise::base
