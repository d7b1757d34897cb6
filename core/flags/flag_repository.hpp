#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/page.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

// The statements of this room. Each runs in the caller's unit; nothing here decides.
namespace mortise::flags::repository {

base::Status insert(storage::Unit& unit, const Flag& flag);
// Writes definition and updated_at over the row of version `flag.version - 1`; false if that is gone.
base::Result<bool> update(storage::Unit& unit, const Flag& flag);
base::Status remove(storage::Unit& unit, const Flag& flag);

base::Result<std::optional<Flag>> find(storage::Unit& unit, const base::Uuid& tenant, std::string_view key);
// The tenant's own and those that it inherits; one row more.
base::Result<std::vector<Flag>> page(storage::Unit& unit, const base::Uuid& tenant,
                                     const tenancy::PageBounds& bounds);
base::Result<std::vector<Flag>> own(storage::Unit& unit, const base::Uuid& tenant);
base::Result<std::vector<Flag>> all(storage::Unit& unit);

base::Status put(storage::Unit& unit, const base::Uuid& tenant, const Override& override);
base::Result<std::optional<Override>> find_override(storage::Unit& unit, const base::Uuid& tenant,
                                                    std::string_view key, std::string_view targeting_key);
base::Result<std::vector<Override>> overrides(storage::Unit& unit, const base::Uuid& tenant);
// Hands each override of every tenant on, so that they are not all held in memory twice.
using OverrideSink = std::function<void(const base::Uuid& tenant, std::string_view key,
                                        std::string_view targeting_key, std::string_view variant)>;
base::Status each_override(storage::Unit& unit, const OverrideSink& sink);
base::Status remove_override(storage::Unit& unit, const base::Uuid& id);

base::Status remove_all(storage::Unit& unit, const base::Uuid& tenant);

}  // namespace mortise::flags::repository
