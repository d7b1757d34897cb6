#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

// The statements about sets of flags and about what plans give. Each runs in the caller's unit; nothing here
// decides.
namespace mortise::flags::repository {

base::Result<std::optional<StoredSet>> find_set(storage::Unit& unit, const base::Uuid& tenant);
base::Result<std::vector<StoredSet>> all_sets(storage::Unit& unit);
// Writes the row over that of version `set.version - 1`, or inserts version 1; false if that is gone.
base::Result<bool> put_set(storage::Unit& unit, const StoredSet& set);
base::Status remove_set(storage::Unit& unit, const base::Uuid& tenant);

base::Status put_plan_override(storage::Unit& unit, const PlanOverride& override);
base::Result<std::optional<PlanOverride>> find_plan_override(storage::Unit& unit, std::string_view key,
                                                             std::string_view plan);
base::Result<std::vector<PlanOverride>> all_plan_overrides(storage::Unit& unit);
base::Status remove_plan_override(storage::Unit& unit, const base::Uuid& id);
base::Status remove_plan_overrides_of(storage::Unit& unit, std::string_view key);

}  // namespace mortise::flags::repository
