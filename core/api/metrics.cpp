// /metrics: time series for Prometheus. What counts by itself is counted where it happens; what only has a
// state is looked at when it is asked for.
#include "core/telemetry/metrics.hpp"

#include "core/api/resources.hpp"
#include "core/host/plugin.hpp"
#include "core/host/registry.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/tenancy/directory.hpp"

#include <limits>
#include <map>
#include <string>

namespace mortise::api {
namespace {

using base::Result;
using http::Call;
using http::Response;
using http::Route;
using licensing::State;

void show_licence(telemetry::Metrics& metrics, const licensing::Snapshot& licence) {
    for (const State state : {State::kUnlicensed, State::kValid, State::kGrace, State::kLimited})
        metrics
            .gauge("mortise_license_state", "1 for the state that the licence is in, 0 for the others.",
                   {{"state", std::string(licensing::to_string(state))}})
            .set(state == licence.state ? 1 : 0);
    // +Inf: never. Without a licence, 0.
    const double never = licence.state == State::kUnlicensed ? 0 : std::numeric_limits<double>::infinity();
    metrics.gauge("mortise_license_expiry_timestamp_seconds", "When the licence ends, in seconds since 1970.")
        .set(licence.not_after ? static_cast<double>(*licence.not_after) / 1e6 : never);
}

void show_plugins(telemetry::Metrics& metrics, const host::Registry& plugins) {
    const auto show = [&](const std::string& id, bool runs) {
        metrics.gauge("mortise_plugin_running", "1 if the plugin runs, 0 if it is refused.", {{"plugin", id}})
            .set(runs ? 1 : 0);
    };
    for (const auto& refused : plugins.refused())
        show(refused.folder, false);
    for (const auto& plugin : plugins.running())
        show(plugin->manifest().id, true);
}

void show_tenants(telemetry::Metrics& metrics, const tenancy::Directory& directory) {
    std::map<tenancy::TenantState, int> counts{{tenancy::TenantState::kCreating, 0},
                                               {tenancy::TenantState::kActive, 0},
                                               {tenancy::TenantState::kSuspended, 0},
                                               {tenancy::TenantState::kDeleting, 0}};
    const auto map = directory.read();  // held, since another thread may replace it meanwhile
    for (const tenancy::Tenant& tenant : map->all())
        ++counts[tenant.state];
    for (const auto& [state, count] : counts)
        metrics
            .gauge("mortise_tenants", "Tenants in each state.",
                   {{"state", std::string(tenancy::to_string(state))}})
            .set(count);
}

Result<Response> metrics(const Parts& parts) {
    parts.metrics
        .gauge("mortise_build_info", "1, with what was built as labels.", {{"version", parts.version}})
        .set(1);
    show_licence(parts.metrics, *parts.licence.snapshot());
    show_plugins(parts.metrics, parts.plugins);
    show_tenants(parts.metrics, parts.directory);
    return Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                    .body = parts.metrics.render()};
}

}  // namespace

std::vector<Route> metric_routes(const Parts& parts) {
    return {
        {.method = http::Method::kGet,
         .pattern = "/metrics",
         .operation = "metrics",
         .summary = "Time series in the Prometheus text format",
         .tag = "Health",
         .realm = http::Realm::kPublic,
         .work = http::Work::kPool,
         .handler = [&parts](const Call&) { return metrics(parts); },
         .response_type = "text/plain",
         .response_schema = R"({"type": "string"})"},
    };
}

}  // namespace mortise::api
