#include "core/tenancy/quota.hpp"

#include <fmt/format.h>

namespace mortise::tenancy {
namespace {

// The row is the lock: PostgreSQL holds it until the transaction ends, and SQLite has one writer anyway.
const storage::Statement kLock{"tenancy.lock_limit",
                               "INSERT INTO limit_locks (name) VALUES ($1) "
                               "ON CONFLICT (name) DO UPDATE SET name = excluded.name",
                               {storage::Type::kText}};

}  // namespace

base::Status lock_limit(storage::Unit& unit, std::string_view name) {
    MORTISE_TRY(unit.run(kLock, {name}));
    return {};
}

base::Status check_one_more(const Limits& limits, std::string_view name, std::string_view tenant,
                            const Present& present) {
    const auto rule = limits.limit(name, tenant);
    if (!rule || rule->soft) return {};
    if (rule->of_tenant && present.in_tenant >= *rule->of_tenant)
        return limit_reached(name, *rule->of_tenant, true);
    if (present.total >= rule->total) return limit_reached(name, rule->total, false);
    return {};
}

base::Error limit_reached(std::string_view name, std::uint64_t allowed, bool of_tenant) {
    return {
        base::ErrorKind::kForbidden, std::string(kLimitReached),
        fmt::format("The licence allows {} {}{}; no more can be added before there are fewer or the licence "
                    "is extended.",
                    allowed, name, of_tenant ? " in this tenant" : "")};
}

}  // namespace mortise::tenancy
