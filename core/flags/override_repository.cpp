#include "core/flags/override_repository.hpp"

#include "core/tenancy/rows.hpp"

#include <iterator>
#include <string>

namespace mortise::flags::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_both;
using tenancy::read_one;

// Production's tables are those without an environment.
#define MORTISE_OVERRIDE_COLUMNS "id, key, targeting_key, variant, updated_at, version"
const std::vector<Type> kOverrideColumns{Type::kUuid, Type::kText, Type::kText,
                                         Type::kText, Type::kTime, Type::kInteger};
const std::vector<Type> kOverrideColumnsIn{Type::kUuid, Type::kText,    Type::kText, Type::kText,
                                           Type::kTime, Type::kInteger, Type::kText};

const Statement kPutOverride{
    "flags.put_override",
    "INSERT INTO flag_overrides (id, tenant_id, key, targeting_key, variant, updated_at, version) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, key, targeting_key) DO UPDATE SET "
    "variant = excluded.variant, updated_at = excluded.updated_at, version = excluded.version",
    {Type::kUuid, Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kTime, Type::kInteger}};
const Statement kPutOverrideIn{
    "flags.put_override_in",
    "INSERT INTO environment_flag_overrides (id, tenant_id, key, targeting_key, variant, updated_at, version, "
    "environment) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (tenant_id, key, environment, targeting_key) DO UPDATE SET "
    "variant = excluded.variant, updated_at = excluded.updated_at, version = excluded.version",
    {Type::kUuid, Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kTime, Type::kInteger,
     Type::kText}};
const Statement kFindOverride{"flags.find_override",
                              "SELECT " MORTISE_OVERRIDE_COLUMNS
                              " FROM flag_overrides WHERE tenant_id = $1 AND key = $2 AND targeting_key = $3",
                              {Type::kUuid, Type::kText, Type::kText},
                              kOverrideColumns};
const Statement kFindOverrideIn{
    "flags.find_override_in",
    "SELECT " MORTISE_OVERRIDE_COLUMNS
    ", environment FROM environment_flag_overrides "
    "WHERE tenant_id = $1 AND key = $2 AND targeting_key = $3 AND environment = $4",
    {Type::kUuid, Type::kText, Type::kText, Type::kText},
    kOverrideColumnsIn};
const Statement kOverrides{"flags.overrides",
                           "SELECT " MORTISE_OVERRIDE_COLUMNS
                           " FROM flag_overrides WHERE tenant_id = $1 ORDER BY key, targeting_key",
                           {Type::kUuid},
                           kOverrideColumns};
const Statement kOverridesIn{"flags.overrides_in",
                             "SELECT " MORTISE_OVERRIDE_COLUMNS
                             ", environment FROM environment_flag_overrides "
                             "WHERE tenant_id = $1 ORDER BY key, environment, targeting_key",
                             {Type::kUuid},
                             kOverrideColumnsIn};
const Statement kAllOverrides{"flags.all_overrides",
                              "SELECT tenant_id, key, targeting_key, variant FROM flag_overrides",
                              {},
                              {Type::kUuid, Type::kText, Type::kText, Type::kText}};
const Statement kAllOverridesIn{
    "flags.all_overrides_in",
    "SELECT tenant_id, key, targeting_key, variant, environment FROM environment_flag_overrides",
    {},
    {Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kText}};
const Statement kOverridesOf{
    "flags.overrides_of_tenant",
    "SELECT tenant_id, key, targeting_key, variant FROM flag_overrides WHERE tenant_id = $1",
    {Type::kUuid},
    {Type::kUuid, Type::kText, Type::kText, Type::kText}};
const Statement kOverridesOfIn{
    "flags.overrides_of_tenant_in",
    "SELECT tenant_id, key, targeting_key, variant, environment FROM environment_flag_overrides "
    "WHERE tenant_id = $1",
    {Type::kUuid},
    {Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kText}};
const Statement kTenantsOverriding{"flags.tenants_overriding",
                                   "SELECT tenant_id FROM flag_overrides WHERE key = $1 "
                                   "UNION SELECT tenant_id FROM environment_flag_overrides WHERE key = $1",
                                   {Type::kText},
                                   {Type::kUuid}};
