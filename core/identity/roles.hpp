#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {

// A scope: <resource>:<action>, such as "milestones:write", "<resource>:*", or "*" for the platform's
// administrators alone.
bool is_scope(std::string_view text) noexcept;

// The scopes that installed plugins declare, such as {"milestones:read", "milestones:write"}. Called whenever
// a token is issued or keys are loaded; thread-safe.
using PluginScopes = std::function<std::vector<std::string>()>;

// The roles that are built in, as sets of scopes:
//   platform_admin  *                                                    (users of the platform only)
//   tenant_admin    users:* api-keys:* flags:* plugins:* events:read audit:read tenant:read <plugin>:*
//   editor          flags:read <plugin>:read <plugin>:write
//   viewer          <plugin>:read
// A plugin's scopes that are neither read nor write belong to tenant_admin alone.
class Roles {
 public:
    explicit Roles(PluginScopes plugin_scopes) : plugin_scopes_(std::move(plugin_scopes)) {}

    // The names of the roles that a user of the platform, or of a tenant, can have.
    static std::vector<std::string> names(bool platform);
    // Sorted, separated by single spaces. Unknown roles give nothing.
    std::string scopes_of(const std::vector<std::string>& roles) const;
    // `invalid_roles` (400, field /roles): none, more than 16, unknown, or not for this kind of user.
    base::Status check(const std::vector<std::string>& roles, bool platform) const;

 private:
    PluginScopes plugin_scopes_;
};

// The scopes of `wanted` (separated by spaces) that `granted` covers, sorted, each once.
std::string intersect_scopes(std::string_view wanted, std::string_view granted);

}  // namespace mortise::identity
