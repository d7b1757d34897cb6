#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// The statements about what users, tenants and plans get of a flag. Each runs in the caller's unit; nothing
// here decides.
namespace mortise::flags::repository {

base::Status put(storage::Unit& unit, const base::Uuid& tenant, const Override& override);
base::Result<std::optional<Override>> find_override(storage::Unit& unit, const base::Uuid& tenant,
                                                    std::string_view environment, std::string_view key,
                                                    std::string_view targeting_key);
// Of all environments.
base::Result<std::vector<Override>> overrides(storage::Unit& unit, const base::Uuid& tenant);
// Hands each override of every tenant on, so that they are not all held in memory twice.
struct OverrideOf {
    std::string_view environment;
    base::Uuid tenant;
    std::string_view key;
    std::string_view targeting_key;
    std::string_view variant;
};
base::Status each_override(storage::Unit& unit, const std::function<void(const OverrideOf&)>& sink);
base::Status each_override_of(storage::Unit& unit, const base::Uuid& tenant,
                              const std::function<void(const OverrideOf&)>& sink);
// Adds the tenants that have overrides under the key, in whichever environment.
base::Status add_tenants_overriding(storage::Unit& unit, std::string_view key, std::set<base::Uuid>& tenants);
// Of each tenant whose overrides were ever changed: another mark after each change.
using OverrideMarks = std::unordered_map<base::Uuid, std::int64_t>;
base::Result<OverrideMarks> override_marks(storage::Unit& unit);
base::Status remove_override(storage::Unit& unit, const Override& override);

base::Status put_plan_override(storage::Unit& unit, const PlanOverride& override);
base::Result<std::optional<PlanOverride>> find_plan_override(storage::Unit& unit,
                                                             std::string_view environment,
                                                             std::string_view key, std::string_view plan);
base::Result<std::vector<PlanOverride>> all_plan_overrides(storage::Unit& unit);
base::Status remove_plan_override(storage::Unit& unit, const PlanOverride& override);

// All that overrides a flag of this owner in an environment; how many there were. A tenant that has a flag of
// the same key as the platform keeps its overrides: they are of its own flag.
base::Result<std::int64_t> remove_overrides_of(storage::Unit& unit, const base::Uuid& tenant,
                                               std::string_view key, std::string_view environment);
// Beside production, where a key has overrides of whomever.
base::Result<std::vector<std::string>> environments_with_overrides(storage::Unit& unit, std::string_view key);
base::Status remove_overrides_of_tenant(storage::Unit& unit, const base::Uuid& tenant);
base::Status remove_overrides_in(storage::Unit& unit, std::string_view environment);

}  // namespace mortise::flags::repository