const Statement kOverrideMarks{"flags.override_marks",
                               "SELECT tenant_id, mark FROM flag_override_marks",
                               {},
                               {Type::kUuid, Type::kInteger}};
const Statement kDeleteOverride{
    "flags.delete_override", "DELETE FROM flag_overrides WHERE id = $1", {Type::kUuid}};
const Statement kDeleteOverrideIn{
    "flags.delete_override_in", "DELETE FROM environment_flag_overrides WHERE id = $1", {Type::kUuid}};

const std::vector<Type> kPlanColumns{Type::kUuid, Type::kText, Type::kText,
                                     Type::kText, Type::kTime, Type::kInteger};
const std::vector<Type> kPlanColumnsIn{Type::kUuid, Type::kText,    Type::kText, Type::kText,
                                       Type::kTime, Type::kInteger, Type::kText};
const Statement kPutPlan{
    "flags.put_plan_override",
    "INSERT INTO flag_plan_overrides (id, plan, key, variant, updated_at, version) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key, plan) DO UPDATE SET "
    "variant = excluded.variant, updated_at = excluded.updated_at, version = excluded.version",
    kPlanColumns};
const Statement kPutPlanIn{
    "flags.put_plan_override_in",
    "INSERT INTO environment_flag_plan_overrides (id, plan, key, variant, updated_at, version, environment) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key, plan, environment) DO UPDATE SET "
    "variant = excluded.variant, updated_at = excluded.updated_at, version = excluded.version",
    kPlanColumnsIn};
const Statement kFindPlan{"flags.find_plan_override",
                          "SELECT id, plan, key, variant, updated_at, version FROM flag_plan_overrides "
                          "WHERE key = $1 AND plan = $2",
                          {Type::kText, Type::kText},
                          kPlanColumns};
const Statement kFindPlanIn{"flags.find_plan_override_in",
                            "SELECT id, plan, key, variant, updated_at, version, environment "
                            "FROM environment_flag_plan_overrides "
                            "WHERE key = $1 AND plan = $2 AND environment = $3",
                            {Type::kText, Type::kText, Type::kText},
                            kPlanColumnsIn};
const Statement kAllPlans{"flags.all_plan_overrides",
                          "SELECT id, plan, key, variant, updated_at, version FROM flag_plan_overrides",
                          {},
                          kPlanColumns};
const Statement kAllPlansIn{"flags.all_plan_overrides_in",
                            "SELECT id, plan, key, variant, updated_at, version, environment "
                            "FROM environment_flag_plan_overrides",
                            {},
                            kPlanColumnsIn};
const Statement kDeletePlan{
    "flags.delete_plan_override", "DELETE FROM flag_plan_overrides WHERE id = $1", {Type::kUuid}};
const Statement kDeletePlanIn{"flags.delete_plan_override_in",
                              "DELETE FROM environment_flag_plan_overrides WHERE id = $1",
                              {Type::kUuid}};

const Statement kDeleteOfFlag{"flags.delete_overrides_of_flag",
                              "DELETE FROM flag_overrides WHERE tenant_id = $1 AND key = $2",
                              {Type::kUuid, Type::kText}};
const Statement kDeleteOfFlagIn{
    "flags.delete_overrides_of_flag_in",
    "DELETE FROM environment_flag_overrides WHERE tenant_id = $1 AND key = $2 AND environment = $3",
    {Type::kUuid, Type::kText, Type::kText}};
#define MORTISE_HAS_NO_OWN(table)                                       \
    " AND NOT EXISTS (SELECT 1 FROM flags f WHERE f.tenant_id = " table \
    ".tenant_id "                                                       \
    "AND f.key = " table                                                \
    ".key) AND NOT EXISTS (SELECT 1 FROM environment_flags f "          \
    "WHERE f.tenant_id = " table ".tenant_id AND f.key = " table ".key)"
const Statement kDeleteInherited{
    "flags.delete_inherited_overrides",
    "DELETE FROM flag_overrides WHERE key = $1" MORTISE_HAS_NO_OWN("flag_overrides"),
    {Type::kText}};
const Statement kDeleteInheritedIn{"flags.delete_inherited_overrides_in",
                                   "DELETE FROM environment_flag_overrides WHERE key = $1 "
                                   "AND environment = $2" MORTISE_HAS_NO_OWN("environment_flag_overrides"),
                                   {Type::kText, Type::kText}};
