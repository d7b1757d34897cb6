#pragma once

#include "core/api/flag_streams.hpp"
#include "core/api/resources.hpp"
#include "core/app/application.hpp"
#include "core/app/licence_drop.hpp"
#include "core/app/licensing.hpp"
#include "core/app/room_settings.hpp"
#include "core/app/timer.hpp"
#include "core/crypto/password.hpp"
#include "core/events/outbox.hpp"
#include "core/flags/change_request_service.hpp"
#include "core/flags/environment_service.hpp"
#include "core/flags/explanation.hpp"
#include "core/flags/flag_history.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/flag_usage.hpp"
#include "core/flags/segment_service.hpp"
#include "core/flags/snapshot.hpp"
#include "core/flags/tenant_data.hpp"
#include "core/host/licence_desk.hpp"
#include "core/host/plugin.hpp"
#include "core/host/registry.hpp"
#include "core/http/pipeline.hpp"
#include "core/http/server.hpp"
#include "core/identity/api_key_service.hpp"
#include "core/identity/authenticator.hpp"
#include "core/identity/authority.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/key_ring.hpp"
#include "core/identity/roles.hpp"
#include "core/identity/session_service.hpp"
#include "core/identity/tenant_data.hpp"
#include "core/identity/user_service.hpp"
#include "core/storage/database.hpp"
#include "core/storage/recent_fault.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/meters.hpp"
#include "core/tenancy/plugin_service.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/tenant_service.hpp"
#include "licenses/document/bundle.hpp"

#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::app {

// What the licence's range of versions is compared with.
inline licenses::InstalledPlugin installed_plugin(const host::Manifest& manifest) {
    return {manifest.id, manifest.version, licenses::parse_time(manifest.released + "T00:00:00Z"),
            manifest.entitlements};
}

// In the order of the house; each member uses only those above it.
struct Application::Parts {
    Parts(StartOptions its_options, std::unique_ptr<storage::Database> its_database,
          host::RegistrySettings registry_settings)
        : options(std::move(its_options)),
          log(STDERR_FILENO, level_of(options.settings.log.level), options.settings.log.access, clock),
          database(std::move(its_database)),
          licensing(clock, log, options.data),
          snapshots(*database, clock),
          tenants(*database, clock, snapshots, options.data / "exports",
                  {&identity_data, &flag_data, &seat_data}, licensing.holder()),
          meters(*database, clock, licensing.holder()),
          hasher({}, static_cast<std::size_t>(options.settings.auth.password_hash_concurrency),
                 std::chrono::milliseconds(5000)),
          roles([this] { return plugin_scopes(); }),
          credentials(clock, roles, options.settings.auth.access_token_lifetime.count()),
          users(clock, hasher, roles, licensing.holder()),
          sessions({*database, clock, hasher, roles, keys, directory, snapshots},
                   token_settings(options.settings.auth), {}),
          authenticator(keys, credentials, directory, token_settings(options.settings.auth)),
          flag_streams(stream_settings(options.settings), clock, flag_store, directory, credentials, keys,
                       metrics),
          plugins(
              std::move(registry_settings), *database,
              {clock, log,
               [this](const base::Uuid& tenant, std::string_view plugin) {
                   return std::string(directory.read()->plugin_settings(tenant, plugin));
               },
               licence_desk, [this](const base::RequestContext& context) { return flags_of(context); },
               [this](const base::RequestContext& context, const std::shared_ptr<const flags::FlagSet>& set,
                      std::span<const flags::FlagCount> counts) { count_flags(context, set, counts); },
               peers},
              [this](const host::Manifest& manifest) {
                  return licensing.holder().check_plugin(installed_plugin(manifest));
              },
              [this](const std::shared_ptr<host::Plugin>& plugin) { return check_routes(plugin); }) {}

    // What plugins see: no flags in an environment that was removed meanwhile.
    std::shared_ptr<const flags::FlagSet> flags_of(const base::RequestContext& context) const {
        auto set = flag_store.read(context.environment);
        return set != nullptr ? set : std::make_shared<const flags::FlagSet>();
    }

