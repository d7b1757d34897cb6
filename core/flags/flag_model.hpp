#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

// What is stored of flags. `version` is for ETag and If-Match, and rises with each change.
namespace mortise::flags {

// The environment that is the default, and the only one for whoever knows of none. In any other one an owner
// has what it set there itself, and else what it has in production; overrides are each environment's own.
inline constexpr std::string_view kProduction = "production";
inline bool in_production(std::string_view environment) noexcept {
    return environment == kProduction;
}
inline constexpr std::string_view kDraft = "draft";
inline constexpr std::string_view kStaging = "staging";
inline constexpr std::array<std::string_view, 3> kBuiltInEnvironments{kProduction, kDraft, kStaging};

// What is so of a flag in every environment.
struct FlagState {
    base::Micros killed_at = 0;  // 0: it is not
    std::string killed_by;       // as in the trail
    std::string kill_reason;
    base::Micros archived_at = 0;  // 0: it is not

    bool killed() const noexcept { return killed_at != 0; }
    bool archived() const noexcept { return archived_at != 0; }
};

struct Flag {
    base::Uuid id;
    base::Uuid tenant;  // nil: the platform's, which every tenant inherits
    std::string key;
    std::string definition;  // flagd JSON, compact
    base::Micros created_at = 0;
    base::Micros updated_at = 0;
    std::int64_t version = 0;
    std::string environment{kProduction};  // whose definition it is
    FlagState state = {};
};

struct Override {
    base::Uuid id;
    std::string environment{kProduction};
    std::string key;
    std::string targeting_key;  // empty: for the whole tenant
    std::string variant;
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

// What every tenant of a plan gets of a flag of the platform.
struct PlanOverride {
    base::Uuid id;
    std::string environment{kProduction};
    std::string plan;
    std::string key;
    std::string variant;
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

// What the flags of one owner share; without a row nothing is set.
struct StoredSet {
    base::Uuid tenant;  // nil: the platform's
    std::string environment{kProduction};
    std::string definition;  // as SetDefinition::to_json() writes it
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

// Named targeting, which rules of the same owner refer to by $ref.
struct Segment {
    base::Uuid id;
    base::Uuid tenant;  // nil: the platform's
    std::string environment{kProduction};
    std::string key;
    std::string definition;  // as SegmentDefinition::to_json() writes it
    base::Micros created_at = 0;
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

// As an owner has it.
struct Environment {
    std::string name;
    std::string description;
    std::int64_t approvals_required = 0;  // of a change of the owner's flags there; 0: changed at once
    bool built_in = false;
    base::Micros created_at = 0;  // 0: a built-in one that nobody has changed
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

}  // namespace mortise::flags
