#include "core/app/application.hpp"

#include "core/app/data_folder.hpp"
#include "core/app/parts.hpp"
#include "core/base/file.hpp"
#include "core/licensing/root_keys.hpp"
#include "core/storage/host_migrations.hpp"
#include "core/tenancy/core_unit.hpp"

#include <fmt/format.h>

namespace mortise::app {

using base::Result;
using base::Status;
namespace fs = std::filesystem;

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
    snapshots.on_change([this] { follow_snapshots(); });
    MORTISE_TRY(tenancy::run_core(*database, clock, storage::Access::kWrite,
                                  [&](storage::Unit& unit) { return keys.ensure_key(unit); }));
    return snapshots.refresh();
}

// What memory holds was loaded anew; one thread at a time.
void Application::Parts::follow_snapshots() {
    flag_streams.publish();
    auto unreadable = flag_store.unreadable();
    metrics.gauge("mortise_flags_unreadable", "Flags and sets that are stored and can't be read.")
        .set(static_cast<double>(unreadable->size()));
    if (told_unreadable != nullptr && *unreadable == *told_unreadable) return;
    for (const auto& one : *unreadable)
        log.error(one.stale ? "a stored flag can't be read; its earlier definition stays in use"
                            : "a stored flag can't be read; it evaluates as PARSE_ERROR",
                  {{"tenant", std::string_view(one.tenant.to_string())},
                   {"flag", std::string_view(one.key)},
                   {"code", std::string_view(one.code)}});
    told_unreadable = std::move(unreadable);
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
    // What is installed already may be newer than the file, and then simply stays. What must be activated or
    // transferred first needs a server that runs, to say which machine it is.
    const bool needs_server = !installed.ok() && (installed.error().code == "license_not_activated" ||
                                                  installed.error().code == "license_wrong_machine");
    if (!installed.ok() && !needs_server &&
        licensing.holder().snapshot()->state == licensing::State::kUnlicensed)
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
    parts_->listener.reset();
    parts_->timer.reset();
    parts_->housekeeper.reset();
    parts_->server->stop();
    parts_->keep_at_end();
    parts_->log.info("stopped", {{"all_answered", drained}});
    return drained;
}

}  // namespace mortise::app
