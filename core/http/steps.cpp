#include "core/http/steps.hpp"

#include "core/base/text.hpp"
#include "core/crypto/bytes.hpp"
#include "core/crypto/hash.hpp"
#include "core/flags/flag_usage.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/snapshot.hpp"
#include "core/http/client_address.hpp"
#include "core/http/json_edge.hpp"
#include "core/http/problem.hpp"
#include "core/http/trace.hpp"
#include "core/identity/authenticator.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/meters.hpp"
#include "core/tenancy/snapshots.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mortise::http {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

Response refusal(const RequestHead& head, const Error& error) {
    return problem(error, head.id);
}

Response refusal(const RequestHead& head, ErrorKind kind, std::string code, std::string detail) {
    return refusal(head, Error{kind, std::move(code), std::move(detail)});
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

Response options(const RequestHead& head, const Match& match) {
    Response response{.status = 204};
    const bool whole_server = head.path == "*";
    response.headers.emplace_back(
        "Allow", whole_server ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : allow(match.allowed));
    return response;
}

Response method_not_allowed(const RequestHead& head, const Match& match) {
    const std::string methods = allow(match.allowed);
    Response response =
        problem(405, "method_not_allowed", fmt::format("This resource takes {}.", methods), head.id);
    response.headers.emplace_back("Allow", methods);
    return response;
}

std::optional<std::string_view> credential(const RequestHead& head) {
    if (const auto field = head.header("authorization")) {
        constexpr std::string_view kScheme = "bearer ";
        if (field->size() > kScheme.size() && base::iequals(field->substr(0, kScheme.size()), kScheme))
            return base::trim(field->substr(kScheme.size()));
        // Clients of Unleash send an API key without a scheme.
        return field->starts_with("mk_") ? *field : std::string_view();
    }
    return head.header("x-api-key");
}

Response unauthenticated(const RequestHead& head, const Error& error) {
    Response response = refusal(head, error);
    if (response.status == 401)
        response.headers.emplace_back("WWW-Authenticate",
                                      error.code == "invalid_token"
                                          ? "Bearer realm=\"mortise\", error=\"invalid_token\""
                                          : "Bearer realm=\"mortise\"");
    return response;
}

// The answer about a credential or a tenant that memory does not know or refuses. While memory is older than
// the database, because that does not answer, it may be wrong about what was just made.
Response not_known(const Incoming& in, const Error& error) {
    const bool unknown = error.kind == ErrorKind::kUnauthenticated || error.kind == ErrorKind::kNotFound;
    if (!unknown || !in.parts.snapshots.behind()) return unauthenticated(in.head, error);
    Error later{ErrorKind::kUnavailable, "directory_behind",
                "The database did not answer lately, so what was just made may not be known yet; try again."};
    later.retry_after_s = 1;
    return refusal(in.head, later);
}

Error tenant_not_found() {
    return {ErrorKind::kNotFound, "tenant_not_found", "There is no tenant of that slug."};
}

// The tenant that the request is in; null: it is the platform's.
base::Result<const tenancy::Tenant*> find_tenant(const RequestHead& head, const base::RequestContext& context,
                                                 const tenancy::TenantMap& directory) {
    if (const auto slug = head.header("mortise-tenant")) {
        if (!context.tenant.is_nil() || !base::has_scope(context.scopes, "tenants:act"))
            return Error{ErrorKind::kForbidden, "tenant_header_forbidden",
                         "Only a platform administrator may name a tenant in Mortise-Tenant."};
        const tenancy::Tenant* found = directory.find(*slug);
        if (found == nullptr) return tenant_not_found();
        return found;
    }
    if (context.tenant.is_nil()) return nullptr;
    const tenancy::Tenant* found = directory.find(context.tenant);
    if (found == nullptr)
        return Error{ErrorKind::kUnauthenticated, "invalid_token", "The credential's tenant is gone."};
    return found;
}

// Whether a tenant can be worked in now.
Status check_state(tenancy::TenantState state) {
    switch (state) {
        case tenancy::TenantState::kActive:
            return {};
        case tenancy::TenantState::kCreating: {
            Error error{ErrorKind::kUnavailable, "tenant_not_ready",
                        "The tenant is being created; try again in a moment."};
            error.retry_after_s = 1;
            return error;
        }
        case tenancy::TenantState::kSuspended:
            return Error{ErrorKind::kForbidden, "tenant_suspended",
                         "The tenant is suspended; ask the platform's administrator."};
        case tenancy::TenantState::kDeleting:
            break;
    }
    return tenant_not_found();
}

// What tells requests in different environments apart; nothing for the one that is the default.
std::string environment_mark(const RequestHead& head) {
    const auto name = head.header("mortise-environment");
    return name && *name != flags::kProduction ? fmt::format(" {}", *name) : std::string();
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

// application/json, and what RFC 6839, 3.1 builds on it.
bool is_json(std::string_view type) {
    const std::string lower = base::to_lower(type);
    return lower == "application/json" || lower.ends_with("+json");
}

}  // namespace

Outcome step_trace(const Incoming& in, Decision& decision) {
    const RequestHead& head = in.head;
    base::RequestContext& context = decision.context;
    context.request_id = head.id;
    context.correlation = head.id;
    context.client_address = client_address(head, in.settings.proxies);
    const auto field = head.header("traceparent");
    const auto parent = field ? parse_traceparent(*field) : std::nullopt;
    context.trace = parent ? *parent : new_trace();
    return std::nullopt;
}

Outcome step_deadline(const Incoming& in, Decision& decision) {
    decision.context.deadline = in.head.received + in.settings.request_timeout;
    return std::nullopt;
}

// Of a path below that of a plugin which is not loaded.
static const Error* why_absent(const Routing& routing, std::string_view path) {
    constexpr std::string_view kPlugins = "/api/v1/";
    if (!path.starts_with(kPlugins)) return nullptr;
    path.remove_prefix(kPlugins.size());
    const auto found = routing.absent.find(path.substr(0, path.find('/')));
    return found == routing.absent.end() ? nullptr : &found->second;
}

Outcome step_route(const Incoming& in, Decision& decision) {
    const RequestHead& head = in.head;
    // First, since who refuses has to know in whose protocol.
    decision.match = decision.routing->table->match(head.method, head.path);
    const bool encoded = head.path.find('%') != std::string_view::npos;
    if ((encoded && !base::percent_decode(head.path, false)) || !parse_query(head.query, decision.query))
        return refusal(
            head, ErrorKind::kInvalid, "invalid_encoding",
            fmt::format("The path or the query is not percent-encoded UTF-8, or the query has more "
                        "than {} parameters.",
                        kMaxQueryParameters));
    const Match& match = decision.match;
    if (head.method == Method::kOptions && (!match.allowed.empty() || head.path == "*"))
        return options(head, match);
    if (match.route != nullptr) return std::nullopt;
    if (!match.allowed.empty()) return method_not_allowed(head, match);
    if (const Error* why = why_absent(*decision.routing, head.path)) return refusal(head, *why);
    return refusal(head, ErrorKind::kNotFound, "not_found", "There is no such resource; see /openapi.json.");
}

// Of what may stand once, the second is refused: whoever stands before us may have looked at the other one.
Outcome step_single_fields(const Incoming& in, Decision&) {
    static constexpr std::array<std::string_view, 6> kSingle = {"authorization",   "x-api-key",
                                                                "mortise-tenant",  "mortise-environment",
                                                                "idempotency-key", "content-type"};
    std::array<bool, kSingle.size()> seen{};
    for (const Field& field : in.head.fields)
        for (std::size_t i = 0; i < kSingle.size(); ++i)
            if (base::iequals(field.name, kSingle[i]) && std::exchange(seen[i], true))
                return refusal(in.head, ErrorKind::kInvalid, "repeated_header",
                               fmt::format("The header {} may stand once.", kSingle[i]));
    return std::nullopt;
}

Outcome step_authenticate(const Incoming& in, Decision& decision) {
    if (decision.route().realm == Realm::kPublic) return std::nullopt;
    if (in.head.header("authorization") &&
        in.head.header("x-api-key"))  // RFC 6750, section 3.1: invalid_request
        return refusal(in.head, ErrorKind::kInvalid, "two_credentials",
                       "Send the credential either as Authorization or as X-API-Key.");
    const auto text = credential(in.head);
    if (!text)
        return unauthenticated(in.head, {ErrorKind::kUnauthenticated, "credential_required",
                                         "Send an access token or an API key as `Authorization: Bearer …`."});
    const auto identity = in.parts.authenticator.authenticate(*text, in.parts.clock.now());
    if (!identity.ok()) return not_known(in, identity.error());
    base::RequestContext& context = decision.context;
    context.principal = (*identity)->principal;
    context.actor = (*identity)->principal;
    context.tenant = (*identity)->tenant;
    context.session = (*identity)->session;
    context.scopes = (*identity)->scopes;
    return std::nullopt;
}

// A platform administrator names the tenant to act in; everybody else is where the credential belongs.
Outcome step_tenant(const Incoming& in, Decision& decision) {
    const Realm realm = decision.route().realm;
    if (realm == Realm::kPublic) return std::nullopt;
    base::RequestContext& context = decision.context;
    const auto directory = in.parts.directory.read();
    const auto found = find_tenant(in.head, context, *directory);
    if (!found.ok()) return not_known(in, found.error());
    if (*found == nullptr) {
        if (realm != Realm::kTenant) return std::nullopt;
        return refusal(in.head, ErrorKind::kInvalid, "tenant_required",
                       "This resource belongs to a tenant: name it in the header Mortise-Tenant.");
    }
    if (realm == Realm::kPlatform)
        return refusal(in.head, ErrorKind::kForbidden, "platform_only",
                       "This resource is the platform's; it can't be used inside a tenant.");
    const tenancy::Tenant& tenant = **found;
    if (const Status usable = check_state(tenant.state); !usable.ok())
        return refusal(in.head, usable.error());
    context.tenant = tenant.id;
    context.tenant_slug = tenant.slug;
    context.plan = tenant.plan;
    return std::nullopt;
}

// Production, unless the request names another one, on routes that know of more than one.
Outcome step_environment(const Incoming& in, Decision& decision) {
    if (!decision.route().environments) return std::nullopt;
    const auto name = in.head.header("mortise-environment");
    if (!name) return std::nullopt;
    if (in.parts.flags.read(*name) == nullptr) return not_known(in, flags::environment_not_found());
    decision.context.environment = *name;
    return std::nullopt;
}

Outcome step_licence(const Incoming& in, Decision& decision) {
    const Route& route = decision.route();
    if (route.plugin.empty() && route.entitlement.empty()) return std::nullopt;
    const auto snapshot = in.parts.licence.snapshot();
    if (!route.plugin.empty()) {
        const Status allowed = route.counts_as_write ? snapshot->plugin_write_allowed(route.plugin)
                                                     : snapshot->entitled_plugin(route.plugin);
        if (!allowed.ok()) return refusal(in.head, allowed.error());
    }
    if (!route.entitlement.empty()) {
        if (const Status entitled = snapshot->entitled_feature(route.entitlement); !entitled.ok())
            return refusal(in.head, entitled.error());
    }
    return std::nullopt;
}

Outcome step_plugin(const Incoming& in, Decision& decision) {
    const Route& route = decision.route();
    if (route.plugin.empty() ||
        in.parts.directory.read()->plugin_enabled(decision.context.tenant, route.plugin))
        return std::nullopt;
    return refusal(in.head, ErrorKind::kNotFound, "plugin_not_enabled",
                   fmt::format("The plugin {} is not enabled for this tenant.", route.plugin));
}

Outcome step_flag(const Incoming& in, Decision& decision) {
    const Route& route = decision.route();
    if (route.flag.empty()) return std::nullopt;
    const auto& context = decision.context;
    const flags::Subject caller{.tenant = context.tenant,
                                .tenant_slug = context.tenant_slug,
                                .plan = context.plan,
                                .targeting_key = {},
                                .attributes = {},
                                .now = in.parts.clock.now() / base::kMicrosPerSecond};
    const auto set = in.parts.flags.read(context.environment);
    const auto evaluation = set->evaluate(caller, route.flag);
    in.parts.flag_usage.begin(set, caller, context.environment)(evaluation);
    if (evaluation.found && evaluation.value == "true") return std::nullopt;
    return refusal(in.head, ErrorKind::kNotFound, "flag_disabled", "This feature is switched off.");
}

Outcome step_scope(const Incoming& in, Decision& decision) {
    const Route& route = decision.route();
    if (route.scope.empty() || base::has_scope(decision.context.scopes, route.scope)) return std::nullopt;
    bool other = false;
    for_words(route.or_scopes, [&](std::string_view scope) {
        other = other || base::has_scope(decision.context.scopes, scope);
    });
    if (other) return std::nullopt;
    return refusal(in.head, ErrorKind::kForbidden, "scope_required",
                   fmt::format("The credential lacks the scope {}.", route.scope));
}

void step_meter(const Incoming& in, Decision& decision) noexcept {
    const base::RequestContext& context = decision.context;
    if (decision.route().realm == Realm::kPublic || context.platform()) return;
    decision.uncounted = !in.parts.meters.try_count({context.tenant, context.tenant_slug}, kRequestMeter, 1);
}

// A misspelt parameter must not be taken for none. Public documents and probes are asked with all kinds of
// things behind the question mark; OFREP says by itself what it takes, and so do plugins.
Outcome step_query(const Incoming& in, Decision& decision) {
    const Route& route = decision.route();
    if (route.realm == Realm::kPublic || !route.plugin.empty() || route.checks_body || route.any_query)
        return std::nullopt;
    Error unknown{ErrorKind::kInvalid, "unknown_parameter", "The query has faults; see `errors`."};
    for (const auto& [name, value] : decision.query)
        if (!decision.routing->table->takes_parameter(decision.match.index, name))
            unknown.fields.push_back({name, "unknown_parameter", "There is no such parameter."});
    return unknown.fields.empty() ? Outcome() : refusal(in.head, unknown);
}

Outcome step_content_type(const Request& request, const Route& route) {
    if (request.body.empty() && (route.request_type.empty() || route.optional_body)) return std::nullopt;
    if (route.request_type.empty())
        return refusal(request.head, ErrorKind::kInvalid, "body_not_allowed",
                       "This operation takes no body.");
    const auto field = request.head.header("content-type");
    if (field && accepts_type(route, media_type(*field))) return std::nullopt;
    return refusal(request.head, ErrorKind::kUnsupportedType, "unsupported_media_type",
                   fmt::format("Send the body as {}.", route.request_type));
}

Outcome step_idempotency(const Request& request, const Route& route, Idempotency& idempotency) {
    const auto key = request.head.header("idempotency-key");
    if (!key || !route.idempotency_key) return std::nullopt;
    const bool visible = std::all_of(key->begin(), key->end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (key->empty() || key->size() > 255 || !visible)
        return refusal(request.head, ErrorKind::kInvalid, "invalid_idempotency_key",
                       "An Idempotency-Key has 1 to 255 visible ASCII characters.");
    const crypto::Digest digest = crypto::blake2b_256(
        fmt::format("{} {}{}\n{}", to_string(request.head.method), request.head.target,
                    route.environments ? environment_mark(request.head) : "", request.body));
    idempotency = {std::string(*key), std::string(crypto::as_bytes(digest))};
    return std::nullopt;
}

Outcome step_json(const Request& request, const Route& route) {
    if (route.request_type.empty() || route.checks_body) return std::nullopt;
    if (!is_json(media_type(request.head.header("content-type").value_or("")))) return std::nullopt;
    if (const Status checked = check_json(request.body, route.json_depth); !checked.ok())
        return refusal(request.head, checked.error());
    return std::nullopt;
}

}  // namespace mortise::http
