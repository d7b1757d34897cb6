#pragma once

#include "core/audit/trail.hpp"
#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::tenancy {

// Records what was done in core.db's audit trail, in the unit that does it; it locks the trail's head, so it
// comes last. `action` is stable, such as "tenant.created"; `object` names what it was done to
// ("tenant:acme", "user:0190…"), without personal data or secrets; `outcome` is success, denied or failure.
// The tenant of the context and the client's address (as personal data, which can be erased) are recorded
// with it.
base::Status record(const base::RequestContext& context, storage::Unit& unit, const base::Clock& clock,
                    std::string_view action, std::string_view object, std::string_view outcome = "success");

// What record() has kept, newest first, before a position (0: from the newest), at most `limit` (1 to 1000):
// the whole trail of the platform, or, of a tenant, what was done inside it.
base::Result<std::vector<audit::Record>> recorded(storage::Unit& unit, const base::Clock& clock,
                                                  const base::Uuid& tenant, std::int64_t before,
                                                  std::int64_t limit);

// The context of what the server does by itself, at start or by a timer.
base::RequestContext system_context();

}  // namespace mortise::tenancy
