#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"

#include <cstdint>
#include <string>

// What is stored of flags. `version` is for ETag and If-Match, and rises with each change.
namespace mortise::flags {

struct Flag {
    base::Uuid id;
    base::Uuid tenant;  // nil: the platform's, which every tenant inherits
    std::string key;
    std::string definition;  // flagd JSON, compact
    base::Micros created_at = 0;
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

struct Override {
    base::Uuid id;
    std::string key;
    std::string targeting_key;  // empty: for the whole tenant
    std::string variant;
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

// What every tenant of a plan gets of a flag of the platform.
struct PlanOverride {
    base::Uuid id;
    std::string plan;
    std::string key;
    std::string variant;
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

// What the flags of one owner share; without a row nothing is set.
struct StoredSet {
    base::Uuid tenant;       // nil: the platform's
    std::string definition;  // as SetDefinition::to_json() writes it
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

}  // namespace mortise::flags
