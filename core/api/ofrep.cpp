// /ofrep/v1: the OpenFeature Remote Evaluation Protocol, 0.3.0.
#include "core/flags/ofrep.hpp"

#include "core/api/resources.hpp"
#include "core/base/clock.hpp"
#include "core/flags/flag_usage.hpp"
#include "core/flags/snapshot.hpp"

#include <array>
#include <cstddef>

namespace mortise::api {
namespace {

using base::Result;
using http::Call;
using http::Method;
using http::Response;
using http::Route;

constexpr std::string_view kRequestSchema = R"({
  "type": "object", "required": ["context"],
  "properties": {"context": {"type": "object", "properties": {"targetingKey": {"type": "string"}}}}})";

constexpr std::string_view kEvaluationSchema = R"({
  "type": "object", "required": ["key", "reason"],
  "properties": {
    "key": {"type": "string"},
    "value": {},
    "variant": {"type": "string"},
    "reason": {"type": "string", "enum": ["STATIC", "DEFAULT", "TARGETING_MATCH", "DISABLED"]},
    "metadata": {"type": "object"}}})";

constexpr std::string_view kBulkSchema = R"({
  "type": "object", "required": ["flags"],
  "properties": {
    "flags": {"type": "array", "items": {"type": "object", "description": "An evaluation, or its errorCode."}},
    "metadata": {"type": "object"}}})";

Response to_response(flags::OfrepAnswer answer) {
    Response response{.status = answer.status, .body = std::move(answer.body)};
    if (!response.body.empty()) response.content_type = "application/json";
    if (!answer.etag.empty()) response.headers.emplace_back("ETag", std::move(answer.etag));
    return response;
}

// Whether the credential may be in everybody's hands, so that it sees only what is meant for them.
bool for_clients_only(const base::RequestContext& context) noexcept {
    return !base::has_scope(context.scopes, "flags:evaluate") &&
           !base::has_scope(context.scopes, "flags:read");
}

// Tenant and plan come from the credential; the client's context has no say in them.
flags::Subject subject(const Parts& parts, const Call& call, const flags::OfrepContext& context) {
    return {.tenant = call.context.tenant,
            .tenant_slug = call.context.tenant_slug,
            .plan = call.context.plan,
            .targeting_key = context.targeting_key,
            .attributes = context.attributes,
            .now = parts.clock.now() / base::kMicrosPerSecond,
            .client_only = for_clients_only(call.context)};
}

// Answers a request with what `evaluate` makes of its subject.
template <class Evaluate>
Result<Response> answer(const Parts& parts, const Call& call, std::string_view key, Evaluate evaluate) {
    std::array<std::byte, flags::kOfrepMemory> first;
    flags::Arena memory(first, flags::kMaxOfrepMemory);
    auto request = flags::parse_ofrep_request(call.request.body, key, memory);
    if (!request.ok) return to_response(std::move(request.error));
    const auto set = parts.flag_store.read(call.context.environment);
    if (set == nullptr)  // removed meanwhile
        return base::Error{base::ErrorKind::kNotFound, "environment_not_found",
                           "There is no environment of this name."};
    const auto asked = subject(parts, call, request.context);
    return to_response(evaluate(*set, asked, parts.flag_usage.begin(set, asked, call.context.environment)));
}

Result<Response> single(const Parts& parts, const Call& call) {
    const std::string& key = call.parameter("key");
    return answer(parts, call, key,
                  [&](const flags::FlagSet& flags, const flags::Subject& subject, auto count) {
                      return flags::ofrep_single(flags, subject, key, count);
                  });
}

Result<Response> bulk(const Parts& parts, const Call& call) {
    const auto tag = call.request.head.header("if-none-match").value_or("");
    return answer(parts, call, {},
                  [&](const flags::FlagSet& flags, const flags::Subject& subject, auto count) {
                      return flags::ofrep_bulk(flags, subject, tag, count);
                  });
}

}  // namespace

std::vector<Route> ofrep_routes(const Parts& parts) {
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kPost,
         .pattern = "/ofrep/v1/evaluate/flags/{key}",
         .operation = "ofrep_evaluate_flag",
         .summary = "Evaluate one flag",
         .tag = "OFREP",
         .realm = kEither,
         .work = kInline,
         .handler = [&parts](const Call& call) { return single(parts, call); },
         .scope = "flags:evaluate",
         .or_scopes = "flags:read flags:evaluate_client",
         .environments = true,
         .request_type = "application/json",
         .body_limit = 65536,
         .request_schema = std::string(kRequestSchema),
         .response_schema = std::string(kEvaluationSchema),
         .checks_body = true},
        {.method = Method::kPost,
         .pattern = "/ofrep/v1/evaluate/flags",
         .operation = "ofrep_evaluate_flags",
         .summary = "Evaluate all flags",
         .tag = "OFREP",
         .realm = kEither,
         .work = kInline,
         .handler = [&parts](const Call& call) { return bulk(parts, call); },
         .scope = "flags:evaluate",
         .or_scopes = "flags:read flags:evaluate_client",
         .environments = true,
         .request_type = "application/json",
         .body_limit = 65536,
         .request_schema = std::string(kRequestSchema),
         .response_schema = std::string(kBulkSchema),
         .checks_body = true},
    };
}

}  // namespace mortise::api
