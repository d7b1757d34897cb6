#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::base {

// An IP address. IPv4 stands as an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), so that the two ways to
// write one address are equal.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};

    static IpAddress v4(std::uint32_t number) noexcept;  // 0xC0000201 is 192.0.2.1
    bool is_v4() const noexcept;
    bool operator==(const IpAddress&) const = default;
    std::string to_string() const;  // RFC 5952; IPv4 in dotted decimals
};

// "192.0.2.1" or "2001:db8::1", without port, brackets and zone.
std::optional<IpAddress> parse_ip(std::string_view text);

// A network in CIDR notation.
struct IpNetwork {
    IpAddress address;
    unsigned prefix = 128;  // bits of the mapped form

    bool contains(const IpAddress& other) const noexcept;
};

// "10.0.0.0/8", "2001:db8::/32", or an address alone. Bits beyond the prefix must be zero: set, they are
// more likely a slip.
std::optional<IpNetwork> parse_network(std::string_view text);

}  // namespace mortise::base
