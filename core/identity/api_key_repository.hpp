#pragma once

#include "core/base/result.hpp"
#include "core/crypto/hash.hpp"
#include "core/identity/api_key.hpp"
#include "core/identity/user.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/page.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mortise::identity {

// A key that is good as far as its row and its owner's say, with what bounds it.
struct LiveKey {
    ApiKey key;
    crypto::Digest hash{};
    base::Uuid owner_tenant;
    std::vector<std::string> owner_roles;
};

}  // namespace mortise::identity

// The statements on API keys. Each runs in the caller's unit; nothing here decides.
namespace mortise::identity::repository {

base::Status insert(storage::Unit& unit, const ApiKey& key, const crypto::Digest& hash);
base::Result<std::optional<ApiKey>> find_api_key(storage::Unit& unit, const base::Uuid& tenant,
                                                 const base::Uuid& id);
base::Result<std::vector<ApiKey>> api_keys(storage::Unit& unit, const base::Uuid& tenant,
                                           const tenancy::PageBounds& bounds);  // one row more
// Not revoked, not expired, of an active owner.
base::Result<std::vector<LiveKey>> live_keys(storage::Unit& unit, base::Micros now);
base::Status revoke_api_key(storage::Unit& unit, const base::Uuid& id, base::Micros now);
base::Status set_last_used(storage::Unit& unit, const base::Uuid& id, base::Micros time);
base::Status remove_api_keys(storage::Unit& unit, const base::Uuid& tenant);

}  // namespace mortise::identity::repository
