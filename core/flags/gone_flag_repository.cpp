#include "core/flags/gone_flag_repository.hpp"

#include "core/tenancy/rows.hpp"

#include <vector>

namespace mortise::flags::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_count;

const Statement kFindVersion{
    "flags.gone_version",
    "SELECT version FROM flag_gone_versions WHERE tenant_id = $1 AND space = $2 AND key = $3",
    {Type::kUuid, Type::kText, Type::kText},
    {Type::kInteger}};

#define MORTISE_KEEP_THE_GREATEST                                                         \
    " ON CONFLICT (tenant_id, space, key) DO UPDATE SET version = "                       \
    "CASE WHEN excluded.version > flag_gone_versions.version THEN excluded.version ELSE " \
    "flag_gone_versions.version END"
#define MORTISE_INSERT_VERSION "INSERT INTO flag_gone_versions (tenant_id, space, key, version) "
const Statement kKeepVersion{"flags.keep_gone_version",
                             MORTISE_INSERT_VERSION "VALUES ($1, $2, $3, $4)" MORTISE_KEEP_THE_GREATEST,
                             {Type::kUuid, Type::kText, Type::kText, Type::kInteger}};
const std::vector<Statement> kKeepVersionsIn{
    {"flags.keep_gone_flags_in",
     MORTISE_INSERT_VERSION "SELECT tenant_id, 'flag', key, version FROM environment_flags "
                            "WHERE environment = $1" MORTISE_KEEP_THE_GREATEST,
     {Type::kText}},
    {"flags.keep_gone_sets_in",
     MORTISE_INSERT_VERSION "SELECT tenant_id, 'flag_set', '', version FROM environment_flag_sets "
                            "WHERE environment = $1" MORTISE_KEEP_THE_GREATEST,
     {Type::kText}},
    {"flags.keep_gone_segments_in",
     MORTISE_INSERT_VERSION "SELECT tenant_id, 'flag_segment', key, version FROM flag_segments "
                            "WHERE environment = $1" MORTISE_KEEP_THE_GREATEST,
     {Type::kText}}};
// `same` says which row of production's, p, an environment's own, e, stands before.
#define MORTISE_RAISE(table, own, same)                                                                      \
    "UPDATE " table " SET version = (SELECT e.version + 1 FROM " own " e WHERE e.environment = $1 AND " same \
    ") WHERE EXISTS (SELECT 1 FROM " own " e WHERE e.environment = $1 AND " same " AND e.version >= " table  \
    ".version)"
const std::vector<Statement> kRaiseProductionOf{
    {"flags.raise_flags_of",
     MORTISE_RAISE("flags", "environment_flags", "e.tenant_id = flags.tenant_id AND e.key = flags.key"),
     {Type::kText}},
    {"flags.raise_sets_of",
     MORTISE_RAISE("flag_sets", "environment_flag_sets", "e.tenant_id = flag_sets.tenant_id"),
     {Type::kText}},
    {"flags.raise_segments_of",
     MORTISE_RAISE("flag_segments", "flag_segments",
                   "flag_segments.environment = 'production' AND e.tenant_id = flag_segments.tenant_id "
                   "AND e.key = flag_segments.key"),
     {Type::kText}}};

#define MORTISE_GONE_COLUMNS \
    "(tenant_id, key, environment, holder, plan, targeting_key, id, variant, updated_at, version) "
// A tenant that has a flag of the same key as the platform has overrides of that one.
#define MORTISE_NO_OWN_FLAG(tenant, key)                                                \
    "NOT EXISTS (SELECT 1 FROM flags f WHERE f.tenant_id = " tenant " AND f.key = " key \
    ") AND "                                                                            \
    "NOT EXISTS (SELECT 1 FROM environment_flags f WHERE f.tenant_id = " tenant " AND f.key = " key ")"
#define MORTISE_TENANT_FIRST " ORDER BY o.targeting_key <> '', o.updated_at DESC LIMIT $4"
const std::vector<Type> kKeepTypes{Type::kUuid, Type::kText, Type::kText, Type::kInteger};
#define MORTISE_KEEP(table)                                                                             \
    "INSERT INTO flag_gone_overrides " MORTISE_GONE_COLUMNS                                             \
    "SELECT $1, o.key, $3, o.tenant_id, '', o.targeting_key, o.id, o.variant, o.updated_at, o.version " \
    "FROM " table " o WHERE o.key = $2 AND "
