#pragma once

#include "core/base/result.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/page.hpp"
#include "core/tenancy/tenant.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// The statements of this room. Each runs in the caller's unit; nothing here decides.
namespace mortise::tenancy::repository {

// `slug_taken` (409).
base::Status insert(storage::Unit& unit, const Tenant& tenant);
// Writes everything but id, slug and created_at over the row of version `tenant.version - 1`; false if that
// version is no longer there.
base::Result<bool> update(storage::Unit& unit, const Tenant& tenant);
// Leaves the version: what was read before an export is still right. False if it is gone or being deleted.
base::Result<bool> mark_exported(storage::Unit& unit, const base::Uuid& id, base::Micros time);
base::Status remove(storage::Unit& unit, const base::Uuid& id);

base::Result<std::optional<Tenant>> find(storage::Unit& unit, std::string_view slug);
base::Result<std::optional<Tenant>> find(storage::Unit& unit, const base::Uuid& id);
base::Result<std::vector<Tenant>> page(storage::Unit& unit, const PageBounds& bounds);  // one row more
base::Result<std::vector<Tenant>> all(storage::Unit& unit);
// In whatever state.
base::Result<std::int64_t> count(storage::Unit& unit);

base::Result<std::optional<Plan>> find_plan(storage::Unit& unit, std::string_view id);
base::Result<std::vector<Plan>> plans(storage::Unit& unit);
base::Status set_plan_plugins(storage::Unit& unit, std::string_view id,
                              const std::vector<std::string>& plugins);

base::Result<std::vector<TenantPlugin>> plugins(storage::Unit& unit);
base::Result<std::vector<TenantPlugin>> plugins(storage::Unit& unit, const base::Uuid& tenant);
base::Result<std::optional<TenantPlugin>> find_plugin(storage::Unit& unit, const base::Uuid& tenant,
                                                      std::string_view plugin);
base::Status put_plugin(storage::Unit& unit, const TenantPlugin& plugin);
// Removes the answers that are kept for repeated requests inside the tenant.
base::Status forget_answers(storage::Unit& unit, const base::Uuid& tenant);
base::Status remove_plugins(storage::Unit& unit, const base::Uuid& tenant);

}  // namespace mortise::tenancy::repository
