#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/limits.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

// What a number of answers is counted under.
struct UsageKey {
    base::Uuid tenant;  // for whom; nil: the platform
    std::string environment;
    std::string key;
    std::string variant;  // empty: no value
    tenancy::Day day = 0;
    auto operator<=>(const UsageKey&) const = default;
};

struct DayOfUsage {
    tenancy::Day day = 0;
    std::string variant;  // empty: no value
    std::int64_t quantity = 0;
};

// Whose answers of a flag: a tenant's, or (nil) those of the platform and of all tenants that inherit it.
struct UsageOf {
    base::Uuid tenant;
    std::string_view environment;
    std::string_view key;
};

}  // namespace mortise::flags

namespace mortise::flags::repository {

base::Status add_flag_usage(storage::Unit& unit, const std::map<UsageKey, std::uint64_t>& rows);
// From a day on, by day and variant.
base::Result<std::vector<DayOfUsage>> flag_usage(storage::Unit& unit, const UsageOf& of, tenancy::Day from);
base::Result<std::optional<tenancy::Day>> last_used(storage::Unit& unit, const UsageOf& of);
// How many variants were answered from a day on: 0, 1, or 2 for any more.
base::Result<std::int64_t> variants_used(storage::Unit& unit, const UsageOf& of, tenancy::Day from);
base::Status remove_flag_usage_before(storage::Unit& unit, tenancy::Day day);
base::Status remove_flag_usage(storage::Unit& unit, const base::Uuid& tenant);

}  // namespace mortise::flags::repository
