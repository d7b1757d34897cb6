#include "core/http/client_address.hpp"

#include <gtest/gtest.h>

namespace mortise::http {
namespace {

class ClientAddressTest : public ::testing::Test {
 protected:
    std::string of(std::string_view peer, std::vector<Field> fields) {
        RequestHead head;
        head.peer_address = peer;
        head.fields = std::move(fields);
        return client_address(head, proxies_);
    }

    TrustedProxies proxies_{{*base::parse_network("10.0.0.0/8"), *base::parse_network("2001:db8:1::/48")}};
};

TEST_F(ClientAddressTest, AStrangersWordIsNotTaken) {
    EXPECT_EQ(of("192.0.2.9", {{"X-Forwarded-For", "198.51.100.1"}}), "192.0.2.9");
    proxies_.networks.clear();
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "198.51.100.1"}}), "10.0.0.1");
}

TEST_F(ClientAddressTest, TheRightmostUntrustedAddressIsTheClient) {
    EXPECT_EQ(of("10.0.0.1", {{"x-forwarded-for", "198.51.100.1"}}), "198.51.100.1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "203.0.113.7, 198.51.100.1 ,10.2.3.4"}}), "198.51.100.1");
    EXPECT_EQ(
        of("::ffff:10.0.0.1",
           {{"X-Forwarded-For", "203.0.113.7"}, {"A", "b"}, {"X-Forwarded-For", "198.51.100.1, 10.1.1.1"}}),
        "198.51.100.1");
    EXPECT_EQ(of("2001:db8:1::5", {{"X-Forwarded-For", "[2001:db8:2::1]:4711"}}), "2001:db8:2::1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "198.51.100.1:80"}}), "198.51.100.1");
    EXPECT_EQ(of("10.0.0.1", {}), "10.0.0.1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}), "10.0.0.3");
}

TEST_F(ClientAddressTest, WhatIsNoAddressEndsTheSearch) {
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "198.51.100.1, unknown"}}), "10.0.0.1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "198.51.100.1, <script>, 10.0.0.2"}}), "10.0.0.2");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "[::1"}}), "10.0.0.1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", ", ,"}}), "10.0.0.1");
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "\", 198.51.100.1"}}), "198.51.100.1") << "no strings here";
}

TEST_F(ClientAddressTest, OnlyTheFieldThatTheProxiesWriteIsRead) {
    const Field forwarded{"Forwarded", "for=198.51.100.1"};
    const Field x_forwarded_for{"X-Forwarded-For", "203.0.113.7"};
    EXPECT_EQ(of("10.0.0.1", {forwarded, x_forwarded_for}), "203.0.113.7");
    EXPECT_EQ(of("10.0.0.1", {forwarded}), "10.0.0.1");
    proxies_.field = ForwardedField::kForwarded;
    EXPECT_EQ(of("10.0.0.1", {forwarded, x_forwarded_for}), "198.51.100.1");
}

// Examples of RFC 7239, 4 and 6.
TEST_F(ClientAddressTest, ReadsForwarded) {
    proxies_.field = ForwardedField::kForwarded;
    EXPECT_EQ(of("10.0.0.1", {{"Forwarded", "For=\"[2001:db8:cafe::17]:4711\""}}), "2001:db8:cafe::17");
    EXPECT_EQ(of("10.0.0.1", {{"Forwarded", "for=192.0.2.60;proto=http;by=203.0.113.43"}}), "192.0.2.60");
    EXPECT_EQ(of("10.0.0.1", {{"Forwarded", "for=192.0.2.43, for=198.51.100.17"}}), "198.51.100.17");
    EXPECT_EQ(of("10.0.0.1", {{"Forwarded", "for=192.0.2.43, for=unknown"}}), "10.0.0.1");
    EXPECT_EQ(of("10.0.0.1", {{"Forwarded", "for=192.0.2.43;host=\"a,for=1.2.3.4\""}}), "192.0.2.43");
    EXPECT_EQ(of("10.0.0.1", {{"Forwarded", "proto=http"}}), "10.0.0.1");
    // The client's part ends inside of a string, so that the proxy's seems to belong to it.
    EXPECT_EQ(of("10.0.0.1", {{"Forwarded", "for=192.0.2.43;host=\", for=198.51.100.17"}}), "10.0.0.1");
}

}  // namespace
}  // namespace mortise::http
