#pragma once

#include "core/base/request_context.hpp"
#include "core/flags/flag_set.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace mortise::host {

// More overrides of users than this are not shown to a worker: it asks for that flag.
inline constexpr std::size_t kMaxSharedUsers = 1000;
// So many flags are shown beside those that are listed, because they need them.
inline constexpr std::size_t kMaxNeededFlags = 256;

// Names all that decides what a tenant gets of a flag: equal ones evaluate alike.
using FlagState = std::array<std::uint8_t, 16>;

// What a plugin's flags are for one tenant.
struct FlagView {
    // In the order of the keys, then those that they need. Not whole: what a worker can't be shown as well
    // because of a flag that it needs. Views into the set.
    std::vector<flags::FlagPart> parts;
    std::vector<FlagState> states;  // of the keys
};

// As of `now`, seconds since 1970.
FlagView view_of(const flags::FlagSet& set, const base::RequestContext& context,
                 std::span<const std::string> keys, std::int64_t now);

// Which flags a tenant's call was shown: as long as it is the same, nothing has changed.
struct FlagMoment {
    std::uint64_t serial = 0;  // of the set
    std::string plan;
    std::string environment;
    std::int64_t since = 0;  // seconds since 1970
    std::int64_t until = 0;  // when a schedule changes something, or never

    bool is(const flags::FlagSet& set, const base::RequestContext& context, std::int64_t now) const noexcept {
        return serial == set.serial() && now >= since && now < until && plan == context.plan &&
               environment == context.environment;
    }
    static FlagMoment of(const flags::FlagSet& set, const base::RequestContext& context, std::int64_t now) {
        constexpr auto kNever = std::numeric_limits<std::int64_t>::max();
        return {set.serial(), context.plan, context.environment, now,
                set.next_change(context.tenant, now).value_or(kNever)};
    }
};

}  // namespace mortise::host
