// From the plugins that run to the server that answers.
#include "core/app/activation_service.hpp"
#include "core/app/parts.hpp"
#include "core/http/openapi.hpp"
#include "core/http/plugin_routes.hpp"

#include <fmt/format.h>

namespace mortise::app {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

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
                       flag_environments,
                       flag_segments,
                       flag_history,
                       flag_explainer,
                       flag_usage,
                       flag_change_requests,
                       flag_streams,
                       snapshots,
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
                            licensing.holder(), flag_store, flag_usage, meters, &faults},
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

}  // namespace mortise::app