const Statement kDeletePlansOf{
    "flags.delete_plan_overrides_of", "DELETE FROM flag_plan_overrides WHERE key = $1", {Type::kText}};
const Statement kDeletePlansOfIn{
    "flags.delete_plan_overrides_of_in",
    "DELETE FROM environment_flag_plan_overrides WHERE key = $1 AND environment = $2",
    {Type::kText, Type::kText}};
const Statement kEnvironmentsOf{
    "flags.environments_with_overrides",
    "SELECT environment FROM environment_flag_overrides WHERE key = $1 "
    "UNION SELECT environment FROM environment_flag_plan_overrides WHERE key = $1",
    {Type::kText},
    {Type::kText}};
const std::vector<Statement> kDeleteOverridesOfTenant{
    {"flags.delete_overrides_of_tenant", "DELETE FROM flag_overrides WHERE tenant_id = $1", {Type::kUuid}},
    {"flags.delete_overrides_of_tenant_in",
     "DELETE FROM environment_flag_overrides WHERE tenant_id = $1",
     {Type::kUuid}},
    // After them: their triggers make one.
    {"flags.delete_override_mark", "DELETE FROM flag_override_marks WHERE tenant_id = $1", {Type::kUuid}}};
const std::vector<Statement> kDeleteOverridesIn{
    {"flags.delete_environment_overrides",
     "DELETE FROM environment_flag_overrides WHERE environment = $1",
     {Type::kText}},
    {"flags.delete_environment_plan_overrides",
     "DELETE FROM environment_flag_plan_overrides WHERE environment = $1",
     {Type::kText}}};

base::Result<Override> read_override(const storage::Row& row) {
    return Override{.id = row.uuid(0),
                    .environment = std::string(row.size() > 6 ? row.text(6) : kProduction),
                    .key = std::string(row.text(1)),
                    .targeting_key = std::string(row.text(2)),
                    .variant = std::string(row.text(3)),
                    .updated_at = row.integer(4),
                    .version = row.integer(5)};
}

base::Result<PlanOverride> read_plan_override(const storage::Row& row) {
    return PlanOverride{.id = row.uuid(0),
                        .environment = std::string(row.size() > 6 ? row.text(6) : kProduction),
                        .plan = std::string(row.text(1)),
                        .key = std::string(row.text(2)),
                        .variant = std::string(row.text(3)),
                        .updated_at = row.integer(4),
                        .version = row.integer(5)};
}

auto handing_on(const std::function<void(const OverrideOf&)>& sink) {
    return [&sink](const storage::Row& row) {
        sink(
            {row.size() > 4 ? row.text(4) : kProduction, row.uuid(0), row.text(1), row.text(2), row.text(3)});
        return true;
    };
}

}  // namespace

base::Status put(storage::Unit& unit, const base::Uuid& tenant, const Override& override) {
    const std::string_view key = override.key, targeting_key = override.targeting_key,
                           variant = override.variant;
    if (in_production(override.environment)) {
        MORTISE_TRY(unit.run(kPutOverride, {override.id, tenant, key, targeting_key, variant,
                                            override.updated_at, override.version}));
    } else {
        MORTISE_TRY(
            unit.run(kPutOverrideIn, {override.id, tenant, key, targeting_key, variant, override.updated_at,
                                      override.version, std::string_view(override.environment)}));
    }
    return {};
}

base::Result<std::optional<Override>> find_override(storage::Unit& unit, const base::Uuid& tenant,
                                                    std::string_view environment, std::string_view key,
                                                    std::string_view targeting_key) {
    if (in_production(environment))
        return read_one(unit, kFindOverride, {tenant, key, targeting_key}, read_override);
    return read_one(unit, kFindOverrideIn, {tenant, key, targeting_key, environment}, read_override);
}

base::Result<std::vector<Override>> overrides(storage::Unit& unit, const base::Uuid& tenant) {
    return read_both(unit, kOverrides, kOverridesIn, {tenant}, read_override);
}

base::Status each_override(storage::Unit& unit, const std::function<void(const OverrideOf&)>& sink) {
    MORTISE_TRY(unit.run(kAllOverrides, {}, handing_on(sink)));
    MORTISE_TRY(unit.run(kAllOverridesIn, {}, handing_on(sink)));
    return {};
}

