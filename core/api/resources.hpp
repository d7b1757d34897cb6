#pragma once

#include "core/base/clock.hpp"
#include "core/http/route.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mortise::events {
class Outbox;
}
namespace mortise::flags {
class ChangeRequests;
class EnvironmentService;
class FlagExplainer;
class FlagHistory;
class FlagService;
class FlagStore;
class FlagUsage;
class SegmentService;
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
namespace mortise::licenses {
// As in licenses/document/fingerprint.hpp.
using MachineIds = std::map<std::string, std::vector<std::string>, std::less<>>;
}  // namespace mortise::licenses
namespace mortise::licensing {
struct Installation;
class LicenceHolder;
class LicenceStore;
class Nodes;
class Seats;
class UsageReporter;
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
class Meters;
class PluginService;
class Snapshots;
class TenantService;
}  // namespace mortise::tenancy

namespace mortise::api {

class FlagStreams;

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
    flags::EnvironmentService& flag_environments;
    flags::SegmentService& flag_segments;
    flags::FlagHistory& flag_history;
    flags::FlagExplainer& flag_explainer;
    flags::FlagUsage& flag_usage;
    flags::ChangeRequests& flag_change_requests;
    FlagStreams& flag_streams;
    tenancy::Snapshots& snapshots;
    licensing::LicenceHolder& licence;
    licensing::LicenceStore& licence_store;
    licensing::Seats& seats;
    const licensing::Nodes& nodes;
    licensing::UsageReporter& reporter;
    const licensing::Installation& installation;
    const licenses::MachineIds& machine;
    tenancy::Meters& meters;
    events::Outbox& outbox;
    host::Registry& plugins;
    const storage::RecentFault& faults;
    std::function<base::Status()> plugins_changed;  // puts the routes together anew
    std::function<base::Status()> licence_changed;  // and loads plugins that it now lets in
    // Has the vendor's service answer an activation request; the answer is still to be installed.
    std::function<base::Result<std::string>(const std::string& request, base::Monotonic deadline)> ask_vendor;
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
std::vector<http::Route> flag_set_routes(const Parts& parts);
std::vector<http::Route> flag_state_routes(const Parts& parts);
std::vector<http::Route> flag_environment_routes(const Parts& parts);
std::vector<http::Route> flag_segment_routes(const Parts& parts);
std::vector<http::Route> flag_history_routes(const Parts& parts);
std::vector<http::Route> flag_answer_routes(const Parts& parts);
std::vector<http::Route> flag_change_request_routes(const Parts& parts);
std::vector<http::Route> ofrep_routes(const Parts& parts);
std::vector<http::Route> ofrep_event_routes(const Parts& parts);
std::vector<http::Route> unleash_routes(const Parts& parts);
std::vector<http::Route> license_routes(const Parts& parts);
std::vector<http::Route> seat_routes(const Parts& parts);
std::vector<http::Route> usage_routes(const Parts& parts);
std::vector<http::Route> plugin_routes(const Parts& parts);
std::vector<http::Route> event_routes(const Parts& parts);
std::vector<http::Route> audit_routes(const Parts& parts);
std::vector<http::Route> metric_routes(const Parts& parts);

// All of them.
std::vector<http::Route> core_routes(const Parts& parts);

}  // namespace mortise::api
