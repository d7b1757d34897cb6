#include "core/app/application.hpp"

#include "core/api/resources.hpp"
#include "core/app/activation_service.hpp"
#include "core/app/data_folder.hpp"
#include "core/app/database_settings.hpp"
#include "core/app/licence_drop.hpp"
#include "core/app/licensing.hpp"
#include "core/app/timer.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/crypto/password.hpp"
#include "core/events/idempotency.hpp"
#include "core/events/outbox.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/snapshot.hpp"
#include "core/flags/tenant_data.hpp"
#include "core/host/licence_desk.hpp"
#include "core/host/plugin.hpp"
#include "core/host/registry.hpp"
#include "core/http/openapi.hpp"
#include "core/http/pipeline.hpp"
#include "core/http/plugin_routes.hpp"
#include "core/http/server.hpp"
#include "core/identity/api_key_service.hpp"
#include "core/identity/authenticator.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/key_ring.hpp"
#include "core/identity/roles.hpp"
#include "core/identity/session_service.hpp"
#include "core/identity/tenant_data.hpp"
#include "core/identity/user_service.hpp"
#include "core/licensing/root_keys.hpp"
#include "core/storage/database.hpp"
#include "core/storage/host_migrations.hpp"
#include "core/storage/recent_fault.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/meters.hpp"
#include "core/tenancy/plugin_service.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/tenant_service.hpp"
#include "licenses/document/bundle.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>

