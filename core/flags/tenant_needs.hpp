#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/flags/owner_view.hpp"
#include "core/storage/database.hpp"

#include <string_view>
#include <vector>

// What tenants' flags need of the platform's, which a change of the platform's must not take from them.
namespace mortise::flags {

// The platform's flags as they are before it changes some in an environment. Inside a tenant nothing: its
// flags are nobody else's prerequisites.
base::Result<std::vector<OwnerView>> platform_before(const base::RequestContext& context, storage::Unit& unit,
                                                     std::string_view environment);

// After the change: `tenants_depend` (409) if prerequisites of tenants' flags held `before` and don't any
// more. It says how many flags of how many tenants, and to who may act in tenants also which.
base::Status check_tenants(const base::RequestContext& context, storage::Unit& unit,
                           std::string_view environment, const std::vector<OwnerView>& before);

}  // namespace mortise::flags
