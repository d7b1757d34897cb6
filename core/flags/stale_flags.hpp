#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/limits.hpp"
#include "core/tenancy/page.hpp"

#include <optional>
#include <string>

namespace mortise::flags {

// A flag that seems to be of no use any more: from a day on nobody asked for it, or all got the same.
struct StaleFlag {
    Flag flag;
    bool evaluated = false;
    std::string variant;  // what all got; empty: no value, or it was not evaluated
    std::optional<tenancy::Day> last_evaluated;
};

// Of the flags that FlagService::list() answers, the stale ones that were made before a time. A page may have
// fewer than the limit, or none, and yet have a next one: a request looks at some hundreds of flags at most.
base::Result<tenancy::Page<StaleFlag>> stale_flags(const base::RequestContext& context, storage::Unit& unit,
                                                   const tenancy::PageRequest& request,
                                                   base::Micros made_before);

}  // namespace mortise::flags
