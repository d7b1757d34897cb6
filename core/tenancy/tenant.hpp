#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::tenancy {

// creating -> active <-> suspended -> deleting -> gone. Only `active` takes requests.
enum class TenantState : std::uint8_t { kCreating, kActive, kSuspended, kDeleting };

std::string_view to_string(TenantState state) noexcept;
std::optional<TenantState> parse_tenant_state(std::string_view text) noexcept;

struct Tenant {
    base::Uuid id;
    std::string slug;  // [a-z][a-z0-9-]{1,62} without a hyphen at the end; unique, never changes
    std::string name;  // 1 to 200 code points
    std::string plan;
    TenantState state = TenantState::kCreating;
    base::Micros created_at = 0;
    base::Micros updated_at = 0;
    base::Micros state_changed_at = 0;
    std::optional<base::Micros> exported_at;
    std::int64_t version = 0;  // for ETag and If-Match
};

struct NewTenant {
    std::string slug;
    std::string name;
    std::string plan = "standard";
};

// What is absent stays as it is.
struct TenantPatch {
    std::optional<std::string> name;
    std::optional<std::string> plan;
};

// A plan says which plugins a tenant has unless its own settings say otherwise.
struct Plan {
    std::string id;
    std::string name;
    std::vector<std::string> plugins;
    std::string limits = "{}";  // a JSON object, name to number
    std::int64_t version = 0;
};

// One plugin's settings in one tenant. Without a row, the plan decides and the settings are {}.
struct TenantPlugin {
    base::Uuid tenant;
    std::string plugin;
    bool enabled = false;
    std::string settings =
        "{}";  // a JSON object of at most 64 KiB; the plugin's schema is the caller's to check
    std::int64_t version = 0;
};

bool is_slug(std::string_view text) noexcept;
// Errors by field (400 `invalid_tenant`), all of them at once.
base::Status check(const NewTenant& tenant);
base::Status check(const TenantPatch& patch);

}  // namespace mortise::tenancy