namespace mortise::app {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

constexpr std::chrono::seconds kCertificateInterval(2);
constexpr std::chrono::seconds kUnfinishedInterval(5);
constexpr base::Micros kUnfinishedAge = 5 * base::kMicrosPerSecond;  // what is younger may be under way

telemetry::Level level_of(std::string_view name) {
    using enum telemetry::Level;
    return name == "debug" ? kDebug : name == "warn" ? kWarn : name == "error" ? kError : kInfo;
}

identity::TokenSettings token_settings(const config::Auth& settings) {
    identity::TokenSettings tokens;
    tokens.issuer = settings.issuer;
    tokens.audience = settings.issuer;
    tokens.access_lifetime_s = settings.access_token_lifetime.count();
    tokens.session_lifetime_s = settings.refresh_token_lifetime.count();
    return tokens;
}

http::PipelineSettings pipeline_settings(const config::Settings& settings) {
    http::PipelineSettings pipeline;
    pipeline.pool_threads = static_cast<std::size_t>(settings.http.pool_threads);
    pipeline.pool_queue = static_cast<std::size_t>(settings.http.pool_queue);
    pipeline.password_threads = static_cast<std::size_t>(settings.auth.password_hash_concurrency);
    pipeline.body_limit = static_cast<std::uint64_t>(settings.http.body_limit);
    pipeline.request_timeout = settings.http.request_timeout;
    pipeline.proxies = {settings.http.trusted_proxies, settings.http.forwarded_header == "forwarded"
                                                           ? http::ForwardedField::kForwarded
                                                           : http::ForwardedField::kXForwardedFor};
    return pipeline;
}

// "HOST:PORT", which config has checked; an IPv6 host may stand in brackets.
http::ServerSettings server_settings(const config::Http& settings) {
    const auto colon = settings.listen.rfind(':');
    std::string host = settings.listen.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    http::ServerSettings server;
    server.host = host;
    server.port = static_cast<std::uint16_t>(base::parse_u64(settings.listen.substr(colon + 1)).value_or(0));
    server.reactors = static_cast<unsigned>(settings.reactors);
    server.head_timeout = settings.head_timeout;
    server.body_timeout = settings.body_timeout;
    server.idle_timeout = settings.idle_timeout;
    server.answer_timeout = settings.answer_timeout;
    server.seats.total = static_cast<std::size_t>(settings.max_connections);
    server.seats.per_address = static_cast<std::size_t>(settings.max_connections_per_address);
    server.seats.unlimited = settings.trusted_proxies;
    server.tls = {settings.tls_certificate, settings.tls_key, settings.tls_min == "1.3"};
    return server;
}

Result<host::RegistrySettings> registry_settings(const config::Plugins& settings, const fs::path& program) {
    host::RegistrySettings registry;
    registry.directory =
        settings.directory.empty() ? program.parent_path() / "plugins" : fs::path(settings.directory);
    registry.allow_unsigned = settings.allow_unsigned;
    const bool by_publisher = settings.host == "publisher";
    if (const auto bundled = host::parse_publisher_key(licensing::bundled_publisher_key())) {
        registry.publishers.push_back({*bundled, {"milestones", "notifications", "rules", "workflows"}});
        if (by_publisher) registry.in_process.push_back(registry.publishers.back());
    }
    for (const config::Publisher& publisher : settings.publishers) {
        const auto key = host::parse_publisher_key(publisher.key);
        if (!key)
            return Error{ErrorKind::kInvalid, "config_invalid",
                         fmt::format("plugins.publishers: {} is no k4.public key", publisher.key)};
        registry.publishers.push_back({*key, publisher.plugins});
        if (by_publisher && publisher.in_process) registry.in_process.push_back(registry.publishers.back());
    }
    registry.workers.program = program.parent_path() / "mortise-worker";
    registry.workers.count = static_cast<std::size_t>(settings.workers);
    registry.workers.memory_bytes = static_cast<std::uint64_t>(settings.worker_memory_mb) << 20;
    registry.workers.deaths = static_cast<std::size_t>(settings.worker_deaths);
    registry.workers.window = settings.worker_deaths_window;
    return registry;
}

licenses::InstalledPlugin installed_plugin(const host::Manifest& manifest) {
    return {manifest.id, manifest.version, licenses::parse_time(manifest.released + "T00:00:00Z")};
}

}  // namespace

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
          plugins(
              std::move(registry_settings), *database,
              {clock, log,
               [this](const base::Uuid& tenant, std::string_view plugin) {
                   return std::string(directory.read()->plugin_settings(tenant, plugin));
               },
               licence_desk},
              [this](const host::Manifest& manifest) {
                  return licensing.holder().check_plugin(installed_plugin(manifest), manifest.entitlements);
              },
              [this](const std::shared_ptr<host::Plugin>& plugin) { return check_routes(plugin); }) {}

    std::vector<std::string> plugin_scopes() const {
        std::vector<std::string> scopes;
        for (const auto& plugin : plugins.running())
            for (const auto& scope : plugin->manifest().scopes)
                scopes.push_back(scope.name);
        return scopes;
    }

    Status migrate();
    Status load_snapshots();
    Status install_licence_file();
    Status install_licence(std::string_view text);
    Status follow_licence();
    Status offer_plugins();
    void tell_plugins();
    Status make_administrator();
    Status serve();
    http::Absent absent_plugins() const;
    std::vector<http::Route> rows_of(const std::shared_ptr<host::Plugin>& plugin) const;
    Status check_routes(const std::shared_ptr<host::Plugin>& plugin) const;
    Result<std::shared_ptr<const http::RouteTable>> build_routes();
    Status replace_routes();
    Status flush_last_used();
    Status take_up_unfinished();
    void keep_at_end();
    void begin_timers();
    void begin_licence_timers();
    void reload_certificate();

    StartOptions options;
    base::SystemClock clock;
    telemetry::Log log;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    storage::RecentFault faults;
    Licensing licensing;
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
    host::Registry plugins;
    tenancy::Published<std::string> openapi;
    std::atomic<bool> draining = false;
    std::mutex replacing_routes;
    tenancy::Published<licensing::Documents> followed;  // those that the plugins were loaded under
    std::unique_ptr<api::Parts> api_parts;
    std::unique_ptr<http::Pipeline> pipeline;
    std::unique_ptr<http::Server> server;
    std::unique_ptr<Timer> timer;
    std::unique_ptr<Timer> housekeeper;  // for what may take long
};