base::Status each_override_of(storage::Unit& unit, const base::Uuid& tenant,
                              const std::function<void(const OverrideOf&)>& sink) {
    MORTISE_TRY(unit.run(kOverridesOf, {tenant}, handing_on(sink)));
    MORTISE_TRY(unit.run(kOverridesOfIn, {tenant}, handing_on(sink)));
    return {};
}

base::Status add_tenants_overriding(storage::Unit& unit, std::string_view key,
                                    std::set<base::Uuid>& tenants) {
    MORTISE_TRY(unit.run(kTenantsOverriding, {key}, [&tenants](const storage::Row& row) {
        tenants.insert(row.uuid(0));
        return true;
    }));
    return {};
}

base::Result<OverrideMarks> override_marks(storage::Unit& unit) {
    OverrideMarks marks;
    MORTISE_TRY(unit.run(kOverrideMarks, {}, [&marks](const storage::Row& row) {
        marks.emplace(row.uuid(0), row.integer(1));
        return true;
    }));
    return marks;
}

base::Status remove_override(storage::Unit& unit, const Override& override) {
    MORTISE_TRY(
        unit.run(in_production(override.environment) ? kDeleteOverride : kDeleteOverrideIn, {override.id}));
    return {};
}

base::Status put_plan_override(storage::Unit& unit, const PlanOverride& override) {
    const std::string_view plan = override.plan, key = override.key, variant = override.variant;
    if (in_production(override.environment)) {
        MORTISE_TRY(
            unit.run(kPutPlan, {override.id, plan, key, variant, override.updated_at, override.version}));
    } else {
        MORTISE_TRY(unit.run(kPutPlanIn, {override.id, plan, key, variant, override.updated_at,
                                          override.version, std::string_view(override.environment)}));
    }
    return {};
}

base::Result<std::optional<PlanOverride>> find_plan_override(storage::Unit& unit,
                                                             std::string_view environment,
                                                             std::string_view key, std::string_view plan) {
    if (in_production(environment)) return read_one(unit, kFindPlan, {key, plan}, read_plan_override);
    return read_one(unit, kFindPlanIn, {key, plan, environment}, read_plan_override);
}

base::Result<std::vector<PlanOverride>> all_plan_overrides(storage::Unit& unit) {
    return read_both(unit, kAllPlans, kAllPlansIn, {}, read_plan_override);
}

base::Status remove_plan_override(storage::Unit& unit, const PlanOverride& override) {
    MORTISE_TRY(unit.run(in_production(override.environment) ? kDeletePlan : kDeletePlanIn, {override.id}));
    return {};
}

base::Result<std::int64_t> remove_overrides_of(storage::Unit& unit, const base::Uuid& tenant,
                                               std::string_view key, std::string_view environment) {
    const bool production = in_production(environment);
    if (!tenant.is_nil())
        return production ? unit.run(kDeleteOfFlag, {tenant, key})
                          : unit.run(kDeleteOfFlagIn, {tenant, key, environment});
    MORTISE_TRY_ASSIGN(const auto of_tenants, production ? unit.run(kDeleteInherited, {key})
                                                         : unit.run(kDeleteInheritedIn, {key, environment}));
    MORTISE_TRY_ASSIGN(const auto of_plans, production ? unit.run(kDeletePlansOf, {key})
                                                       : unit.run(kDeletePlansOfIn, {key, environment}));
    return of_tenants + of_plans;
}

base::Result<std::vector<std::string>> environments_with_overrides(storage::Unit& unit,
                                                                   std::string_view key) {
    return read_all(unit, kEnvironmentsOf, {key}, [](const storage::Row& row) {
        return base::Result<std::string>(std::string(row.text(0)));
    });
}

base::Status remove_overrides_of_tenant(storage::Unit& unit, const base::Uuid& tenant) {
    for (const auto& statement : kDeleteOverridesOfTenant)
        MORTISE_TRY(unit.run(statement, {tenant}));
    return {};
}

base::Status remove_overrides_in(storage::Unit& unit, std::string_view environment) {
    for (const auto& statement : kDeleteOverridesIn)
        MORTISE_TRY(unit.run(statement, {environment}));
    return {};
}

}  // namespace mortise::flags::repository
