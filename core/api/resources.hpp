#pragma once

#include "core/base/clock.hpp"
#include "core/http/route.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mortise::events {
class Outbox;
}
namespace mortise::flags {
class FlagService;
class FlagStore;
}  // namespace mortise::flags
namespace mortise::host {
class Registry;
}
namespace mortise::identity {
class ApiKeyService;
class KeyRing;
class Roles;
class SessionService;
class UserService;
}  // namespace mortise::identity
namespace mortise::licensing {
class LicenceHolder;
class LicenceStore;
}  // namespace mortise::licensing
namespace mortise::storage {
class Database;
class RecentFault;
}  // namespace mortise::storage
namespace mortise::telemetry {
class Metrics;
}
namespace mortise::tenancy {
class Directory;
class PluginService;
class TenantService;
}  // namespace mortise::tenancy

namespace mortise::api {

// What the resources are made of; all outlive the routes.
struct Parts {
    const base::Clock& clock;
    storage::Database& database;
    telemetry::Metrics& metrics;
    tenancy::TenantService& tenants;
    tenancy::PluginService& tenant_plugins;
    tenancy::Directory& directory;
    const identity::Roles& roles;
    identity::UserService& users;
    identity::ApiKeyService& api_keys;
    identity::SessionService& sessions;
    identity::KeyRing& keys;
    flags::FlagService& flags;
    flags::FlagStore& flag_store;
    licensing::LicenceHolder& licence;
    licensing::LicenceStore& licence_store;
    events::Outbox& outbox;
    host::Registry& plugins;
    const storage::RecentFault& faults;
    std::function<base::Status()> plugins_changed;                // puts the routes together anew
    std::function<bool()> draining;                               // the server is about to stop
    std::function<std::shared_ptr<const std::string>()> openapi;  // the document of all routes
    std::string version;
};

// One function for each resource, in a file of its own that ends in it.
std::vector<http::Route> health_routes(const Parts& parts);
std::vector<http::Route> document_routes(const Parts& parts);
std::vector<http::Route> auth_routes(const Parts& parts);
std::vector<http::Route> tenant_routes(const Parts& parts);
std::vector<http::Route> role_routes(const Parts& parts);
std::vector<http::Route> user_routes(const Parts& parts);
std::vector<http::Route> api_key_routes(const Parts& parts);
std::vector<http::Route> flag_routes(const Parts& parts);
std::vector<http::Route> ofrep_routes(const Parts& parts);
std::vector<http::Route> license_routes(const Parts& parts);
std::vector<http::Route> plugin_routes(const Parts& parts);
std::vector<http::Route> event_routes(const Parts& parts);
std::vector<http::Route> audit_routes(const Parts& parts);
std::vector<http::Route> metric_routes(const Parts& parts);

// All of them.
std::vector<http::Route> core_routes(const Parts& parts);

}  // namespace mortise::api