const Statement kKeepOwn{"flags.keep_gone_overrides",
                         MORTISE_KEEP("flag_overrides") "o.tenant_id = $1" MORTISE_TENANT_FIRST, kKeepTypes};
const Statement kKeepOwnIn{"flags.keep_gone_overrides_in",
                           MORTISE_KEEP("environment_flag_overrides") "o.environment = $3 AND o.tenant_id = "
                                                                      "$1" MORTISE_TENANT_FIRST,
                           kKeepTypes};
const Statement kKeepInherited{"flags.keep_gone_inherited",
                               MORTISE_KEEP("flag_overrides") MORTISE_NO_OWN_FLAG("o.tenant_id", "o.key")
                                   MORTISE_TENANT_FIRST,
                               kKeepTypes};
const Statement kKeepInheritedIn{
    "flags.keep_gone_inherited_in",
    MORTISE_KEEP("environment_flag_overrides") "o.environment = $3 AND " MORTISE_NO_OWN_FLAG(
        "o.tenant_id", "o.key") MORTISE_TENANT_FIRST,
    kKeepTypes};
#define MORTISE_KEEP_PLANS(table)                                                                \
    "INSERT INTO flag_gone_overrides " MORTISE_GONE_COLUMNS                                      \
    "SELECT $1, o.key, $3, $1, o.plan, '', o.id, o.variant, o.updated_at, o.version FROM " table \
    " o WHERE o.key = $2"
const Statement kKeepPlans{"flags.keep_gone_plans", MORTISE_KEEP_PLANS("flag_plan_overrides") " LIMIT $4",
                           kKeepTypes};
const Statement kKeepPlansIn{
    "flags.keep_gone_plans_in",
    MORTISE_KEEP_PLANS("environment_flag_plan_overrides") " AND o.environment = $3 LIMIT $4", kKeepTypes};

// Of production those of every environment: the flag shows in all of them.
#define MORTISE_GONE_HERE                                                    \
    " FROM flag_gone_overrides g WHERE g.tenant_id = $1 AND g.key = $2 AND " \
    "(g.environment = $3 OR $3 = 'production') AND "
#define MORTISE_HOLDER_INHERITS \
    "g.plan = '' AND (g.holder = g.tenant_id OR (" MORTISE_NO_OWN_FLAG("g.holder", "g.key") "))"
const std::vector<Type> kOwnerKeyEnvironment{Type::kUuid, Type::kText, Type::kText};
const std::vector<Statement> kBringBack{
    {"flags.bring_back_overrides",
     "INSERT INTO flag_overrides (id, tenant_id, key, targeting_key, variant, updated_at, version) "
     "SELECT g.id, g.holder, g.key, g.targeting_key, g.variant, g.updated_at, g.version" MORTISE_GONE_HERE
     "g.environment = 'production' AND " MORTISE_HOLDER_INHERITS
     " ON CONFLICT (tenant_id, key, targeting_key) DO NOTHING",
     kOwnerKeyEnvironment},
    {"flags.bring_back_overrides_in",
     "INSERT INTO environment_flag_overrides (id, environment, tenant_id, key, targeting_key, variant, "
     "updated_at, version) SELECT g.id, g.environment, g.holder, g.key, g.targeting_key, g.variant, "
     "g.updated_at, g.version" MORTISE_GONE_HERE "g.environment <> 'production' AND " MORTISE_HOLDER_INHERITS
     " ON CONFLICT (tenant_id, key, environment, targeting_key) DO NOTHING",
     kOwnerKeyEnvironment},
    {"flags.bring_back_plan_overrides",
     "INSERT INTO flag_plan_overrides (id, plan, key, variant, updated_at, version) "
     "SELECT g.id, g.plan, g.key, g.variant, g.updated_at, g.version" MORTISE_GONE_HERE
     "g.environment = 'production' AND g.plan <> '' ON CONFLICT (key, plan) DO NOTHING",
     kOwnerKeyEnvironment},
    {"flags.bring_back_plan_overrides_in",
     "INSERT INTO environment_flag_plan_overrides (id, environment, plan, key, variant, updated_at, version) "
     "SELECT g.id, g.environment, g.plan, g.key, g.variant, g.updated_at, g.version" MORTISE_GONE_HERE
     "g.environment <> 'production' AND g.plan <> '' ON CONFLICT (key, plan, environment) DO NOTHING",
     kOwnerKeyEnvironment}};
