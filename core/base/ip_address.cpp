#include "core/base/ip_address.hpp"

#include "core/base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace mortise::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kBits = 128;

// The first `prefix` bits, the rest zero.
IpAddress masked(const IpAddress& address, unsigned prefix) noexcept {
    IpAddress result = address;
    for (unsigned i = 0; i < result.bytes.size(); ++i) {
        const unsigned kept = prefix > i * 8 ? std::min(prefix - i * 8, 8U) : 0;
        result.bytes[i] = static_cast<std::uint8_t>(result.bytes[i] & (0xff00U >> kept));
    }
    return result;
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t number) noexcept {
    IpAddress address;
    std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
    for (std::size_t i = 0; i < 4; ++i)
        address.bytes[kMapped.size() + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    return address;
}

bool IpAddress::is_v4() const noexcept {
    return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4())
        ::inet_ntop(AF_INET, bytes.data() + kMapped.size(), text.data(), text.size());
    else
        ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
}

std::optional<IpAddress> parse_ip(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> copy{};
    if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
    std::copy(text.begin(), text.end(), copy.begin());
    IpAddress address;
    if (::inet_pton(AF_INET6, copy.data(), address.bytes.data()) == 1) return address;
    std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
    if (::inet_pton(AF_INET, copy.data(), address.bytes.data() + kMapped.size()) == 1) return address;
    return std::nullopt;
}

bool IpNetwork::contains(const IpAddress& other) const noexcept {
    return masked(other, prefix) == address;
}

std::optional<IpNetwork> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return IpNetwork{*address, kBits};
    const auto number = parse_u64(text.substr(slash + 1));
    const bool dotted = text.find(':') == std::string_view::npos;
    const unsigned before = dotted ? kMappedBits : 0;
    if (!number || *number > kBits - before) return std::nullopt;
    const IpNetwork network{*address, before + static_cast<unsigned>(*number)};
    if (!network.contains(*address)) return std::nullopt;
    return network;
}

}  // namespace mortise::base
