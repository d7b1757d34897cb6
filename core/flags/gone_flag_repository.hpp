#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <string_view>

// The statements about what is kept of flags, sets and segments that are gone. Each runs in the caller's
// unit; nothing here decides.
namespace mortise::flags::repository {

// Overrides of one deletion in one environment, so that undoing it stays one short transaction. The tenant's
// go first, then the newest of users.
inline constexpr std::int64_t kMaxGoneOverrides = 10'000;

// The greatest version that anything had under the key of a space (history.hpp), in whichever environment; 0
// if nothing of it has gone.
base::Result<std::int64_t> gone_version(storage::Unit& unit, const base::Uuid& tenant, std::string_view space,
                                        std::string_view key);
base::Status keep_gone_version(storage::Unit& unit, const base::Uuid& tenant, std::string_view space,
                               std::string_view key, std::int64_t version);
// Of all that an environment, which is to be removed, has of its own. Production's get greater ones: they
// show there if an environment of that name is made again.
base::Status keep_gone_versions_in(storage::Unit& unit, std::string_view environment);

// Keeps what remove_overrides_of() would remove, in the place of what was kept of an earlier deletion; how
// many that are, at most kMaxGoneOverrides of tenants and users, and as many of plans.
base::Result<std::int64_t> keep_gone_overrides(storage::Unit& unit, const base::Uuid& tenant,
                                               std::string_view key, std::string_view environment);
// Moves them back; of production those of every environment. What is overridden by now stays as it is, and a
// tenant that has a flag of its own by now gets none. How many are back.
base::Result<std::int64_t> bring_back_overrides(storage::Unit& unit, const base::Uuid& tenant,
                                                std::string_view key, std::string_view environment);

base::Status forget_gone_in(storage::Unit& unit, std::string_view environment);
base::Status forget_gone_of(storage::Unit& unit, const base::Uuid& tenant);

}  // namespace mortise::flags::repository
