#include "core/flags/flag_usage_repository.hpp"

#include "core/tenancy/rows.hpp"

namespace mortise::flags::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_one;

// Rows u of flag_usage that count for a tenant, and (with a nil $1) for the platform: its own and those of
// all who inherit its flag; another one's flag of the same key is another flag.
#define MORTISE_OF_TENANT "u.tenant_id = $1"
#define MORTISE_OF_ALL                                                                        \
    "(u.tenant_id = $1 OR NOT EXISTS (SELECT 1 FROM flags o WHERE o.tenant_id = u.tenant_id " \
    "AND o.key = u.key))"

// A statement for the one and for the other.
struct Both {
    Statement tenant;
    Statement all;
    const Statement& of(const UsageOf& of) const { return of.tenant.is_nil() ? all : tenant; }
};
const std::vector<Type> kOfKey{Type::kUuid, Type::kText, Type::kText};
const std::vector<Type> kOfKeySince{Type::kUuid, Type::kText, Type::kText, Type::kInteger};

const Statement kAddFlagUsage{
    "flags.add_usage",
    "INSERT INTO flag_usage (tenant_id, environment, key, variant, day, quantity) VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (tenant_id, environment, key, variant, day) DO UPDATE SET "
    "quantity = flag_usage.quantity + excluded.quantity",
    {Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kInteger, Type::kInteger}};
#define MORTISE_USAGE(OF)                                                                  \
    "SELECT u.day, u.variant, CAST(sum(u.quantity) AS bigint) FROM flag_usage u WHERE " OF \
    " AND u.environment = $2 AND u.key = $3 AND u.day >= $4 GROUP BY u.day, u.variant ORDER BY u.day, u.variant"
const std::vector<Type> kDayColumns{Type::kInteger, Type::kText, Type::kInteger};
const Both kFlagUsage{{"flags.usage", MORTISE_USAGE(MORTISE_OF_TENANT), kOfKeySince, kDayColumns},
                      {"flags.usage_of_all", MORTISE_USAGE(MORTISE_OF_ALL), kOfKeySince, kDayColumns}};
#define MORTISE_LAST_USED(OF) \
    "SELECT max(u.day) FROM flag_usage u WHERE " OF " AND u.environment = $2 AND u.key = $3"
const Both kLastUsed{{"flags.last_used", MORTISE_LAST_USED(MORTISE_OF_TENANT), kOfKey, {Type::kInteger}},
                     {"flags.last_used_of_all", MORTISE_LAST_USED(MORTISE_OF_ALL), kOfKey, {Type::kInteger}}};
#define MORTISE_VARIANTS_USED(OF)                                                 \
    "SELECT count(*) FROM (SELECT DISTINCT u.variant FROM flag_usage u WHERE " OF \
    " AND u.environment = $2 AND u.key = $3 AND u.day >= $4 LIMIT 2) v"
const Both kVariantsUsed{
    {"flags.variants_used", MORTISE_VARIANTS_USED(MORTISE_OF_TENANT), kOfKeySince, {Type::kInteger}},
    {"flags.variants_used_of_all", MORTISE_VARIANTS_USED(MORTISE_OF_ALL), kOfKeySince, {Type::kInteger}}};
const Statement kRemoveUsageBefore{
    "flags.remove_usage_before", "DELETE FROM flag_usage WHERE day < $1", {Type::kInteger}};
const Statement kRemoveUsage{
    "flags.remove_usage", "DELETE FROM flag_usage WHERE tenant_id = $1", {Type::kUuid}};

}  // namespace

base::Status add_flag_usage(storage::Unit& unit, const std::map<UsageKey, std::uint64_t>& rows) {
    for (const auto& [key, quantity] : rows)
        MORTISE_TRY(unit.run(kAddFlagUsage, {key.tenant, std::string_view(key.environment),
                                             std::string_view(key.key), std::string_view(key.variant),
                                             std::int64_t{key.day}, static_cast<std::int64_t>(quantity)}));
    return {};
}

base::Result<std::vector<DayOfUsage>> flag_usage(storage::Unit& unit, const UsageOf& of, tenancy::Day from) {
    return read_all(unit, kFlagUsage.of(of), {of.tenant, of.environment, of.key, std::int64_t{from}},
                    [](const storage::Row& row) -> base::Result<DayOfUsage> {
                        return DayOfUsage{static_cast<tenancy::Day>(row.integer(0)), std::string(row.text(1)),
                                          row.integer(2)};
                    });
}

base::Result<std::optional<tenancy::Day>> last_used(storage::Unit& unit, const UsageOf& of) {
    std::optional<tenancy::Day> day;
    MORTISE_TRY(
        unit.run(kLastUsed.of(of), {of.tenant, of.environment, of.key}, [&day](const storage::Row& row) {
            if (!row.is_null(0)) day = static_cast<tenancy::Day>(row.integer(0));
            return false;
        }));
    return day;
}

base::Result<std::int64_t> variants_used(storage::Unit& unit, const UsageOf& of, tenancy::Day from) {
    return tenancy::read_count(unit, kVariantsUsed.of(of),
                               {of.tenant, of.environment, of.key, std::int64_t{from}});
}

base::Status remove_flag_usage_before(storage::Unit& unit, tenancy::Day day) {
    MORTISE_TRY(unit.run(kRemoveUsageBefore, {std::int64_t{day}}));
    return {};
}

base::Status remove_flag_usage(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kRemoveUsage, {tenant}));
    return {};
}

}  // namespace mortise::flags::repository
