// /api/client and /api/frontend: Unleash's client API over the same flags.
#include "core/flags/unleash.hpp"

#include "core/api/flag_streams.hpp"
#include "core/api/flag_subject.hpp"
#include "core/api/resources.hpp"
#include "core/base/entity_tag.hpp"
#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/flags/flag_usage.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/core_unit.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace mortise::api {
namespace {

using base::Result;
using http::Call;
using http::Method;
using http::Response;
using http::Route;

constexpr std::string_view kFeaturesSchema = R"({
  "type": "object", "required": ["version", "features"],
  "properties": {
    "version": {"type": "integer", "const": 2},
    "features": {"type": "array", "items": {
      "type": "object", "required": ["name", "enabled", "strategies"],
      "properties": {"name": {"type": "string"}, "enabled": {"type": "boolean"}, "strategies": {"type": "array"}}}},
    "segments": {"type": "array"},
    "mortise": {"type": "object", "properties": {
      "omitted": {"type": "array", "description": "Flags that Unleash can't express; /api/frontend evaluates them.",
        "items": {"type": "object", "required": ["name", "code", "pointer"], "properties": {
          "name": {"type": "string"}, "code": {"type": "string"}, "pointer": {"type": "string"}}}}}}}})";

constexpr std::string_view kTogglesSchema = R"({
  "type": "object", "required": ["toggles"],
  "properties": {
    "toggles": {"type": "array", "items": {
      "type": "object", "required": ["name", "enabled", "variant", "impressionData"],
      "properties": {
        "name": {"type": "string"}, "enabled": {"type": "boolean", "const": true},
        "variant": {"type": "object", "required": ["name", "enabled"]}, "impressionData": {"type": "boolean"}}}}}})";

constexpr std::string_view kContextSchema = R"({
  "type": "object", "required": ["context"],
  "properties": {"context": {"type": "object", "properties": {
    "userId": {"type": "string"}, "properties": {"type": "object"}}}}})";

constexpr std::string_view kMetricsSchema = R"({
  "type": "object", "required": ["appName", "bucket"],
  "properties": {
    "appName": {"type": "string"},
    "bucket": {"type": "object", "required": ["toggles"], "properties": {"toggles": {"type": "object"}}}}})";

constexpr std::string_view kRegistrationSchema = R"({
  "type": "object", "required": ["appName"], "properties": {"appName": {"type": "string", "minLength": 1}}})";

// Parameters of any name, as OpenAPI writes them.
constexpr std::string_view kContextParameters = R"([
  {"name": "context", "in": "query", "style": "form", "explode": true,
   "description": "Fields such as userId, and properties[name].",
   "schema": {"type": "object", "additionalProperties": {"type": "string"}}}])";
constexpr std::string_view kFilterParameters = R"([
  {"name": "filter", "in": "query", "style": "form", "explode": true,
   "description": "What clients send to get a part (project, namePrefix, tag) is passed over: they get all.",
   "schema": {"type": "object", "additionalProperties": {"type": "string"}}}])";

constexpr std::size_t kQuickBody = 65536;  // bytes: reading more takes longer than others may be kept waiting

// Definitions name users, segments and rules, so that who evaluates by itself is a server; what everybody may
// have is /api/frontend.
constexpr std::string_view kScope = "flags:evaluate";
constexpr std::string_view kOrScopes = "flags:read";
constexpr std::string_view kOrScopesOfFrontends = "flags:read flags:evaluate_client";

// Of what the flags of the caller are, not of the text: a client that has it needs nothing from the database.
std::string tag_of(const Parts& parts, const Call& call) {
    return '"' + parts.flag_streams.tag_of(call.context.tenant, call.context.environment).fingerprint_text() +
           '"';
}

bool is_current(const Parts& parts, const Call& call) {
    const auto field = call.request.head.header("if-none-match");
    return field && base::has_etag(*field, tag_of(parts, call));
}

// The tag is read first: what is read from the database is as new, or newer and then sent once more.
Result<Response> features(const Parts& parts, const Call& call) {
    std::string tag = tag_of(parts, call);
    if (is_current(parts, call)) return Response{.status = 304, .headers = {{"ETag", std::move(tag)}}};
    std::string body;
    MORTISE_TRY(tenancy::run_core(parts.database, parts.clock, storage::Access::kRead,
                                  [&](storage::Unit& unit) -> base::Status {
                                      MORTISE_TRY_ASSIGN(body, flags::unleash_features(call.context, unit));
                                      return {};
                                  }));
    return Response{
        .headers = {{"ETag", std::move(tag)}}, .content_type = "application/json", .body = std::move(body)};
}

