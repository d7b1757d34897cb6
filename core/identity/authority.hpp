#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/roles.hpp"
#include "core/storage/database.hpp"

#include <string_view>

namespace mortise::identity {

// Whether somebody who once did something may still do it, without a credential at hand: an API key that is
// neither revoked nor expired, or a user who is active, of the tenant or of the platform, and who holds the
// scope there. The server itself may. Thread-safe.
class Authority {
 public:
    // All must outlive this object.
    Authority(const Credentials& credentials, const Roles& roles, const base::Clock& clock)
        : credentials_(credentials), roles_(roles), clock_(clock) {}

    base::Result<bool> holds(storage::Unit& unit, base::PrincipalKind kind, const base::Uuid& id,
                             const base::Uuid& tenant, std::string_view scope) const;

 private:
    const Credentials& credentials_;
    const Roles& roles_;
    const base::Clock& clock_;
};

}  // namespace mortise::identity
