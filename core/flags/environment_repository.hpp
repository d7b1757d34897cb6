#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The statements about environments. Each runs in the caller's unit; nothing here decides.
namespace mortise::flags::repository {

// Those that exist beside the built-in ones.
base::Result<std::vector<std::string>> environment_names(storage::Unit& unit);
// The rows of one owner, by name; the platform's own ones make environments exist.
base::Result<std::vector<Environment>> environments_of(storage::Unit& unit, const base::Uuid& tenant);
base::Result<std::optional<Environment>> find_environment(storage::Unit& unit, const base::Uuid& tenant,
                                                          std::string_view name);
base::Status insert_environment(storage::Unit& unit, const base::Uuid& tenant,
                                const Environment& environment);
// Over the row of version `environment.version - 1`; false if that is gone.
base::Result<bool> update_environment(storage::Unit& unit, const base::Uuid& tenant,
                                      const Environment& environment);
// The rows of all owners.
// The most approvals that an owner asks for there.
base::Result<std::int64_t> most_approvals(storage::Unit& unit, std::string_view name);
base::Status remove_environment_rows(storage::Unit& unit, std::string_view name);
base::Status remove_environments_of(storage::Unit& unit, const base::Uuid& tenant);

}  // namespace mortise::flags::repository
