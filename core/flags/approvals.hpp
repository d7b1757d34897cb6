#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"

#include <cstdint>

namespace mortise::flags {

// How many people must approve a change of flags in the environment of the context, for the owner that it is
// in. 0: none, so that who may write writes directly.
base::Result<std::int64_t> approvals_required(storage::Unit& unit, const base::RequestContext& context);

}  // namespace mortise::flags
