#pragma once

#include "core/base/result.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/limits.hpp"

#include <cstdint>
#include <string_view>

namespace mortise::tenancy {

// How many there are now, of what a limit is about: in all, and in the tenant that is asked for.
struct Present {
    std::uint64_t total = 0;
    std::uint64_t in_tenant = 0;
};

// Lets one unit at a time count what has this limit and add to it, on all nodes. Until the unit ends.
base::Status lock_limit(storage::Unit& unit, std::string_view name);

// Whether one more may be added to what is there; after lock_limit(). Error `license_limit_reached` (403),
// which names the limit and says how many there may be. `what` is for people: "users".
base::Status check_one_more(const Limits& limits, std::string_view name, std::string_view tenant,
                            const Present& present);

inline constexpr std::string_view kLimitReached = "license_limit_reached";

// The error for `amount` more of a limit than there may be; for whom counts by itself.
base::Error limit_reached(std::string_view name, std::uint64_t allowed, bool of_tenant);

}  // namespace mortise::tenancy
