#include "core/identity/roles.hpp"

#include "core/base/request_context.hpp"
#include "core/identity/words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mortise::identity {
namespace {

constexpr std::size_t kMaxRoles = 16;
constexpr std::string_view kPlatformAdmin = "platform_admin";
constexpr std::array<std::string_view, 3> kTenantRoles{"tenant_admin", "editor", "viewer"};

using Scopes = std::vector<std::string>;

void add_tenant_admin(Scopes& scopes, const std::vector<std::string>& of_plugins) {
    scopes.insert(scopes.end(), {"users:*", "api-keys:*", "flags:*", "plugins:*", "events:read", "audit:read",
                                 "tenant:read", "usage:read", "licenses:lease"});
    for (const auto& scope : of_plugins)
        scopes.push_back(scope.substr(0, scope.find(':')) + ":*");
}

void add_with_action(Scopes& scopes, const std::vector<std::string>& of_plugins, std::string_view action) {
    for (const auto& scope : of_plugins) {
        if (scope.ends_with(action)) scopes.push_back(scope);
    }
}

bool is_word(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 64 && text.front() >= 'a' && text.front() <= 'z' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
           });
}

}  // namespace

bool is_scope(std::string_view text) noexcept {
    if (text == "*") return true;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || !is_word(text.substr(0, colon))) return false;
    const auto action = text.substr(colon + 1);
    return action == "*" || is_word(action);
}

std::vector<std::string> Roles::names(bool platform) {
    if (platform) return {std::string(kPlatformAdmin)};
    return {kTenantRoles.begin(), kTenantRoles.end()};
}

std::string Roles::scopes_of(const std::vector<std::string>& roles) const {
    const auto of_plugins = plugin_scopes_ ? plugin_scopes_() : std::vector<std::string>();
    Scopes scopes;
    for (const auto& role : roles) {
        if (role == kPlatformAdmin) return "*";
        if (role == "tenant_admin") add_tenant_admin(scopes, of_plugins);
        if (role == "editor") {
            scopes.emplace_back("flags:read");
            add_with_action(scopes, of_plugins, ":read");
            add_with_action(scopes, of_plugins, ":write");
        }
        if (role == "viewer") add_with_action(scopes, of_plugins, ":read");
    }
    return join_words(std::move(scopes));
}

base::Status Roles::check(const std::vector<std::string>& roles, bool platform) const {
    const auto is_known = [platform](const std::string& role) {
        if (platform) return role == kPlatformAdmin;
        return std::find(kTenantRoles.begin(), kTenantRoles.end(), role) != kTenantRoles.end();
    };
    if (!roles.empty() && roles.size() <= kMaxRoles && std::all_of(roles.begin(), roles.end(), is_known))
        return {};
    const std::string detail = platform ? "A user of the platform has the role platform_admin."
                                        : "A user of a tenant has roles of: tenant_admin, editor, viewer.";
    return base::Error{
        base::ErrorKind::kInvalid, "invalid_roles", detail, {}, {{"/roles", "invalid_roles", detail}}};
}

std::string intersect_scopes(std::string_view wanted, std::string_view granted) {
    Scopes both;
    for (auto& scope : split_words(wanted)) {
        if (base::has_scope(granted, scope)) both.push_back(std::move(scope));
    }
    for (auto& scope : split_words(granted)) {
        if (base::has_scope(wanted, scope)) both.push_back(std::move(scope));
    }
    return join_words(std::move(both));
}

}  // namespace mortise::identity
