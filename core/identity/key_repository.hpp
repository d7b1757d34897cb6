#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/crypto/signature.hpp"
#include "core/storage/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {

struct SigningKey {
    std::string kid;
    crypto::PublicKey public_key{};
    crypto::SecretKey secret;
    base::Micros created_at = 0;
    std::optional<base::Micros> verify_until;  // none: it may sign
};

}  // namespace mortise::identity

namespace mortise::identity::repository {

base::Status insert(storage::Unit& unit, const SigningKey& key);
// Newest first.
base::Result<std::vector<SigningKey>> signing_keys(storage::Unit& unit);
// Lets every key that may sign only verify from now on.
base::Status retire_signing_keys(storage::Unit& unit, base::Micros verify_until);

}  // namespace mortise::identity::repository
