#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/crypto/signature.hpp"
#include "core/identity/jwt.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/published.hpp"
#include "core/tenancy/snapshots.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {

// The keys that access tokens are signed with, shared by all nodes through core.db (table signing_keys).
//
// A seed stands there in the clear: whoever reads core.db's file or role reads it. That is no more than the
// database already decides (its rows say who is an administrator), and a file beside it could not be shared
// by nodes; the seed is never exported, logged or answered. The newest key that is not retired signs; a
// retired key goes on verifying until the tokens it signed have expired.
class KeyRing final : public tenancy::Snapshot {
 public:
    static constexpr std::string_view kName = "signing_keys";

    struct Keys {
        std::uint64_t generation = 0;  // rises with each load
        std::string kid;               // of the key that signs; empty before the first load
        std::shared_ptr<const crypto::SecretKey> secret;
        std::vector<VerificationKey> verification;  // newest first
        std::string jwks;                           // the public document, ready to be sent
    };

    explicit KeyRing(const base::Clock& clock) : clock_(clock) {}

    std::shared_ptr<const Keys> read() const { return keys_.read(); }

    // Makes the first key if there is none. At start, before the first Snapshots::refresh().
    base::Status ensure_key(storage::Unit& unit);
    // Makes a new key that signs from the next refresh; the others verify for `keep_s` seconds more.
    base::Status rotate(storage::Unit& unit, std::int64_t keep_s);

    std::string_view snapshot_name() const noexcept override { return kName; }
    base::Status load(storage::Unit& unit) override;

 private:
    const base::Clock& clock_;
    std::uint64_t generation_ = 0;  // by load() alone
    tenancy::Published<Keys> keys_;
};

}  // namespace mortise::identity
