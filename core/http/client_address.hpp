#pragma once

#include "core/base/ip_address.hpp"
#include "core/http/message.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mortise::http {

// Which field the trusted proxies write. Only one is read: what a proxy does not write itself it usually
// passes on, as the client made it up.
enum class ForwardedField : std::uint8_t { kXForwardedFor, kForwarded };

// Proxies whose word about the client's address is taken.
struct TrustedProxies {
    std::vector<base::IpNetwork> networks = {};
    ForwardedField field = ForwardedField::kXForwardedFor;

    bool contains(const base::IpAddress& address) const noexcept;
};

// The client's address. From a trusted peer it is the rightmost address in the field that is no trusted
// proxy: those to the left of it are the client's own words. Hops that are no addresses ("unknown", RFC
// 7239's obfuscated names) end the search, and the last proxy that is known stands for the client. Any other
// peer is the client itself, whatever it writes.
std::string client_address(const RequestHead& head, const TrustedProxies& proxies);

}  // namespace mortise::http
