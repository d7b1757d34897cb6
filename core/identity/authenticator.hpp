#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/key_ring.hpp"
#include "core/identity/token_cache.hpp"
#include "core/tenancy/directory.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace mortise::identity {

// Decides in memory who is calling: no database, no waiting, so it may run on a reactor thread. Thread-safe.
class Authenticator {
 public:
    Authenticator(const KeyRing& keys, const Credentials& credentials, const tenancy::Directory& directory,
                  TokenSettings tokens);

    // `text` is what stands after "Bearer ", or in X-API-Key. Errors: `invalid_token` (401) for whatever is
    // not or no longer good; `tenant_suspended` (403).
    base::Result<std::shared_ptr<const Identity>> authenticate(std::string_view text, base::Micros now);

 private:
    base::Result<std::shared_ptr<const Identity>> by_token(std::string_view text, base::Micros now);
    base::Result<std::shared_ptr<const Identity>> by_api_key(std::string_view text, base::Micros now);
    base::Status check_tenant(const base::Uuid& tenant) const;

    const KeyRing& keys_;
    const Credentials& credentials_;
    const tenancy::Directory& directory_;
    const TokenSettings tokens_;
    TokenCache cache_;
};

}  // namespace mortise::identity
