#include "core/http/pipeline.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/flags/snapshot.hpp"
#include "core/http/json_edge.hpp"
#include "core/http/problem.hpp"
#include "core/http/request_metrics.hpp"
#include "core/http/trace.hpp"
#include "core/http/unit_runner.hpp"
#include "core/identity/authenticator.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/telemetry/log.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/snapshots.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace mortise::http {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// The routes, and the time series of each.
struct Routing {
    std::shared_ptr<const RouteTable> table;
    std::vector<RouteMetrics> metrics;  // as the table's rows; the last: no route
};

// One request on its way.
struct Exchange {
    Exchange(Request&& its_request, Responder&& its_responder)
        : request(std::move(its_request)), responder(std::move(its_responder)) {}

    Request request;
    Responder responder;
    base::RequestContext context;
    std::shared_ptr<const Routing> routing;
    Match match;
    Pairs query;
    Idempotency idempotency;

    const Route& route() const noexcept { return *match.route; }
};

namespace {

// A step answers, or lets the request go on.
using Outcome = std::optional<Response>;

struct Step {
    std::string_view name;
    Outcome (*run)(const PipelineSettings&, const PipelineParts&, Exchange&);
};

Response answer(const Exchange& exchange, const Error& error) {
    return problem(error, exchange.request.head.id);
}

Response answer(const Exchange& exchange, ErrorKind kind, std::string code, std::string detail) {
    return answer(exchange, Error{kind, std::move(code), std::move(detail)});
}

Outcome trace(const PipelineSettings& settings, const PipelineParts&, Exchange& exchange) {
    const RequestHead& head = exchange.request.head;
    base::RequestContext& context = exchange.context;
    context.request_id = head.id;
    context.correlation = head.id;
    context.client_address = client_address(head, settings.proxies);
    if (const auto field = head.header("traceparent")) {
        if (const auto parent = parse_traceparent(*field)) context.trace = *parent;
    }
    return std::nullopt;
}

Outcome deadline(const PipelineSettings& settings, const PipelineParts&, Exchange& exchange) {
    exchange.context.deadline = exchange.request.head.received + settings.request_timeout;
    return std::nullopt;
}

std::string allow(const std::vector<Method>& methods) {
    std::vector<std::string_view> names;
    for (const Method method : methods) {
        names.push_back(to_string(method));
        if (method == Method::kGet) names.push_back("HEAD");
    }
    names.push_back("OPTIONS");
    return fmt::format("{}", fmt::join(names, ", "));
}

Response options(const Exchange& exchange) {
    Response response{.status = 204};
    const bool whole_server = exchange.request.head.path == "*";
    response.headers.emplace_back("Allow", whole_server ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
                                                        : allow(exchange.match.allowed));
    return response;
}

Outcome route_match(const PipelineSettings&, const PipelineParts&, Exchange& exchange) {
    const RequestHead& head = exchange.request.head;
    const bool encoded = head.path.find('%') != std::string_view::npos;
    if ((encoded && !base::percent_decode(head.path, false)) || !parse_query(head.query, exchange.query))
        return answer(exchange, ErrorKind::kInvalid, "invalid_encoding",
                      "The path or the query is not percent-encoded UTF-8.");
    exchange.match = exchange.routing->table->match(head.method, head.path);
    const Match& match = exchange.match;
    if (head.method == Method::kOptions && (!match.allowed.empty() || head.path == "*"))
        return options(exchange);
    if (match.route == nullptr && !match.allowed.empty()) {
        Response response = problem(405, "method_not_allowed",
                                    fmt::format("This resource takes {}.", allow(match.allowed)), head.id);
        response.headers.emplace_back("Allow", allow(match.allowed));
        return response;
    }
    if (match.route == nullptr)
        return answer(exchange, ErrorKind::kNotFound, "not_found",
                      "There is no such resource; see /openapi.json.");
    return std::nullopt;
}

std::optional<std::string_view> credential(const RequestHead& head) {
    if (const auto field = head.header("authorization")) {
        constexpr std::string_view kScheme = "bearer ";
        if (field->size() > kScheme.size() && base::iequals(field->substr(0, kScheme.size()), kScheme))
            return base::trim(field->substr(kScheme.size()));
        return std::string_view();
    }
    return head.header("x-api-key");
}

Response unauthenticated(const Exchange& exchange, const Error& error) {
    Response response = answer(exchange, error);
    if (response.status == 401)
        response.headers.emplace_back("WWW-Authenticate",
                                      "Bearer realm=\"mortise\", error=\"" + error.code + "\"");
    return response;
}

Outcome authenticate(const PipelineSettings&, const PipelineParts& parts, Exchange& exchange) {
    if (exchange.route().realm == Realm::kPublic) return std::nullopt;
    const auto text = credential(exchange.request.head);
    if (!text)
        return unauthenticated(exchange,
                               {ErrorKind::kUnauthenticated, "credential_required",
                                "Send an access token or an API key as `Authorization: Bearer …`."});
    const auto identity = parts.authenticator.authenticate(*text, parts.clock.now());
    if (!identity.ok()) return unauthenticated(exchange, identity.error());
    base::RequestContext& context = exchange.context;
    context.principal = (*identity)->principal;
    context.actor = (*identity)->principal;
    context.tenant = (*identity)->tenant;
    context.session = (*identity)->session;
    context.scopes = (*identity)->scopes;
    return std::nullopt;
}

// A platform administrator names the tenant to act in; everybody else is where the credential belongs.
Outcome tenant(const PipelineSettings&, const PipelineParts& parts, Exchange& exchange) {
    if (exchange.route().realm == Realm::kPublic) return std::nullopt;
    base::RequestContext& context = exchange.context;
    const auto directory = parts.directory.read();
    const tenancy::Tenant* found = nullptr;
    if (const auto slug = exchange.request.head.header("mortise-tenant")) {
        if (!context.tenant.is_nil() || !base::has_scope(context.scopes, "tenants:act"))
            return answer(exchange, ErrorKind::kForbidden, "tenant_header_forbidden",
                          "Only a platform administrator may name a tenant in Mortise-Tenant.");
        found = directory->find(*slug);
        if (found == nullptr)
            return answer(exchange, ErrorKind::kNotFound, "tenant_not_found",
                          "There is no tenant of that slug.");
    } else if (!context.tenant.is_nil()) {
        found = directory->find(context.tenant);
        if (found == nullptr)
            return answer(exchange, ErrorKind::kUnauthenticated, "invalid_token",
                          "The credential's tenant is gone.");
    }
    if (found == nullptr) {
        if (exchange.route().realm == Realm::kTenant)
            return answer(exchange, ErrorKind::kInvalid, "tenant_required",
                          "This resource belongs to a tenant: name it in the header Mortise-Tenant.");
        return std::nullopt;
    }
    if (exchange.route().realm == Realm::kPlatform)
        return answer(exchange, ErrorKind::kForbidden, "platform_only",
                      "This resource is the platform's; it can't be used inside a tenant.");
    if (found->state != tenancy::TenantState::kActive)
        return answer(exchange, ErrorKind::kForbidden, "tenant_suspended",
                      "The tenant is suspended; ask the platform's administrator.");
    context.tenant = found->id;
    context.tenant_slug = found->slug;
    context.plan = found->plan;
    return std::nullopt;
}

Outcome licence(const PipelineSettings&, const PipelineParts& parts, Exchange& exchange) {
    const Route& route = exchange.route();
    if (route.plugin.empty() && route.entitlement.empty()) return std::nullopt;
    const auto snapshot = parts.licence.snapshot();
    if (!route.plugin.empty()) {
        const Status allowed = route.counts_as_write ? snapshot->plugin_write_allowed(route.plugin)
                                                     : snapshot->entitled_plugin(route.plugin);
        if (!allowed.ok()) return answer(exchange, allowed.error());
    }
    if (!route.entitlement.empty()) {
        if (const Status entitled = snapshot->entitled_feature(route.entitlement); !entitled.ok())
            return answer(exchange, entitled.error());
    }
    return std::nullopt;
}

Outcome plugin_enabled(const PipelineSettings&, const PipelineParts& parts, Exchange& exchange) {
    const Route& route = exchange.route();
    if (route.plugin.empty() || parts.directory.read()->plugin_enabled(exchange.context.tenant, route.plugin))
        return std::nullopt;
    return answer(exchange, ErrorKind::kNotFound, "plugin_not_enabled",
                  fmt::format("The plugin {} is not enabled for this tenant.", route.plugin));
}

Outcome flag(const PipelineSettings&, const PipelineParts& parts, Exchange& exchange) {
    const Route& route = exchange.route();
    if (route.flag.empty()) return std::nullopt;
    const auto flags = parts.flags.read();
    const auto evaluation =
        flags->evaluate({.tenant = exchange.context.tenant, .plan = exchange.context.plan}, route.flag);
    if (evaluation.found && evaluation.value == "true") return std::nullopt;
    return answer(exchange, ErrorKind::kNotFound, "feature_off", "This feature is switched off.");
}

Outcome scope(const PipelineSettings&, const PipelineParts&, Exchange& exchange) {
    const Route& route = exchange.route();
    if (route.scope.empty() || base::has_scope(exchange.context.scopes, route.scope)) return std::nullopt;
    return answer(exchange, ErrorKind::kForbidden, "scope_required",
                  fmt::format("The credential lacks the scope {}.", route.scope));
}

// The media type of a Content-Type field, without its parameters.
std::string_view media_type(std::string_view field) noexcept {
    return base::trim(field.substr(0, field.find(';')));
}

bool accepts_type(const Route& route, std::string_view type) noexcept {
    bool accepted = false;
    for_media_types(route.request_type,
                    [&](std::string_view one) { accepted = accepted || base::iequals(type, one); });
    return accepted;
}

Outcome content_type(const PipelineSettings&, const PipelineParts&, Exchange& exchange) {
    const Request& request = exchange.request;
    const Route& route = exchange.route();
    if (request.body.empty() && route.request_type.empty()) return std::nullopt;
    if (route.request_type.empty())
        return answer(exchange, ErrorKind::kInvalid, "body_not_allowed", "This operation takes no body.");
    const auto field = request.head.header("content-type");
    if (field && accepts_type(route, media_type(*field))) return std::nullopt;
    return answer(exchange, ErrorKind::kUnsupportedType, "unsupported_media_type",
                  fmt::format("Send the body as {}.", route.request_type));
}

Outcome idempotency_key(const PipelineSettings&, const PipelineParts&, Exchange& exchange) {
    const Request& request = exchange.request;
    const auto key = request.head.header("idempotency-key");
    if (!key || !exchange.route().idempotency_key) return std::nullopt;
    const bool visible = std::all_of(key->begin(), key->end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (key->empty() || key->size() > 255 || !visible)
        return answer(exchange, ErrorKind::kInvalid, "invalid_idempotency_key",
                      "An Idempotency-Key has 1 to 255 visible ASCII characters.");
    const crypto::Digest digest = crypto::blake2b_256(
        fmt::format("{} {}\n{}", to_string(request.head.method), request.head.target, request.body));
    exchange.idempotency = {std::string(*key),
                            std::string(reinterpret_cast<const char*>(digest.data()), digest.size())};
    return std::nullopt;
}

// The order of the list, and why each stands where it does:
constexpr std::array kSteps = {
    Step{"trace", trace},                // first: whatever is answered from here on names the request
    Step{"deadline", deadline},          // runs from the head, so that waiting counts
    Step{"route", route_match},          // the row says what all further steps ask for
    Step{"authenticate", authenticate},  // who; before anything that tells what exists
    Step{"tenant", tenant},              // where; needs to know who
    Step{"licence", licence},            // what the vendor allows, before what the customer does
    Step{"plugin", plugin_enabled},      // what the tenant has
    Step{"flag", flag},                  // what is switched on there
    Step{"scope", scope},                // what the caller may, of what is there
    Step{"content type",
         content_type},  // cheap checks of the body, so that the pool sees no hopeless request
    Step{"idempotency", idempotency_key},  // last before the pool: hashes the body
};

// What is left when a database may be needed; on the pool, or on the reactor for an inline row.
Outcome body(const Exchange& exchange) {
    const Route& route = exchange.route();
    if (!route.request_type.ends_with("json") || route.checks_body) return std::nullopt;
    if (const Status checked = check_json(exchange.request.body); !checked.ok())
        return answer(exchange, checked.error());
    return std::nullopt;
}

// What memory holds follows what was committed, before the client hears of it; and what a row wants done
// then.
void after_core_write(const PipelineParts& parts, const Call& call, const Route& route, Response& response) {
    Status done = parts.snapshots.refresh();
    if (done.ok() && route.after_commit) done = route.after_commit(call, response);
    if (!done.ok())
        parts.log.error("what follows a commit failed; it is tried again by a timer or at the next start",
                        {{"operation", std::string_view(route.operation)},
                         {"reason", std::string_view(done.error().detail)}});
}

Response handle(const PipelineParts& parts, Exchange& exchange) {
    const Route& route = exchange.route();
    Call call{exchange.context, exchange.request, exchange.match.parameters, exchange.query};
    if (route.prepare) {
        auto prepared = route.prepare(call);
        if (!prepared.ok()) return answer(exchange, prepared.error());
        call.prepared = std::move(*prepared);
    }
    const bool has_unit = route.work != Work::kInline && route.work != Work::kPool;
    auto result = has_unit ? run_in_unit(parts.database, parts.clock, route, call, exchange.idempotency)
                           : route.handler(call);
    if (result.ok()) {
        if (route.work == Work::kCoreWrite && result->status < 400)
            after_core_write(parts, call, route, *result);
        return std::move(*result);
    }
    if (result.error().kind == ErrorKind::kInternal)
        parts.log.error("request failed", {{"request_id", exchange.request.head.id.to_string()},
                                           {"operation", route.operation},
                                           {"reason", result.error().log_text}});
    return answer(exchange, result.error());
}

// A handler that throws is our fault: the client gets the request's id, the operator the text.
Response handle_guarded(const PipelineParts& parts, Exchange& exchange) {
    try {
        if (auto refused = body(exchange)) return std::move(*refused);
        return handle(parts, exchange);
    } catch (const std::exception& error) {
        parts.log.error("a handler threw", {{"request_id", exchange.request.head.id.to_string()},
                                            {"operation", exchange.route().operation},
                                            {"reason", std::string_view(error.what())}});
    } catch (...) {
        parts.log.error("a handler threw something", {{"request_id", exchange.request.head.id.to_string()}});
    }
    return internal_problem(exchange.request.head.id);
}

}  // namespace

Pipeline::Pipeline(PipelineSettings settings, PipelineParts parts, std::shared_ptr<const RouteTable> routes)
    : settings_(std::move(settings)), parts_(parts), pool_(settings_.pool_threads, settings_.pool_queue) {
    replace_routes(std::move(routes));
}

Pipeline::~Pipeline() = default;

void Pipeline::replace_routes(std::shared_ptr<const RouteTable> routes) {
    auto routing = std::make_shared<Routing>();
    for (const Route& route : routes->routes())
        routing->metrics.emplace_back(parts_.metrics, route.operation);
    routing->metrics.emplace_back(parts_.metrics, "none");
    routing->table = std::move(routes);
    routing_.replace(std::move(routing));
}

std::shared_ptr<const RouteTable> Pipeline::routes() const {
    return routing_.read()->table;
}

HeadDecision Pipeline::on_head(const RequestHead& head) {
    if (!head.has_body()) return {};
    const auto routing = routing_.read();
    const Match match = routing->table->match(head.method, head.path);
    const std::uint64_t limit = match.route == nullptr ? 0 : match.route->body_limit;
    return {.body_limit = limit == 0 ? settings_.body_limit : limit};
}

void Pipeline::on_request(Request&& request, Responder responder) {
    Exchange exchange(std::move(request), std::move(responder));
    exchange.routing = routing_.read();
    for (const Step& step : kSteps)
        if (auto response = step.run(settings_, parts_, exchange))
            return finish(exchange, std::move(*response));
    if (exchange.route().work == Work::kInline) return serve(exchange);
    auto moved = std::make_shared<Exchange>(std::move(exchange));
    if (!pool_.submit([this, moved] { serve(*moved); })) {
        Error full{ErrorKind::kUnavailable, "overloaded", "The server is busy; try again in a moment."};
        full.retry_after_s = 1;
        finish(*moved, answer(*moved, full));
    }
}

void Pipeline::serve(Exchange& exchange) {
    if (parts_.clock.monotonic() >= exchange.context.deadline)
        return finish(exchange, answer(exchange, ErrorKind::kTimeout, "deadline_exceeded",
                                       "The server was too busy to answer in time."));
    Response response = handle_guarded(parts_, exchange);
    finish(exchange, std::move(response));
}

void Pipeline::finish(Exchange& exchange, Response&& response) {
    const RequestHead& head = exchange.request.head;
    const bool matched = exchange.match.route != nullptr;
    const auto& series = exchange.routing->metrics;
    const auto elapsed = parts_.clock.monotonic() - head.received;
    (matched ? series[exchange.match.index] : series.back())
        .count(response.status, std::chrono::duration<double>(elapsed).count());

    const base::RequestContext& context = exchange.context;
    const bool traced = context.trace.trace_id != decltype(context.trace.trace_id){};
    const std::string traceparent = traced ? format_traceparent(context.trace) : std::string();
    parts_.log.access({.request_id = head.id,
                       .trace_id = traced ? std::string_view(traceparent).substr(3, 32) : std::string_view(),
                       .method = to_string(head.method),
                       .path = head.path,
                       .route = matched ? std::string_view(exchange.route().operation) : std::string_view(),
                       .status = static_cast<std::uint32_t>(response.status),
                       .bytes = response.body.size(),
                       .duration_us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count(),
                       .tenant = context.tenant_slug,
                       .principal = context.principal.label,
                       .client = context.client_address});

    response.headers.emplace_back("X-Request-Id", head.id.to_string());
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    if (context.principal.kind != base::PrincipalKind::kAnonymous)
        response.headers.emplace_back("Cache-Control", "no-store");
    exchange.responder.send(std::move(response));
}

void Pipeline::on_refused(const RefusedRequest& refused) {
    routing_.read()->metrics.back().count(refused.status, 0);
    parts_.log.access({.request_id = refused.request_id,
                       .status = static_cast<std::uint32_t>(refused.status),
                       .code = refused.code,
                       .client = refused.peer_address});
}

}  // namespace mortise::http
