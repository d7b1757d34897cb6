#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/flags/program.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

inline constexpr std::size_t kMaxPrerequisites = 16;      // of one flag
inline constexpr std::size_t kMaxPrerequisiteDepth = 8;   // of a chain of flags that need each other
inline constexpr std::size_t kMaxPrerequisiteAsked = 64;  // all that are evaluated for one flag
inline constexpr std::size_t kMaxRolloutSteps = 64;

// Another flag must evaluate to one of these variants.
struct Prerequisite {
    std::string flag;
    std::vector<std::string> variants;  // at least one
};

// When a flag is on, from `from` until before `until`.
struct Schedule {
    base::Micros from = std::numeric_limits<base::Micros>::min();
    base::Micros until = std::numeric_limits<base::Micros>::max();
};

// A variant for a share of the users, or of the tenants. Who has it keeps it while the share grows: it is the
// share that a `fractional` of this variant and of nothing would give.
struct Rollout {
    static constexpr std::uint32_t kWhole = 100'000;  // of the parts that a percentage is counted in
    struct Step {
        base::Micros at = std::numeric_limits<base::Micros>::min();
        std::uint32_t parts = 0;  // of kWhole
    };

    std::string variant;
    bool by_tenant = false;                              // else by the targeting key
    std::vector<Step> steps;                             // ascending in time, at least one
    FractionalVersion version = FractionalVersion::kV2;  // how is hashed

    // The share at this time; 0 before the first step.
    std::uint32_t parts_at(base::Micros now) const noexcept;
};

// What the member "mortise" of a flag says: to whom, when and on what conditions it is given. flagd has no
// such things and passes the member over.
struct Delivery {
    bool client = false;      // seen by applications that run at their user's; else by servers only
    std::string off_variant;  // while it is off by its schedule or prerequisites; empty: no value
    std::vector<Prerequisite> prerequisites;
    Schedule schedule;
    std::vector<Rollout> rollout;  // at most one

    bool scheduled() const noexcept {
        return schedule.from != std::numeric_limits<base::Micros>::min() ||
               schedule.until != std::numeric_limits<base::Micros>::max();
    }
    // Whether the flag may be off though it is enabled.
    bool gated() const noexcept { return scheduled() || !prerequisites.empty(); }
};

// Reads the member, which stands at the JSON pointer `at`; adds what is wrong to `faults`. `variants` are the
// flag's, sorted; `version` is its set's.
Delivery read_delivery(const nlohmann::json& member, const std::vector<std::string_view>& variants,
                       FractionalVersion version, const std::string& at,
                       std::vector<base::FieldError>& faults);

}  // namespace mortise::flags
