#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <string_view>

namespace mortise::flags {

// How many people must approve a change of an owner's flags in an environment. 0: none, so that who may write
// writes directly.
base::Result<std::int64_t> approvals_required(storage::Unit& unit, const base::Uuid& tenant,
                                              std::string_view environment);

}  // namespace mortise::flags