Status Application::Parts::migrate() {
    MORTISE_TRY_ASSIGN(const auto core, storage::core_migrations(database->engine()));
    MORTISE_TRY(database->migrate_core(core));
    MORTISE_TRY_ASSIGN(const auto tenant, storage::host_migrations(database->engine()));
    MORTISE_TRY(database->migrate_tenants(tenant));
    for (const std::string& warning : database->warnings())
        log.warn("storage", {{"reason", std::string_view(warning)}});
    return {};
}

Status Application::Parts::load_snapshots() {
    for (tenancy::Snapshot* snapshot :
         {static_cast<tenancy::Snapshot*>(&directory), static_cast<tenancy::Snapshot*>(&keys),
          &credentials.key_snapshot(), &credentials.session_snapshot(),
          static_cast<tenancy::Snapshot*>(&licensing.store()), static_cast<tenancy::Snapshot*>(&flag_store)})
        snapshots.add(*snapshot);
    MORTISE_TRY(tenancy::run_core(*database, clock, storage::Access::kWrite,
                                  [&](storage::Unit& unit) { return keys.ensure_key(unit); }));
    return snapshots.refresh();
}

// The configured file, or, in a development build without a licence, the one that the build made.
Status Application::Parts::install_licence_file() {
    fs::path file = options.settings.license.file;
    const fs::path development = options.program.parent_path() / "development.license";
    std::string text = options.settings.license.text;
    if (file.empty() && text.empty() && licensing::development_root() &&
        licensing.holder().snapshot()->state == licensing::State::kUnlicensed && fs::exists(development))
        file = development;
    if (!file.empty()) {
        MORTISE_TRY_ASSIGN(text, base::read_file(file, licenses::kMaxBundleBytes));
    }
    if (text.empty()) return {};
    const Status installed = install_licence(text);
    // What is installed already may be newer than the file, and then simply stays.
    if (!installed.ok() && licensing.holder().snapshot()->state == licensing::State::kUnlicensed)
        return installed;
    if (!installed.ok())
        log.warn("the licence of the configuration is not installed",
                 {{"code", std::string_view(installed.error().code)},
                  {"reason", std::string_view(installed.error().detail)}});
    return {};
}

Status Application::Parts::install_licence(std::string_view text) {
    MORTISE_TRY(tenancy::run_core(*database, clock, storage::Access::kWrite, [&](storage::Unit& unit) {
        return licensing.store().install(unit, text);
    }));
    return snapshots.refresh();
}

Status Application::Parts::make_administrator() {
    const std::string email =
        options.administrator_email.empty() ? "admin@example.com" : options.administrator_email;
    std::optional<std::string> password;
    if (!options.administrator_password.empty()) password = options.administrator_password;
    const auto keep = [&](const std::string& generated) {
        return base::write_file(options.data / "admin-password", generated + "\n", 0600);
    };
    MORTISE_TRY_ASSIGN(const auto made, users.bootstrap_administrator(*database, email, password, keep));
    if (!made) return {};
    log.info("first administrator made", {{"user", std::string_view(made->user.id.to_string())}});
    return snapshots.refresh();
}

std::vector<http::Route> Application::Parts::rows_of(const std::shared_ptr<host::Plugin>& plugin) const {
    return http::plugin_routes(plugin, static_cast<std::uint64_t>(options.settings.http.body_limit));
}

// Whether a table and a document can be made of a plugin's routes. Its paths are its own, so that those of
// two plugins never meet.
Status Application::Parts::check_routes(const std::shared_ptr<host::Plugin>& plugin) const {
    const auto unusable = [&](std::string_view reason) {
        return Error{
            ErrorKind::kInvalid, "plugin_routes_invalid",
            fmt::format("The routes of plugin {} can't be used: {}.", plugin->manifest().id, reason)};
    };
    const auto table = http::RouteTable::build(rows_of(plugin));
    if (!table.ok()) return unusable(table.error().log_text);
    try {
        http::openapi_document(**table, MORTISE_VERSION);
    } catch (const std::exception& error) {
        return unusable(error.what());
    }
    return {};
}

