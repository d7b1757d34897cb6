#include "core/tenancy/plugin_service.hpp"

#include "core/tenancy/directory.hpp"
#include "core/tenancy/strict_json.hpp"
#include "core/tenancy/tenant_repository.hpp"
#include "core/tenancy/trail.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::tenancy {
namespace {

base::Result<Tenant> require(storage::Unit& unit, std::string_view slug) {
    MORTISE_TRY_ASSIGN(auto found, repository::find(unit, slug));
    if (!found || found->state == TenantState::kDeleting)
        return base::Error{base::ErrorKind::kNotFound, "tenant_not_found",
                           "There is no tenant with this slug."};
    return *std::move(found);
}

base::Result<TenantPlugin> find(storage::Unit& unit, const Tenant& tenant, std::string_view plugin) {
    MORTISE_TRY_ASSIGN(auto own, repository::find_plugin(unit, tenant.id, plugin));
    if (own) return *std::move(own);
    MORTISE_TRY_ASSIGN(const auto plan, repository::find_plan(unit, tenant.plan));
    TenantPlugin from_plan{.tenant = tenant.id, .plugin = std::string(plugin)};
    from_plan.enabled =
        plan && std::find(plan->plugins.begin(), plan->plugins.end(), plugin) != plan->plugins.end();
    return from_plan;
}

base::Result<std::string> compact_object(std::string_view settings) {
    nlohmann::json parsed;
    auto read = parse_strict_json(settings, {}, parsed);
    if (read && parsed.is_object()) return parsed.dump();
    return base::Error{base::ErrorKind::kInvalid,
                       "invalid_settings",
                       "The settings of a plugin are a JSON object of at most 64 KiB.",
                       {},
                       {{"/settings", "invalid_settings",
                         read ? "This is no JSON object." : std::move(read).error().detail}}};
}

}  // namespace

base::Result<TenantPlugin> PluginService::get(storage::Unit& unit, std::string_view slug,
                                              std::string_view plugin) {
    MORTISE_TRY_ASSIGN(const auto tenant, require(unit, slug));
    return find(unit, tenant, plugin);
}

base::Result<TenantPlugin> PluginService::put(const base::RequestContext& context, storage::Unit& unit,
                                              std::string_view slug, std::string_view plugin, bool enabled,
                                              std::string_view settings, const IfMatch& version) {
    MORTISE_TRY_ASSIGN(auto compact, compact_object(settings));
    MORTISE_TRY(bump_snapshot(unit, Directory::kName));
    MORTISE_TRY_ASSIGN(const auto tenant, require(unit, slug));
    MORTISE_TRY_ASSIGN(auto row, find(unit, tenant, plugin));
    if (!version.admits(row.version))
        return base::Error{base::ErrorKind::kPrecondition, "version_mismatch",
                           "The settings have changed since they were read; read them again."};
    row.enabled = enabled;
    row.settings = std::move(compact);
    ++row.version;
    MORTISE_TRY(repository::put_plugin(unit, row));
    MORTISE_TRY(record(context, unit, clock_, enabled ? "tenant.plugin_enabled" : "tenant.plugin_disabled",
                       "tenant:" + tenant.slug + "/plugin:" + std::string(plugin)));
    return row;
}

base::Result<std::vector<Plan>> PluginService::plans(storage::Unit& unit) {
    return repository::plans(unit);
}

base::Status PluginService::set_bundled_plugins(storage::Unit& unit,
                                                const std::vector<std::string>& plugins) {
    auto sorted = plugins;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    MORTISE_TRY_ASSIGN(const auto standard, repository::find_plan(unit, "standard"));
    if (!standard) return base::internal_error("core.db has no plan 'standard'");
    if (standard->plugins == sorted) return {};
    MORTISE_TRY(bump_snapshot(unit, Directory::kName));
    return repository::set_plan_plugins(unit, standard->id, sorted);
}

}  // namespace mortise::tenancy