Result<Response> toggles(const Parts& parts, const Call& call, const flags::UnleashContext& context) {
    MORTISE_TRY(check_environment_of_clients(call.context));
    std::vector<flags::Member> attributes;
    attributes.reserve(context.attributes.size());
    for (const auto& [name, value] : context.attributes)
        attributes.push_back({name, flags::Value::string(value)});
    const auto set = parts.flag_store.read(call.context.environment);
    if (set == nullptr) return flags::environment_not_found();  // removed meanwhile
    std::string body =
        flags::unleash_toggles(*set, flag_subject(parts, call, context.targeting_key, attributes));
    const auto digest = crypto::blake2b_256(body);
    const std::string tag = '"' + base::base64url_encode(crypto::as_bytes(digest).substr(0, 16)) + '"';
    const auto field = call.request.head.header("if-none-match");
    if (field && base::has_etag(*field, tag)) return Response{.status = 304, .headers = {{"ETag", tag}}};
    return Response{.headers = {{"ETag", tag}}, .content_type = "application/json", .body = std::move(body)};
}

Result<Response> toggles_by_query(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, flags::unleash_context(call.query));
    return toggles(parts, call, context);
}

Result<Response> toggles_by_body(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, flags::unleash_context(call.request.body));
    return toggles(parts, call, context);
}

// Counts are the client's word: they are added up and trusted for nothing.
Result<Response> take_counts(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto counts, flags::unleash_counts(call.request.body));
    const auto set = parts.flag_store.read(call.context.environment);
    if (set == nullptr) return Response{.status = 202};  // removed meanwhile, with what was counted
    const tenancy::Day today = tenancy::day_of(parts.clock.now());
    for (const auto& use : flags::unleash_uses(*set, flag_subject(parts, call, {}, {}), counts))
        parts.flag_usage.add({call.context.tenant, call.context.environment, use.flag, use.variant, today},
                             use.count);
    return Response{.status = 202};
}

Result<Response> take_registration(const Call& call) {
    MORTISE_TRY(flags::check_unleash_registration(call.request.body));
    return Response{.status = 202};
}

Route unleash_row(Method method, std::string pattern, std::string operation, std::string summary,
                  http::RouteHandler handler) {
    return {.method = method,
            .pattern = std::move(pattern),
            .operation = std::move(operation),
            .summary = std::move(summary),
            .tag = "Unleash",
            .realm = http::Realm::kEither,
            .work = http::Work::kInline,
            .handler = std::move(handler),
            .scope = std::string(kScope),
            .or_scopes = std::string(kOrScopes),
            .environments = true};
}

// A context is a client's own names, so that none of them is unknown.
Route with_body(Route route, std::string_view schema) {
    route.request_type = "application/json";
    route.request_schema = std::string(schema);
    route.body_limit = std::uint64_t{1} << 20;
    return route;
}

Route accepted(Route route) {
    route.success = 202;
    route.response_type = {};
    return route;
}

Route for_frontends(Route route) {
    route.or_scopes = std::string(kOrScopesOfFrontends);
    route.cross_origin = true;
    return route;
}

std::vector<Route> report_rows(const Parts& parts, const std::string& prefix, const std::string& name) {
    return {accepted(with_body(unleash_row(Method::kPost, prefix + "/metrics", name + "_metrics",
                                           "Report how often flags were evaluated",
                                           [&parts](const Call& call) { return take_counts(parts, call); }),
                               kMetricsSchema)),
            accepted(with_body(unleash_row(Method::kPost, prefix + "/register", name + "_register",
                                           "Tell that a client has started", take_registration),
                               kRegistrationSchema))};
}

}  // namespace

std::vector<Route> unleash_routes(const Parts& parts) {
    Route all = unleash_row(Method::kGet, "/api/client/features", "unleash_features",
                            "Flags for a client to evaluate",
                            [&parts](const Call& call) { return features(parts, call); });
    all.response_schema = std::string(kFeaturesSchema);
    all.any_query = true;
    all.parameters = std::string(kFilterParameters);
    all.may_block = [&parts](const Call& call) { return !is_current(parts, call); };
    Route queried =
        unleash_row(Method::kGet, "/api/frontend", "unleash_frontend", "Evaluate the flags that are on",
                    [&parts](const Call& call) { return toggles_by_query(parts, call); });
    queried.response_schema = std::string(kTogglesSchema);
    queried.any_query = true;
    queried.parameters = std::string(kContextParameters);
    queried.lane = std::make_shared<http::Lane>(kLongEvaluations);
    queried.may_block = [&parts](const Call& call) {
        return takes_long(parts, call, call.request.head.query.size());
    };
    Route posted = with_body(unleash_row(Method::kPost, "/api/frontend", "unleash_frontend_by_body",
                                         "Evaluate the flags that are on",
                                         [&parts](const Call& call) { return toggles_by_body(parts, call); }),
                             kContextSchema);
    posted.response_schema = std::string(kTogglesSchema);
    posted.lane = queried.lane;
    posted.may_block = [&parts](const Call& call) {
        return call.request.body.size() > kQuickBody || takes_long(parts, call, call.request.body.size());
    };
    std::vector<Route> rows{std::move(all), for_frontends(std::move(queried)),
                            for_frontends(std::move(posted))};
    for (Route& one : report_rows(parts, "/api/client", "unleash"))
        rows.push_back(std::move(one));
    for (Route& one : report_rows(parts, "/api/frontend/client", "unleash_frontend"))
        rows.push_back(for_frontends(std::move(one)));
    return rows;
}

}  // namespace mortise::api
