#include "core/tenancy/directory.hpp"

#include "core/tenancy/tenant_repository.hpp"

#include <algorithm>
#include <utility>

namespace mortise::tenancy {

TenantMap::TenantMap(std::vector<Tenant> tenants, std::vector<Plan> plans, std::vector<TenantPlugin> plugins)
    : tenants_(std::move(tenants)) {
    for (const auto& tenant : tenants_) {
        by_id_.emplace(tenant.id, &tenant);
        by_slug_.emplace(tenant.slug, &tenant);
    }
    for (auto& plan : plans) {
        std::string id = plan.id;
        plans_.emplace(std::move(id), std::move(plan));
    }
    for (auto& plugin : plugins) {
        std::string name = plugin.plugin;
        plugins_[plugin.tenant].emplace(std::move(name), std::move(plugin));
    }
}

const Tenant* TenantMap::find(const base::Uuid& id) const noexcept {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

const Tenant* TenantMap::find(std::string_view slug) const noexcept {
    const auto found = by_slug_.find(slug);
    return found == by_slug_.end() ? nullptr : found->second;
}

const Plan* TenantMap::find_plan(std::string_view id) const noexcept {
    const auto found = plans_.find(id);
    return found == plans_.end() ? nullptr : &found->second;
}

const TenantPlugin* TenantMap::own(const base::Uuid& tenant, std::string_view plugin) const noexcept {
    const auto of_tenant = plugins_.find(tenant);
    if (of_tenant == plugins_.end()) return nullptr;
    const auto found = of_tenant->second.find(plugin);
    return found == of_tenant->second.end() ? nullptr : &found->second;
}

bool TenantMap::plugin_enabled(const base::Uuid& tenant, std::string_view plugin) const noexcept {
    const Tenant* const row = find(tenant);
    if (row == nullptr) return false;
    if (const auto* const settings = own(tenant, plugin)) return settings->enabled;
    const Plan* const plan = find_plan(row->plan);
    return plan != nullptr &&
           std::find(plan->plugins.begin(), plan->plugins.end(), plugin) != plan->plugins.end();
}

std::string_view TenantMap::plugin_settings(const base::Uuid& tenant,
                                            std::string_view plugin) const noexcept {
    const auto* const settings = own(tenant, plugin);
    return settings == nullptr ? std::string_view("{}") : std::string_view(settings->settings);
}

base::Status Directory::load(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(auto tenants, repository::all(unit));
    MORTISE_TRY_ASSIGN(auto plans, repository::plans(unit));
    MORTISE_TRY_ASSIGN(auto plugins, repository::plugins(unit));
    MORTISE_TRY_ASSIGN(const auto version, snapshot_version(unit, kName));
    auto map = std::make_shared<TenantMap>(std::move(tenants), std::move(plans), std::move(plugins));
    map->version_ = version;
    map_.replace(std::move(map));
    return {};
}

}  // namespace mortise::tenancy
