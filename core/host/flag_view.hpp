#pragma once

#include "core/base/request_context.hpp"
#include "core/flags/flag_set.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mortise::host {

// More overrides of users than this are not shown to a worker: it asks for that flag.
inline constexpr std::size_t kMaxSharedUsers = 1000;

// Names all that decides what a tenant gets of a flag: equal ones evaluate alike.
using FlagState = std::array<std::uint8_t, 16>;

// What a plugin's flags are for one tenant, in the order of the keys.
struct FlagView {
    std::vector<flags::FlagPart> parts;  // views into the set
    std::vector<FlagState> states;
};

FlagView view_of(const flags::FlagSet& set, const base::RequestContext& context,
                 std::span<const std::string> keys);

// Which flags a tenant's call was shown: as long as it is the same, nothing has changed.
struct FlagMoment {
    std::uint64_t serial = 0;  // of the set
    std::string plan;
    std::string environment;

    bool is(const flags::FlagSet& set, const base::RequestContext& context) const noexcept {
        return serial == set.serial() && plan == context.plan && environment == context.environment;
    }
    static FlagMoment of(const flags::FlagSet& set, const base::RequestContext& context) {
        return {set.serial(), context.plan, context.environment};
    }
};

}  // namespace mortise::host