const Statement kForgetOverrides{
    "flags.forget_gone_overrides",
    "DELETE FROM flag_gone_overrides WHERE tenant_id = $1 AND key = $2 AND environment = $3",
    kOwnerKeyEnvironment};
const Statement kForgetMoved{"flags.forget_moved_overrides",
                             "DELETE FROM flag_gone_overrides WHERE tenant_id = $1 AND key = $2 "
                             "AND (environment = $3 OR $3 = 'production')",
                             kOwnerKeyEnvironment};

const Statement kForgetIn{
    "flags.forget_gone_in", "DELETE FROM flag_gone_overrides WHERE environment = $1", {Type::kText}};
const std::vector<Statement> kForgetOf{
    {"flags.forget_gone_of", "DELETE FROM flag_gone_overrides WHERE tenant_id = $1", {Type::kUuid}},
    {"flags.forget_held_of", "DELETE FROM flag_gone_overrides WHERE holder = $1", {Type::kUuid}},
    {"flags.forget_versions_of", "DELETE FROM flag_gone_versions WHERE tenant_id = $1", {Type::kUuid}}};

}  // namespace

base::Result<std::int64_t> gone_version(storage::Unit& unit, const base::Uuid& tenant, std::string_view space,
                                        std::string_view key) {
    return read_count(unit, kFindVersion, {tenant, space, key});
}

base::Status keep_gone_version(storage::Unit& unit, const base::Uuid& tenant, std::string_view space,
                               std::string_view key, std::int64_t version) {
    MORTISE_TRY(unit.run(kKeepVersion, {tenant, space, key, version}));
    return {};
}

base::Status keep_gone_versions_in(storage::Unit& unit, std::string_view environment) {
    for (const auto* const statements : {&kKeepVersionsIn, &kRaiseProductionOf})
        for (const auto& statement : *statements)
            MORTISE_TRY(unit.run(statement, {environment}));
    return {};
}

base::Result<std::int64_t> keep_gone_overrides(storage::Unit& unit, const base::Uuid& tenant,
                                               std::string_view key, std::string_view environment) {
    MORTISE_TRY(unit.run(kForgetOverrides, {tenant, key, environment}));
    const bool production = in_production(environment);
    if (!tenant.is_nil())
        return unit.run(production ? kKeepOwn : kKeepOwnIn, {tenant, key, environment, kMaxGoneOverrides});
    MORTISE_TRY_ASSIGN(const auto of_tenants, unit.run(production ? kKeepInherited : kKeepInheritedIn,
                                                       {tenant, key, environment, kMaxGoneOverrides}));
    MORTISE_TRY_ASSIGN(const auto of_plans, unit.run(production ? kKeepPlans : kKeepPlansIn,
                                                     {tenant, key, environment, kMaxGoneOverrides}));
    return of_tenants + of_plans;
}

base::Result<std::int64_t> bring_back_overrides(storage::Unit& unit, const base::Uuid& tenant,
                                                std::string_view key, std::string_view environment) {
    std::int64_t back = 0;
    for (const auto& statement : kBringBack) {
        MORTISE_TRY_ASSIGN(const auto moved, unit.run(statement, {tenant, key, environment}));
        back += moved;
    }
    MORTISE_TRY(unit.run(kForgetMoved, {tenant, key, environment}));
    return back;
}

base::Status forget_gone_in(storage::Unit& unit, std::string_view environment) {
    MORTISE_TRY(unit.run(kForgetIn, {environment}));
    return {};
}

base::Status forget_gone_of(storage::Unit& unit, const base::Uuid& tenant) {
    for (const auto& statement : kForgetOf)
        MORTISE_TRY(unit.run(statement, {tenant}));
    return {};
}

}  // namespace mortise::flags::repository
