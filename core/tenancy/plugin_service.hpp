#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/if_match.hpp"
#include "core/tenancy/tenant.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::tenancy {

// Which plugins a tenant has and how they are set, and what plans give. The caller commits the unit and then
// calls Snapshots::refresh(). Stateless but for the clock; thread-safe.
class PluginService {
 public:
    explicit PluginService(const base::Clock& clock) : clock_(clock) {}

    // The tenant's row, or what its plan decides as version 0. `tenant_not_found` (404).
    base::Result<TenantPlugin> get(storage::Unit& unit, std::string_view slug, std::string_view plugin);
    // Sets both; `settings` must be a JSON object (`invalid_settings`, 400). Whether the plugin exists and
    // whether its schema accepts the settings is the caller's to check.
    base::Result<TenantPlugin> put(const base::RequestContext& context, storage::Unit& unit,
                                   std::string_view slug, std::string_view plugin, bool enabled,
                                   std::string_view settings, const IfMatch& version);

    base::Result<std::vector<Plan>> plans(storage::Unit& unit);
    // Makes plan `standard` enable exactly these; at start. Writes only if something differs.
    base::Status set_bundled_plugins(storage::Unit& unit, const std::vector<std::string>& plugins);

 private:
    const base::Clock& clock_;
};

}  // namespace mortise::tenancy
