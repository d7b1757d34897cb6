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
class Plugin;
}
namespace mortise::identity {
class ApiKeyService;
class KeyRing;
class SessionService;
class UserService;
}  // namespace mortise::identity
namespace mortise::licensing {
class LicenceHolder;
}
namespace mortise::storage {
class Database;
}
namespace mortise::telemetry {
class Metrics;
}
namespace mortise::tenancy {
class Directory;
class PluginService;
class TenantService;
}  // namespace mortise::tenancy

namespace mortise::api {

// Keeps an installed licence over a restart, in the unit that installs it.
using KeepLicence = std::function<base::Status(storage::Unit& unit, const std::string& bundle)>;

// The plugins that run now, in the order of their ids.
using RunningPlugins = std::function<std::vector<std::shared_ptr<host::Plugin>>()>;
// Reads a plugin's package again and swaps its routes. Error `plugin_not_found`, or why it can't be loaded.
using ReloadPlugin = std::function<base::Status(const std::string& id)>;

// What the resources are made of; all outlive the routes.
struct Parts {
    const base::Clock& clock;
    storage::Database& database;
    telemetry::Metrics& metrics;
    tenancy::TenantService& tenants;
    tenancy::PluginService& tenant_plugins;
    tenancy::Directory& directory;
    identity::UserService& users;
    identity::ApiKeyService& api_keys;
    identity::SessionService& sessions;
    identity::KeyRing& keys;
    flags::FlagService& flags;
    flags::FlagStore& flag_store;
    licensing::LicenceHolder& licence;
    KeepLicence keep_licence;
    events::Outbox& outbox;
    RunningPlugins plugins;
    ReloadPlugin reload_plugin;
    std::function<bool()> draining;                               // the server is about to stop
    std::function<std::shared_ptr<const std::string>()> openapi;  // the document of all routes
    std::string version;
};

// One function for each resource, in a file of its own that ends in it.
std::vector<http::Route> health_routes(const Parts& parts);
std::vector<http::Route> document_routes(const Parts& parts);
std::vector<http::Route> auth_routes(const Parts& parts);
std::vector<http::Route> tenant_routes(const Parts& parts);
std::vector<http::Route> user_routes(const Parts& parts);
std::vector<http::Route> api_key_routes(const Parts& parts);
std::vector<http::Route> flag_routes(const Parts& parts);
std::vector<http::Route> ofrep_routes(const Parts& parts);
std::vector<http::Route> license_routes(const Parts& parts);
std::vector<http::Route> plugin_routes(const Parts& parts);
std::vector<http::Route> event_routes(const Parts& parts);

// All of them.
std::vector<http::Route> core_routes(const Parts& parts);

}  // namespace mortise::api
