#pragma once

#include "core/base/uuid.hpp"
#include "core/tenancy/published.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/tenant.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mortise::tenancy {

// Every tenant and plan as of one moment. Immutable, so pointers into it live as long as it does.
class TenantMap {
 public:
    TenantMap() = default;
    TenantMap(std::vector<Tenant> tenants, std::vector<Plan> plans, std::vector<TenantPlugin> plugins);
    TenantMap(const TenantMap&) = delete;
    TenantMap& operator=(const TenantMap&) = delete;

    // Null if there is none, in whatever state.
    const Tenant* find(const base::Uuid& id) const noexcept;
    const Tenant* find(std::string_view slug) const noexcept;
    const Plan* find_plan(std::string_view id) const noexcept;
    const std::vector<Tenant>& all() const noexcept { return tenants_; }
    // Rises with every change, the same on all nodes; 0 of a map that was not loaded.
    std::int64_t version() const noexcept { return version_; }

    // The tenant's own word if it has one, else its plan's. False for a tenant that doesn't exist.
    bool plugin_enabled(const base::Uuid& tenant, std::string_view plugin) const noexcept;
    // A JSON object; "{}" where nothing is set.
    std::string_view plugin_settings(const base::Uuid& tenant, std::string_view plugin) const noexcept;

 private:
    const TenantPlugin* own(const base::Uuid& tenant, std::string_view plugin) const noexcept;

    friend class Directory;

    std::int64_t version_ = 0;
    std::vector<Tenant> tenants_;
    std::unordered_map<base::Uuid, const Tenant*> by_id_;
    std::unordered_map<std::string_view, const Tenant*> by_slug_;
    std::map<std::string, Plan, std::less<>> plans_;
    std::unordered_map<base::Uuid, std::map<std::string, TenantPlugin, std::less<>>> plugins_;
};

// The tenants in memory, for the pipeline. read() may be called on any thread and touches no database.
class Directory final : public Snapshot {
 public:
    static constexpr std::string_view kName = "tenancy";

    std::shared_ptr<const TenantMap> read() const { return map_.read(); }

    std::string_view snapshot_name() const noexcept override { return kName; }
    base::Status load(storage::Unit& unit) override;

 private:
    Published<TenantMap> map_;
};

}  // namespace mortise::tenancy
