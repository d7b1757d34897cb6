// /ofrep/v1: the OpenFeature Remote Evaluation Protocol, 0.3.0.
#include "core/flags/ofrep.hpp"

#include "core/api/flag_streams.hpp"
#include "core/api/flag_subject.hpp"
#include "core/api/resources.hpp"
#include "core/base/clock.hpp"
#include "core/flags/flag_usage.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/snapshots.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace mortise::api {
namespace {

using base::Result;
using http::Call;
using http::Method;
using http::RequestHead;
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
    "eventStreams": {"type": "array", "items": {
      "type": "object", "required": ["type", "endpoint"],
      "properties": {
        "type": {"type": "string", "enum": ["sse"]},
        "endpoint": {"type": "object", "required": ["requestUri"],
                     "properties": {"requestUri": {"type": "string", "pattern": "^/"}}},
        "inactivityDelaySec": {"type": "integer", "minimum": 1}}}},
    "metadata": {"type": "object"}}})";

constexpr std::string_view kBulkParameters = R"([
  {"name": "If-None-Match", "in": "header", "description": "The ETag of an earlier answer: 304 if it would be the same.",
   "schema": {"type": "string"}},
  {"name": "flagConfigEtag", "in": "query", "description": "As an event gave it: the answer is at least as new.",
   "schema": {"type": "string"}},
  {"name": "flagConfigLastModified", "in": "query", "description": "As an event gave it.",
   "schema": {"type": "string"}}])";

// As evaluationFailure and bulkEvaluationFailure have it; the key is a single evaluation's.
constexpr std::string_view kFailureSchema = R"({
  "type": "object", "required": ["errorCode"],
  "properties": {
    "key": {"type": "string"},
    "errorCode": {"type": "string"},
    "errorDetails": {"type": "string"},
    "metadata": {"type": "object"}}})";

// The flag's key as the request names it: what can't be decoded, as it came. Empty: all flags are asked for.
std::string key_of(const RequestHead& head, const http::Pairs& parameters) {
    if (parameters.empty()) return {};
    const std::string& decoded = parameters.front().second;
    return decoded.empty() ? std::string(head.path.substr(head.path.rfind('/') + 1)) : decoded;
}

// OFREP has a body of its own for requests that can't be evaluated, and its 404 is about flags alone:
// whatever else isn't there (an environment, a tenant) is a fault of the request.
void say_refusal(const RequestHead& head, const http::Pairs& parameters, Response& answer) {
    if (answer.status == 500) {
        answer.body = flags::ofrep_failure(answer.detail);
    } else if (answer.status == 400 || answer.status == 404) {
        const std::string_view code = answer.code == "invalid_encoding" ? "PARSE_ERROR" : "GENERAL";
        auto failure = flags::ofrep_refusal(key_of(head, parameters), code, answer.detail);
        answer.status = failure.status;
        answer.body = std::move(failure.body);
    } else {
        return;
    }
    answer.content_type = "application/json";
}

Response to_response(flags::OfrepAnswer answer) {
    Response response{.status = answer.status, .body = std::move(answer.body)};
    if (!response.body.empty()) response.content_type = "application/json";
    if (!answer.etag.empty()) response.headers.emplace_back("ETag", std::move(answer.etag));
    return response;
}

// Answers a request with what `evaluate` makes of its subject.
template <class Evaluate>
Result<Response> answer(const Parts& parts, const Call& call,
                        const std::shared_ptr<const flags::FlagSet>& set, std::string_view key,
                        Evaluate evaluate) {
    std::array<std::byte, flags::kOfrepMemory> first;
    flags::Arena memory(first, flags::kMaxOfrepMemory);
    auto request = flags::parse_ofrep_request(call.request.body, key, memory);
    if (!request.ok) return to_response(std::move(request.error));
    const auto asked = flag_subject(parts, call, request.context.targeting_key, request.context.attributes);
    return to_response(evaluate(*set, asked, parts.flag_usage.begin(set, asked, call.context.environment)));
}

Result<Response> single(const Parts& parts, const Call& call) {
    MORTISE_TRY(check_environment_of_clients(call.context));
    const std::string& key = call.parameter("key");
    const auto set = parts.flag_store.read(call.context.environment);
    if (set == nullptr) return flags::environment_not_found();  // removed since its name was looked up
    return answer(parts, call, set, key,
                  [&](const flags::FlagSet& flags, const flags::Subject& subject, auto count) {
                      return flags::ofrep_single(flags, subject, key, count);
                  });
}

constexpr std::string_view kConfigEtag = "flagConfigEtag";
constexpr std::string_view kConfigLastModified = "flagConfigLastModified";

// Whether another node may know of a change that this one has not heard of: the client was told of it. Of a
// time alone, or of what is no tag of ours, nobody can say, so the database is asked.
bool may_be_behind(const Parts& parts, const Call& call) {
    if (const auto* const tag = call.query_value(kConfigEtag))
        return !parts.flag_streams.knows(call.context, *tag);
    return call.query_value(kConfigLastModified) != nullptr;
}

Result<Response> bulk(const Parts& parts, const Call& call) {
    MORTISE_TRY(check_environment_of_clients(call.context));
    if (may_be_behind(parts, call)) {
        const auto* const tag = call.query_value(kConfigEtag);
        const auto enough = [&] { return tag != nullptr && parts.flag_streams.knows(call.context, *tag); };
        // Without the database what is known is the best there is.
        const auto asked = parts.snapshots.refresh_unless(enough);
        if (asked.ok() && tag != nullptr) parts.flag_streams.asked_for(call.context, *tag);
    }
    const auto stream = parts.flag_streams.offer(call.context);
    const auto set = parts.flag_store.read(call.context.environment);
    if (set == nullptr) return flags::environment_not_found();  // removed since its name was looked up
    const auto tag = call.request.head.header("if-none-match").value_or("");
    const auto made_of = flags::ofrep_made_of(*set, flag_subject(parts, call, {}, {}), call.request.body);
    if (auto same = flags::ofrep_unchanged(made_of, tag, &stream))
        return Response{.status = 304, .headers = {{"ETag", *std::move(same)}}};
    return answer(parts, call, set, {},
                  [&](const flags::FlagSet& flags, const flags::Subject& subject, auto count) {
                      return flags::ofrep_bulk(flags, subject, tag, &stream, count, made_of);
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
         .cross_origin = true,
         .checks_body = true,
         .say_refusal = say_refusal,
         .refusal_schema = std::string(kFailureSchema)},
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
         .parameters = std::string(kBulkParameters),
         .cross_origin = true,
         .checks_body = true,
         .say_refusal = say_refusal,
         .refusal_schema = std::string(kFailureSchema),
         .lane = std::make_shared<http::Lane>(kLongEvaluations),
         .may_block =
             [&parts](const Call& call) {
                 return may_be_behind(parts, call) || takes_long(parts, call, call.request.body.size());
             }},
    };
}

}  // namespace mortise::api
