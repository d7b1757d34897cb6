#include "core/tenancy/tenant_repository.hpp"

#include "core/tenancy/rows.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mortise::tenancy::repository {
namespace {

using storage::Statement;
using storage::Type;
using storage::Value;

const std::vector<Type> kTenantColumns{Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kText,
                                       Type::kTime, Type::kTime, Type::kTime, Type::kTime, Type::kInteger};
#define MORTISE_TENANT_COLUMNS \
    "id, slug, name, plan, state, created_at, updated_at, state_changed_at, exported_at, version"

const Statement kInsert{"tenancy.insert_tenant",
                        "INSERT INTO tenants (" MORTISE_TENANT_COLUMNS
                        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                        kTenantColumns};
const Statement kUpdate{
    "tenancy.update_tenant",
    "UPDATE tenants SET name = $2, plan = $3, state = $4, updated_at = $5, "
    "state_changed_at = $6, exported_at = $7, version = $8 WHERE id = $1 AND version = $9",
    {Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kTime, Type::kTime, Type::kTime,
     Type::kInteger, Type::kInteger}};
const Statement kMarkExported{"tenancy.mark_exported",
                              "UPDATE tenants SET exported_at = $2 WHERE id = $1 AND state <> 'deleting'",
                              {Type::kUuid, Type::kTime}};
const Statement kDelete{"tenancy.delete_tenant", "DELETE FROM tenants WHERE id = $1", {Type::kUuid}};
const Statement kBySlug{"tenancy.find_tenant_by_slug",
                        "SELECT " MORTISE_TENANT_COLUMNS " FROM tenants WHERE slug = $1",
                        {Type::kText},
                        kTenantColumns};
const Statement kById{"tenancy.find_tenant",
                      "SELECT " MORTISE_TENANT_COLUMNS " FROM tenants WHERE id = $1",
                      {Type::kUuid},
                      kTenantColumns};
const Statement kPage{"tenancy.list_tenants",
                      "SELECT " MORTISE_TENANT_COLUMNS " FROM tenants WHERE id > $1 ORDER BY id LIMIT $2",
                      {Type::kUuid, Type::kInteger},
                      kTenantColumns};
const Statement kAll{
    "tenancy.all_tenants", "SELECT " MORTISE_TENANT_COLUMNS " FROM tenants", {}, kTenantColumns};

const Statement kCountTenants{"tenancy.count_tenants", "SELECT count(*) FROM tenants", {}, {Type::kInteger}};

const std::vector<Type> kPlanColumns{Type::kText, Type::kText, Type::kText, Type::kText, Type::kInteger};
const Statement kPlan{"tenancy.find_plan",
                      "SELECT id, name, plugins, limits, version FROM plans WHERE id = $1",
                      {Type::kText},
                      kPlanColumns};
const Statement kPlans{
    "tenancy.plans", "SELECT id, name, plugins, limits, version FROM plans ORDER BY id", {}, kPlanColumns};
const Statement kSetPlanPlugins{"tenancy.set_plan_plugins",
                                "UPDATE plans SET plugins = $2, version = version + 1 WHERE id = $1",
                                {Type::kText, Type::kText}};

const std::vector<Type> kPluginColumns{Type::kUuid, Type::kText, Type::kBoolean, Type::kText, Type::kInteger};
const Statement kPlugins{"tenancy.all_tenant_plugins",
                         "SELECT tenant_id, plugin, enabled, settings, version FROM tenant_plugins",
                         {},
                         kPluginColumns};
const Statement kPluginsOfTenant{"tenancy.tenant_plugins",
                                 "SELECT tenant_id, plugin, enabled, settings, version FROM tenant_plugins "
                                 "WHERE tenant_id = $1 ORDER BY plugin",
                                 {Type::kUuid},
                                 kPluginColumns};
const Statement kPlugin{"tenancy.find_tenant_plugin",
                        "SELECT tenant_id, plugin, enabled, settings, version FROM tenant_plugins "
                        "WHERE tenant_id = $1 AND plugin = $2",
                        {Type::kUuid, Type::kText},
                        kPluginColumns};
const Statement kPutPlugin{
    "tenancy.put_tenant_plugin",
    "INSERT INTO tenant_plugins (tenant_id, plugin, enabled, settings, version) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (tenant_id, plugin) DO UPDATE SET enabled = excluded.enabled, settings = excluded.settings, "
    "version = excluded.version",
    kPluginColumns};
// core.db keeps answers under "<operation>@<tenant>" (http/unit_runner.cpp).
const Statement kForgetAnswers{
    "tenancy.forget_answers", "DELETE FROM idempotency WHERE route LIKE $1", {Type::kText}};

const Statement kDeletePlugins{
    "tenancy.delete_tenant_plugins", "DELETE FROM tenant_plugins WHERE tenant_id = $1", {Type::kUuid}};

Value optional_time(const std::optional<base::Micros>& time) {
    return time ? Value(*time) : Value(storage::Null{});
}

base::Result<Tenant> read_tenant(const storage::Row& row) {
    Tenant tenant;
    tenant.id = row.uuid(0);
    tenant.slug = row.text(1);
    tenant.name = row.text(2);
    tenant.plan = row.text(3);
    const auto state = parse_tenant_state(row.text(4));
    if (!state) return base::internal_error("tenant " + tenant.slug + " has an unknown state");
    tenant.state = *state;
    tenant.created_at = row.integer(5);
    tenant.updated_at = row.integer(6);
    tenant.state_changed_at = row.integer(7);
    if (!row.is_null(8)) tenant.exported_at = row.integer(8);
    tenant.version = row.integer(9);
    return tenant;
}

base::Result<Plan> read_plan(const storage::Row& row) {
    Plan plan{.id = std::string(row.text(0)),
              .name = std::string(row.text(1)),
              .plugins = {},
              .limits = std::string(row.text(3)),
              .version = row.integer(4)};
    std::string_view rest = row.text(2);
    while (!rest.empty()) {
        const auto end = std::min(rest.find(' '), rest.size());
        plan.plugins.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return plan;
}

base::Result<TenantPlugin> read_plugin(const storage::Row& row) {
    return TenantPlugin{.tenant = row.uuid(0),
                        .plugin = std::string(row.text(1)),
                        .enabled = row.boolean(2),
                        .settings = std::string(row.text(3)),
                        .version = row.integer(4)};
}

}  // namespace

base::Status insert(storage::Unit& unit, const Tenant& tenant) {
    auto done = unit.run(kInsert, {tenant.id, std::string_view(tenant.slug), std::string_view(tenant.name),
                                   std::string_view(tenant.plan), to_string(tenant.state), tenant.created_at,
                                   tenant.updated_at, tenant.state_changed_at,
                                   optional_time(tenant.exported_at), tenant.version});
    if (done) return {};
    if (done.error().code == storage::kUnique)
        return base::Error{base::ErrorKind::kConflict, "slug_taken", "Another tenant has this slug."};
    return std::move(done).error();
}

base::Result<bool> update(storage::Unit& unit, const Tenant& tenant) {
    MORTISE_TRY_ASSIGN(
        const auto changed,
        unit.run(kUpdate, {tenant.id, std::string_view(tenant.name), std::string_view(tenant.plan),
                           to_string(tenant.state), tenant.updated_at, tenant.state_changed_at,
                           optional_time(tenant.exported_at), tenant.version, tenant.version - 1}));
    return changed == 1;
}

base::Result<bool> mark_exported(storage::Unit& unit, const base::Uuid& id, base::Micros time) {
    MORTISE_TRY_ASSIGN(const auto changed, unit.run(kMarkExported, {id, time}));
    return changed == 1;
}

base::Status remove(storage::Unit& unit, const base::Uuid& id) {
    MORTISE_TRY(unit.run(kDelete, {id}));
    return {};
}

base::Result<std::optional<Tenant>> find(storage::Unit& unit, std::string_view slug) {
    return read_one(unit, kBySlug, {slug}, read_tenant);
}

base::Result<std::optional<Tenant>> find(storage::Unit& unit, const base::Uuid& id) {
    return read_one(unit, kById, {id}, read_tenant);
}

base::Result<std::vector<Tenant>> page(storage::Unit& unit, const PageBounds& bounds) {
    return read_all(unit, kPage, {bounds.after, std::int64_t{bounds.limit} + 1}, read_tenant);
}

base::Result<std::vector<Tenant>> all(storage::Unit& unit) {
    return read_all(unit, kAll, {}, read_tenant);
}

base::Result<std::int64_t> count(storage::Unit& unit) {
    return read_count(unit, kCountTenants, {});
}

base::Result<std::optional<Plan>> find_plan(storage::Unit& unit, std::string_view id) {
    return read_one(unit, kPlan, {id}, read_plan);
}

base::Result<std::vector<Plan>> plans(storage::Unit& unit) {
    return read_all(unit, kPlans, {}, read_plan);
}

base::Status set_plan_plugins(storage::Unit& unit, std::string_view id,
                              const std::vector<std::string>& plugins) {
    std::string joined;
    for (const auto& plugin : plugins)
        joined += (joined.empty() ? "" : " ") + plugin;
    MORTISE_TRY(unit.run(kSetPlanPlugins, {id, std::string_view(joined)}));
    return {};
}

base::Result<std::vector<TenantPlugin>> plugins(storage::Unit& unit) {
    return read_all(unit, kPlugins, {}, read_plugin);
}

base::Result<std::vector<TenantPlugin>> plugins(storage::Unit& unit, const base::Uuid& tenant) {
    return read_all(unit, kPluginsOfTenant, {tenant}, read_plugin);
}

base::Result<std::optional<TenantPlugin>> find_plugin(storage::Unit& unit, const base::Uuid& tenant,
                                                      std::string_view plugin) {
    return read_one(unit, kPlugin, {tenant, plugin}, read_plugin);
}

base::Status put_plugin(storage::Unit& unit, const TenantPlugin& plugin) {
    MORTISE_TRY(unit.run(kPutPlugin, {plugin.tenant, std::string_view(plugin.plugin), plugin.enabled,
                                      std::string_view(plugin.settings), plugin.version}));
    return {};
}

base::Status forget_answers(storage::Unit& unit, const base::Uuid& tenant) {
    const std::string routes = "%@" + tenant.to_string();
    MORTISE_TRY(unit.run(kForgetAnswers, {std::string_view(routes)}));
    return {};
}

base::Status remove_plugins(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kDeletePlugins, {tenant}));
    return {};
}

}  // namespace mortise::tenancy::repository
