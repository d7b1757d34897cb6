#include "core/tenancy/usage_repository.hpp"

#include "core/tenancy/rows.hpp"

#include <algorithm>

namespace mortise::tenancy {

std::string_view to_string(MeterKind kind) noexcept {
    return kind == MeterKind::kSum ? "sum" : "max";
}

}  // namespace mortise::tenancy

namespace mortise::tenancy::repository {
namespace {

using storage::Statement;
using storage::Type;

const Statement kAddUsage{
    "tenancy.add_usage",
    "INSERT INTO usage (day, tenant_id, meter, kind, quantity) VALUES ($1, $2, $3, 'sum', $4) "
    "ON CONFLICT (day, tenant_id, meter) DO UPDATE SET quantity = usage.quantity + excluded.quantity",
    {Type::kInteger, Type::kUuid, Type::kText, Type::kInteger}};
const Statement kTakeUsage{
    "tenancy.take_usage",
    "UPDATE usage SET quantity = quantity - $4 WHERE day = $1 AND tenant_id = $2 AND meter = $3",
    {Type::kInteger, Type::kUuid, Type::kText, Type::kInteger}};
const Statement kRaiseUsage{
    "tenancy.raise_usage",
    "INSERT INTO usage (day, tenant_id, meter, kind, quantity) VALUES ($1, $2, $3, 'max', $4) "
    "ON CONFLICT (day, tenant_id, meter) DO UPDATE SET quantity = excluded.quantity "
    "WHERE usage.quantity < excluded.quantity",
    {Type::kInteger, Type::kUuid, Type::kText, Type::kInteger}};
const std::vector<Type> kUsageColumns{Type::kInteger, Type::kUuid, Type::kText, Type::kText, Type::kInteger};
const Statement kUsage{"tenancy.usage",
                       "SELECT day, tenant_id, meter, kind, quantity FROM usage "
                       "WHERE day >= $1 AND day < $2 ORDER BY day, tenant_id, meter",
                       {Type::kInteger, Type::kInteger},
                       kUsageColumns};
const Statement kUsageOfTenant{"tenancy.usage_of_tenant",
                               "SELECT day, tenant_id, meter, kind, quantity FROM usage "
                               "WHERE day >= $1 AND day < $2 AND tenant_id = $3 ORDER BY day, meter",
                               {Type::kInteger, Type::kInteger, Type::kUuid},
                               kUsageColumns};
const Statement kRemoveUsage{"tenancy.remove_usage", "DELETE FROM usage WHERE day < $1", {Type::kInteger}};
const Statement kFoldUsage{
    "tenancy.fold_usage",
    "INSERT INTO usage (day, tenant_id, meter, kind, quantity) "
    "SELECT day, $2, meter, kind, quantity FROM usage WHERE tenant_id = $1 "
    "ON CONFLICT (day, tenant_id, meter) DO UPDATE SET quantity = CASE "
    "WHEN excluded.kind = 'sum' THEN usage.quantity + excluded.quantity "
    "WHEN usage.quantity < excluded.quantity THEN excluded.quantity ELSE usage.quantity END",
    {Type::kUuid, Type::kUuid}};
const Statement kForgetUsage{"tenancy.forget_usage", "DELETE FROM usage WHERE tenant_id = $1", {Type::kUuid}};
const Statement kForgetTotalsOfTenant{
    "tenancy.forget_totals_of_tenant", "DELETE FROM usage_totals WHERE tenant_id = $1", {Type::kUuid}};

const Statement kAddToTotals{"tenancy.add_to_totals",
                             "UPDATE usage_totals SET quantity = quantity + $4 "
                             "WHERE meter = $1 AND since <= $3 AND (tenant_id = $2 OR tenant_id = $5)",
                             {Type::kText, Type::kUuid, Type::kInteger, Type::kInteger, Type::kUuid}};
const std::vector<Type> kTotalKey{Type::kText, Type::kText, Type::kInteger, Type::kUuid};
const Statement kLockTotal{
    "tenancy.lock_total",
    "UPDATE usage_totals SET quantity = quantity "
    "WHERE meter = $1 AND period = $2 AND since = $3 AND tenant_id = $4 RETURNING quantity",
    kTotalKey,
    {Type::kInteger}};
const Statement kForgetTotals{
    "tenancy.forget_totals",
    "DELETE FROM usage_totals WHERE meter = $1 AND period = $2 AND since < $3 AND tenant_id = $4", kTotalKey};
// Two that begin a total at the same time add up the same days: the later one takes the row of the first.
const Statement kBeginTotal{
    "tenancy.begin_total",
    "INSERT INTO usage_totals (meter, period, since, tenant_id, quantity) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (meter, period, since, tenant_id) DO UPDATE SET quantity = usage_totals.quantity "
    "RETURNING quantity",
    {Type::kText, Type::kText, Type::kInteger, Type::kUuid, Type::kInteger},
    {Type::kInteger}};
const Statement kSum{"tenancy.usage_since",
                     "SELECT CAST(coalesce(sum(quantity), 0) AS bigint) FROM usage "
                     "WHERE meter = $1 AND day >= $2 AND (tenant_id = $3 OR $4)",
                     {Type::kText, Type::kInteger, Type::kUuid, Type::kBoolean},
                     {Type::kInteger}};

base::Result<UsageRow> read_usage(const storage::Row& row) {
    return UsageRow{.day = static_cast<Day>(row.integer(0)),
                    .tenant = row.uuid(1),
                    .meter = std::string(row.text(2)),
                    .kind = row.text(3) == "max" ? MeterKind::kMax : MeterKind::kSum,
                    .quantity = static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.integer(4)))};
}