Result<std::shared_ptr<const http::RouteTable>> Application::Parts::build_routes() {
    std::vector<http::Route> rows = api::core_routes(*api_parts);
    for (const auto& plugin : plugins.running())
        for (http::Route& row : rows_of(plugin))
            rows.push_back(std::move(row));
    MORTISE_TRY_ASSIGN(auto table, http::RouteTable::build(std::move(rows)));
    openapi.replace(std::make_shared<const std::string>(http::openapi_document(*table, api_parts->version)));
    return table;
}

// Who asks for a plugin that is not licensed is told what is missing.
http::Absent Application::Parts::absent_plugins() const {
    http::Absent absent;
    for (const host::RefusedPlugin& plugin : plugins.refused())
        if (plugin.code == "license_required")
            absent.emplace(plugin.folder, Error{ErrorKind::kForbidden, plugin.code, plugin.detail});
    return absent;
}

// One at a time: of two, the one that read the plugins first must not publish last.
Status Application::Parts::replace_routes() {
    const std::lock_guard lock(replacing_routes);
    tell_plugins();
    // What API keys may do depends on the scopes that plugins declare.
    MORTISE_TRY(snapshots.reload());
    MORTISE_TRY_ASSIGN(auto table, build_routes());
    pipeline->replace_routes(std::move(table), absent_plugins());
    return {};
}

Status Application::Parts::serve() {
    api_parts.reset(
        new api::Parts{clock,
                       *database,
                       metrics,
                       tenants,
                       tenant_plugins,
                       directory,
                       roles,
                       users,
                       api_keys,
                       sessions,
                       keys,
                       flag_service,
                       flag_store,
                       licensing.holder(),
                       licensing.store(),
                       licensing.seats(),
                       licensing.nodes(),
                       licensing.reporter(),
                       licensing.installation(),
                       licensing.machine(),
                       meters,
                       outbox,
                       plugins,
                       faults,
                       [this] { return replace_routes(); },
                       [this]() -> Status {
                           MORTISE_TRY(snapshots.refresh());
                           return follow_licence();
                       },
                       [this](const std::string& request, base::Monotonic deadline) {
                           return ask_activation_service(
                               options.settings.license.activation_url, request,
                               std::chrono::floor<std::chrono::milliseconds>(deadline - clock.monotonic()));
                       },
                       [this] { return draining.load(); },
                       [this] { return openapi.read(); },
                       MORTISE_VERSION});
    MORTISE_TRY_ASSIGN(auto table, build_routes());
    pipeline = std::make_unique<http::Pipeline>(
        pipeline_settings(options.settings),
        http::PipelineParts{clock, log, metrics, *database, directory, snapshots, authenticator,
                            licensing.holder(), flag_store, meters, &faults},
        std::move(table), absent_plugins());
    server = std::make_unique<http::Server>(server_settings(options.settings.http), *pipeline, clock);
    MORTISE_TRY(server->start());
    const auto wanted = static_cast<std::size_t>(options.settings.http.max_connections);
    if (server->max_connections() < wanted)
        log.warn("the limit of open files allows fewer connections than http.max_connections",
                 {{"wanted", static_cast<std::int64_t>(wanted)},
                  {"allowed", static_cast<std::int64_t>(server->max_connections())}});
    return {};
}

// Creations and deletions that failed half-way, such as on a full disk.
Status Application::Parts::take_up_unfinished() {
    const base::Micros until = clock.now() - kUnfinishedAge;
    const auto map = directory.read();
    const auto unfinished = [until](const tenancy::Tenant& tenant) {
        return tenant.state_changed_at < until && (tenant.state == tenancy::TenantState::kCreating ||
                                                   tenant.state == tenancy::TenantState::kDeleting);
    };
    if (std::none_of(map->all().begin(), map->all().end(), unfinished)) return {};
    return tenants.resume_unfinished(until);
}