    // What plugins were answered.
    void count_flags(const base::RequestContext& context, const std::shared_ptr<const flags::FlagSet>& set,
                     std::span<const flags::FlagCount> counts) {
        flag_usage.add(set, {.tenant = context.tenant, .now = clock.now() / base::kMicrosPerSecond},
                       context.environment, counts);
    }

    std::vector<std::string> plugin_scopes() const {
        std::vector<std::string> scopes;
        for (const auto& plugin : plugins.running())
            for (const auto& scope : plugin->manifest().scopes)
                scopes.push_back(scope.name);
        return scopes;
    }

    base::Status migrate();
    base::Status load_snapshots();
    base::Status install_licence_file();
    base::Status install_licence(std::string_view text);
    base::Status follow_licence();
    base::Status offer_plugins();
    void tell_plugins();
    void follow_snapshots();
    base::Status make_administrator();
    base::Status serve();
    http::Absent absent_plugins() const;
    std::vector<http::Route> rows_of(const std::shared_ptr<host::Plugin>& plugin) const;
    base::Status check_routes(const std::shared_ptr<host::Plugin>& plugin) const;
    base::Result<std::shared_ptr<const http::RouteTable>> build_routes();
    base::Status replace_routes();
    base::Status flush_last_used();
    base::Status take_up_unfinished();
    void keep_at_end();
    void begin_timers();
    void begin_licence_timers();
    void begin_flag_timers();
    void reload_certificate();

    StartOptions options;
    base::SystemClock clock;
    telemetry::Log log;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    storage::RecentFault faults;
    Licensing licensing;
    LicenceDrop licence_drop{options.data / "licenses", log, clock};
    events::Outbox outbox{clock};
    tenancy::Directory directory;
    tenancy::Snapshots snapshots;
    identity::IdentityData identity_data;
    flags::FlagData flag_data;
    licensing::SeatData seat_data;
    tenancy::TenantService tenants;
    tenancy::Meters meters;
    host::LicenceDesk licence_desk{licensing.holder(), meters};
    tenancy::PluginService tenant_plugins{clock};
    crypto::PasswordHasher hasher;
    identity::Roles roles;
    identity::KeyRing keys{clock};
    identity::Credentials credentials;
    identity::UserService users;
    identity::ApiKeyService api_keys{clock, roles};
    identity::SessionService sessions;
    identity::Authenticator authenticator;
    flags::FlagStore flag_store;
    flags::FlagService flag_service{clock};
    flags::EnvironmentService flag_environments{clock};
    flags::SegmentService flag_segments{clock};
    flags::FlagHistory flag_history{flag_service, flag_segments};
    flags::FlagExplainer flag_explainer{flag_service, flag_store};
    flags::FlagUsage flag_usage{*database, clock};
    identity::Authority authority{credentials, roles, clock};
    flags::ChangeRequests flag_change_requests{
        {flag_service, flag_segments},
        clock,
        [this](storage::Unit& unit, const flags::ChangeRequest& request) {
            return authority.holds(unit, request.author.kind, request.author.id, request.tenant,
                                   "flags:write");
        }};
    api::FlagStreams flag_streams;
    host::Peers peers{[this](std::string_view id) { return plugins.find(id); },
                      [this](const base::Uuid& tenant, std::string_view id) {
                          return directory.read()->plugin_enabled(tenant, id);
                      },
                      metrics};
    host::Registry plugins;
    tenancy::Published<std::string> openapi;
    std::atomic<bool> draining = false;
    std::shared_ptr<const std::vector<flags::FlagStore::Unreadable>>
        told_unreadable;  // by follow_snapshots()
    std::mutex replacing_routes;
    tenancy::Published<licensing::Documents> followed;  // those that the plugins were loaded under
    std::unique_ptr<api::Parts> api_parts;
    std::unique_ptr<http::Pipeline> pipeline;
    std::unique_ptr<http::Server> server;
    std::unique_ptr<Timer> timer;
    std::unique_ptr<Timer> housekeeper;  // for what may take long
    std::unique_ptr<storage::ChangeListener> listener;
};

}  // namespace mortise::app
