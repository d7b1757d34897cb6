#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::tenancy {

// How the days of a meter are added up.
enum class MeterKind : std::uint8_t {
    kSum,  // what is used up, such as requests
    kMax,  // what is there, such as users: the most of a day
};

std::string_view to_string(MeterKind kind) noexcept;  // "sum", "max"

struct UsageRow {
    Day day = 0;
    base::Uuid tenant;  // nil: the platform's
    std::string meter;
    MeterKind kind = MeterKind::kSum;
    std::uint64_t quantity = 0;
};

// Which running total: of one meter, from a day on, of one tenant or (nil) of all.
struct TotalKey {
    std::string_view meter;
    std::string_view period;
    Day since = 0;
    base::Uuid tenant;
};

}  // namespace mortise::tenancy

// The statements on usage. Each runs in the caller's unit; nothing here decides.
namespace mortise::tenancy::repository {

// Adds to a day of a meter of kind sum, and to the totals that count it; or takes away (negative).
base::Status add_usage(storage::Unit& unit, Day day, const base::Uuid& tenant, std::string_view meter,
                       std::int64_t quantity);
// Raises a day of a meter of kind max to at least `quantity`.
base::Status raise_usage(storage::Unit& unit, Day day, const base::Uuid& tenant, std::string_view meter,
                         std::int64_t quantity);
// From a day to the one before another, by day, tenant and meter; of one tenant, or of all (nullopt).
base::Result<std::vector<UsageRow>> usage(storage::Unit& unit, const std::optional<base::Uuid>& tenant,
                                          Day from, Day to);
// Makes what a tenant used the platform's, so that nothing of it is lost and nothing names the tenant: sums
// are added, of what is kept as the most the larger stays.
base::Status fold_usage(storage::Unit& unit, const base::Uuid& tenant);
base::Status remove_usage_before(storage::Unit& unit, Day day);

// The total, which is the unit's alone until it ends. It is added up from the days when it is asked for the
// first time, and replaces those of earlier periods.
base::Result<std::int64_t> lock_total(storage::Unit& unit, const TotalKey& key);
// For showing: without a lock, and from the days alone.
base::Result<std::int64_t> usage_since(storage::Unit& unit, const TotalKey& key);

}  // namespace mortise::tenancy::repository
