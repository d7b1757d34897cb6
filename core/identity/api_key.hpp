#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"
#include "core/crypto/hash.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mortise::identity {

// An API key is shown once as mk_<prefix>_<secret>: 8 characters of [a-z2-7] that name it, and 32 random
// bytes in base64url. Only BLAKE2b-256 of the secret is kept; a fast hash is right for 256 random bits.
struct ApiKey {
    base::Uuid id;
    base::Uuid tenant;  // nil: a key of the platform
    base::Uuid owner;   // the user whose rights bound the key's
    std::string name;
    std::string prefix;
    std::string scopes;  // sorted, separated by spaces
    base::Micros created_at = 0;
    std::optional<base::Micros> expires_at;
    std::optional<base::Micros> last_used_at;  // to about a minute
    std::optional<base::Micros> revoked_at;
};

struct ApiKeyText {
    std::string_view prefix;
    crypto::Digest hash;
};

// The parts of a key's text; nullopt if it is none. Whether it is known is another matter.
std::optional<ApiKeyText> parse_api_key(std::string_view text);

}  // namespace mortise::identity
