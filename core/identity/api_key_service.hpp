#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/identity/api_key.hpp"
#include "core/identity/roles.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/page.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mortise::identity {

struct NewApiKey {
    std::string name;                 // 1 to 100 code points
    std::vector<std::string> scopes;  // 1 to 64
    std::optional<base::Micros> expires_at;
};

struct CreatedApiKey {
    ApiKey key;
    std::string secret;  // the whole text, shown this once
};

// API keys of the tenant in the context, or of the platform. The caller commits the unit and then calls
// Snapshots::refresh(); from then on the key is known, or no longer. Thread-safe.
class ApiKeyService {
 public:
    ApiKeyService(const base::Clock& clock, const Roles& roles) : clock_(clock), roles_(roles) {}

    // `invalid_api_key` (400, by field); `scope_exceeded` (403) if a scope is beyond the caller's own, or
    // beyond what any role inside a tenant has.
    base::Result<CreatedApiKey> create(const base::RequestContext& context, storage::Unit& unit,
                                       const NewApiKey& key);
    base::Result<tenancy::Page<ApiKey>> list(const base::RequestContext& context, storage::Unit& unit,
                                             const tenancy::PageRequest& request);
    base::Result<ApiKey> get(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id);
    // `api_key_not_found` (404); revoking a revoked key succeeds.
    base::Status revoke(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id);

 private:
    const base::Clock& clock_;
    const Roles& roles_;
};

}  // namespace mortise::identity