base::Result<std::optional<std::int64_t>> read_quantity(storage::Unit& unit, const Statement& statement,
                                                        std::initializer_list<storage::Value> values) {
    return read_one(unit, statement, values,
                    [](const storage::Row& row) -> base::Result<std::int64_t> { return row.integer(0); });
}

}  // namespace

base::Status add_usage(storage::Unit& unit, Day day, const base::Uuid& tenant, std::string_view meter,
                       std::int64_t quantity) {
    const std::int64_t day_number = day;
    if (quantity >= 0)
        MORTISE_TRY(unit.run(kAddUsage, {day_number, tenant, meter, quantity}));
    else
        MORTISE_TRY(unit.run(kTakeUsage, {day_number, tenant, meter, -quantity}));
    MORTISE_TRY(unit.run(kAddToTotals, {meter, tenant, day_number, quantity, base::Uuid{}}));
    return {};
}

base::Status raise_usage(storage::Unit& unit, Day day, const base::Uuid& tenant, std::string_view meter,
                         std::int64_t quantity) {
    MORTISE_TRY(unit.run(kRaiseUsage, {std::int64_t{day}, tenant, meter, quantity}));
    return {};
}

base::Result<std::vector<UsageRow>> usage(storage::Unit& unit, const std::optional<base::Uuid>& tenant,
                                          Day from, Day to) {
    if (tenant)
        return read_all(unit, kUsageOfTenant, {std::int64_t{from}, std::int64_t{to}, *tenant}, read_usage);
    return read_all(unit, kUsage, {std::int64_t{from}, std::int64_t{to}}, read_usage);
}

base::Status fold_usage(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kFoldUsage, {tenant, base::Uuid{}}));
    MORTISE_TRY(unit.run(kForgetUsage, {tenant}));
    MORTISE_TRY(unit.run(kForgetTotalsOfTenant, {tenant}));
    return {};
}

base::Status remove_usage_before(storage::Unit& unit, Day day) {
    MORTISE_TRY(unit.run(kRemoveUsage, {std::int64_t{day}}));
    return {};
}

base::Result<std::int64_t> lock_total(storage::Unit& unit, const TotalKey& key) {
    const std::int64_t since = key.since;
    MORTISE_TRY_ASSIGN(const auto present,
                       read_quantity(unit, kLockTotal, {key.meter, key.period, since, key.tenant}));
    if (present) return *present;
    MORTISE_TRY(unit.run(kForgetTotals, {key.meter, key.period, since, key.tenant}));
    MORTISE_TRY_ASSIGN(const std::int64_t sum, usage_since(unit, key));
    MORTISE_TRY_ASSIGN(const auto begun,
                       read_quantity(unit, kBeginTotal, {key.meter, key.period, since, key.tenant, sum}));
    if (!begun) return base::internal_error("a total of usage could not be begun");
    return *begun;
}

base::Result<std::int64_t> usage_since(storage::Unit& unit, const TotalKey& key) {
    MORTISE_TRY_ASSIGN(
        const auto sum,
        read_quantity(unit, kSum, {key.meter, std::int64_t{key.since}, key.tenant, key.tenant.is_nil()}));
    return sum.value_or(0);
}

}  // namespace mortise::tenancy::repository