// What the licence allows may be another than when plugins were loaded.
Status Application::Parts::follow_licence() {
    followed.replace(licensing.holder().documents());
    plugins.load_all();
    MORTISE_TRY(offer_plugins());
    return replace_routes();
}

// What runs is what the plan that enables the bundled plugins offers.
Status Application::Parts::offer_plugins() {
    std::vector<std::string> bundled;
    for (const auto& plugin : plugins.running())
        bundled.push_back(plugin->manifest().id);
    return tenancy::run_core(*database, clock, storage::Access::kWrite, [&](storage::Unit& unit) {
        return tenant_plugins.set_bundled_plugins(unit, bundled);
    });
}

// Which plugins run, in which versions, decides what the licence covers.
void Application::Parts::tell_plugins() {
    std::vector<licenses::InstalledPlugin> installed;
    for (const auto& plugin : plugins.running())
        installed.push_back(installed_plugin(plugin->manifest()));
    licensing.holder().set_plugins(std::move(installed));
}

void Application::Parts::begin_licence_timers() {
    timer->every(std::chrono::seconds(1), "licence", [this]() -> Status {
        if (licensing.tick()) {
            const auto licence = licensing.holder().snapshot();
            log.warn("the licence's state has changed", {{"state", licensing::to_string(licence->state)},
                                                         {"reason", licenses::to_string(licence->reason)}});
        }
        return licensing.holder().documents() == followed.read() ? Status() : follow_licence();
    });
    timer->every(std::chrono::milliseconds(500), "licence files", [this]() -> Status {
        const bool taken = drop_licences(options.data / "licenses", log,
                                         [this](std::string_view text) { return install_licence(text); });
        return taken ? follow_licence() : Status();
    });
    timer->every(licensing::Nodes::kBeat, "heartbeat", [this] { return licensing.beat(); });
    timer->every(std::chrono::seconds(10), "meters", [this] { return meters.flush(false); });
    timer->every(std::chrono::seconds(60), "licence time", [this] { return licensing.keep_time(); });
    timer->every(std::chrono::seconds(60), "licence warnings", [this] { return licensing.warn(); });
}

Status Application::Parts::flush_last_used() {
    return tenancy::run_core(*database, clock, storage::Access::kWrite,
                             [&](storage::Unit& unit) { return credentials.flush_last_used(unit); });
}

void Application::Parts::reload_certificate() {
    if (options.settings.http.tls_certificate.empty()) return;
    const Status done = server->reload_certificate();
    if (done.ok())
        log.info("certificate read", {{"file", std::string_view(options.settings.http.tls_certificate)}});
    else
        log.error("the certificate can't be used; the one in use stays",
                  {{"reason", std::string_view(done.error().detail)}});
}

void Application::Parts::begin_timers() {
    timer = std::make_unique<Timer>(log);
    timer->every(kCertificateInterval, "certificate", [this] {
        if (server->certificate_changed()) reload_certificate();
        return Status();
    });
    // What other nodes, and programs beside this one, have written.
    timer->every(std::chrono::seconds(1), "refresh", [this] { return snapshots.refresh(); });
    begin_licence_timers();
    housekeeper = std::make_unique<Timer>(log);
    housekeeper->every(kUnfinishedInterval, "unfinished tenants", [this] { return take_up_unfinished(); });
    timer->every(std::chrono::seconds(60), "last used", [this] { return flush_last_used(); });
    timer->every(std::chrono::hours(1), "purge", [this]() -> Status {
        MORTISE_TRY(sessions.purge());
        return tenancy::run_core(*database, clock, storage::Access::kWrite, [&](storage::Unit& unit) {
            return events::IdempotencyStore(clock).purge(unit);
        });
    });
}

