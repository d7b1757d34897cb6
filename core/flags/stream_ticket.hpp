#pragma once

#include "core/base/request_context.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/config_tag.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::flags {

// What lets the bearer listen to changes of a tenant's flags for a while, and do nothing else. It stands in a
// URL, since a browser's EventSource sends no header, so it names its credential, to end with it, and its
// end.
struct StreamTicket {
    base::Uuid tenant;  // nil: the platform
    base::PrincipalKind kind = base::PrincipalKind::kAnonymous;
    base::Uuid principal;
    base::Uuid session;           // nil for an API key
    std::int64_t expires_at = 0;  // seconds since 1970
    ConfigTag seen;               // what the bearer was told with it
    std::string environment;      // of at most 64 bytes

    // base64url of the ticket and its MAC; `key` has 16 to 64 bytes and is the same on all nodes.
    std::string seal(std::string_view key) const;
    // Nothing for whatever seal() didn't make with this key, and after the end.
    static std::optional<StreamTicket> open(std::string_view text, std::string_view key, std::int64_t now);
};

}  // namespace mortise::flags