// What was gathered in memory. Nothing of it is lost for good if it can't be kept.
void Application::Parts::keep_at_end() {
    const auto keep = [&](std::string_view what, const Status& kept) {
        if (!kept.ok())
            log.warn("something is not kept",
                     {{"what", what}, {"reason", std::string_view(kept.error().log_text)}});
    };
    keep("the last use of API keys", flush_last_used());
    keep("blocks of meters", meters.flush(true));
    keep("the mark of time", licensing.keep_time());
    keep("the place of the node", licensing.leave());
}

Application::Application(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Application::~Application() {
    stop();
}

Result<std::unique_ptr<Application>> Application::start(StartOptions options) {
    const fs::path data = options.data;
    const bool in_folder = options.settings.storage.engine != "postgresql";
    auto application = assemble(std::move(options));
    if (!application.ok() && in_folder) return about_data_folder(std::move(application).error(), data);
    return application;
}

Result<std::unique_ptr<Application>> Application::assemble(StartOptions options) {
    static const base::SystemClock kClock;
    MORTISE_TRY(prepare_data_folder(options.data));
    MORTISE_TRY_ASSIGN(auto registry, registry_settings(options.settings.plugins, options.program));
    MORTISE_TRY_ASSIGN(auto database, storage::Database::open(
                                          database_settings(options.settings.storage, options.data), kClock));
    std::unique_ptr<Application> application(new Application(
        std::make_unique<Parts>(std::move(options), std::move(database), std::move(registry))));
    Parts& parts = *application->parts_;
    if (licensing::development_root())
        parts.log.warn("DEVELOPMENT build: licences are checked against a root key that is no secret");
    MORTISE_TRY(parts.migrate());
    MORTISE_TRY(parts.licensing.open(*parts.database, parts.options.settings.license, parts.directory));
    MORTISE_TRY(parts.load_snapshots());
    MORTISE_TRY(parts.install_licence_file());
    MORTISE_TRY(parts.licensing.join());
    parts.followed.replace(parts.licensing.holder().documents());
    parts.plugins.load_all();
    parts.tell_plugins();
    MORTISE_TRY(parts.offer_plugins());
    if (const Status left = parts.tenants.discard_unfinished_exports(); !left.ok())
        parts.log.warn("unfinished exports are left", {{"reason", std::string_view(left.error().log_text)}});
    if (const Status done = parts.tenants.resume_unfinished(); !done.ok())
        parts.log.warn("a tenant is not finished yet; it is tried again",
                       {{"code", std::string_view(done.error().code)},
                        {"reason", std::string_view(done.error().log_text)}});
    MORTISE_TRY(parts.make_administrator());
    // What credentials may do depends on the scopes of the plugins, which were not there at the first load.
    MORTISE_TRY(parts.snapshots.reload());
    MORTISE_TRY(parts.serve());
    parts.begin_timers();
    parts.log.info("serving", {{"address", std::string_view(application->address())}});
    return application;
}

std::string Application::address() const {
    const std::string& listen = parts_->options.settings.http.listen;
    const bool tls = !parts_->options.settings.http.tls_certificate.empty();
    return fmt::format("{}://{}:{}", tls ? "https" : "http", listen.substr(0, listen.rfind(':')),
                       parts_->server->port());
}

void Application::reload() {
    parts_->log.info("reloading");
    parts_->reload_certificate();
}

bool Application::stop() {
    if (!parts_->server || parts_->draining.exchange(true)) return true;
    parts_->log.info("draining");
    parts_->server->stop_accepting();
    const auto deadline = parts_->clock.monotonic() + parts_->options.settings.http.drain_timeout;
    const bool answered = parts_->server->drain(deadline);
    // A handler may still be at work for a client that has left.
    const bool drained = parts_->pipeline->drain(deadline) && answered;
    parts_->timer.reset();
    parts_->housekeeper.reset();
    parts_->server->stop();
    parts_->keep_at_end();
    parts_->log.info("stopped", {{"all_answered", drained}});
    return drained;
}

}  // namespace mortise::app
