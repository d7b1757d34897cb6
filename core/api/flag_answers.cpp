// /api/v1/flags/{key}/explain and …/usage, and /api/v1/flags/evaluate: what flags answer, why, and how often.
#include "core/api/answers.hpp"
#include "core/api/flag_subject.hpp"
#include "core/api/flag_writes.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/flags/bulk_evaluation.hpp"
#include "core/flags/explanation.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/flag_usage.hpp"
#include "core/flags/ofrep.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/snapshot.hpp"
#include "core/flags/value_reader.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/core_unit.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::int64_t kMaxUsageDays = 400;
constexpr std::size_t kMaxContextMemory = 4 * 1024 * 1024;
constexpr std::size_t kBulkWidth = 2;  // requests that evaluate at a time; others wait

constexpr std::string_view kOneContextSchema = R"({
  "type": "object", "required": ["context"], "additionalProperties": false,
  "properties": {"context": {"type": "object", "properties": {"targetingKey": {"type": "string"}},
    "description": "As OFREP has it; tenant and plan are the credential's."}}})";

constexpr std::string_view kExplanationSchema = R"({
  "type": "object", "required": ["key", "inherited", "definition", "evaluation", "steps"],
  "properties": {
    "key": {"type": "string"},
    "inherited": {"type": "boolean"},
    "definition": {"type": "object", "description": "What the pointers point into."},
    "evaluation": {"type": "object", "description": "As OFREP answers it."},
    "steps": {"type": "array", "items": {
      "type": "object", "required": ["step", "decided"],
      "properties": {
        "step": {"type": "string", "enum": ["state", "prerequisite", "schedule", "user_override", "tenant_override",
          "plan_override", "targeting", "rollout", "default"]},
        "decided": {"type": "boolean", "description": "What was to be decided ends here."},
        "pointer": {"type": "string", "description": "Where in the definition."},
        "variant": {"type": ["string", "null"]},
        "operations": {"type": "array", "description": "Of the rule, in the order of their evaluation.", "items": {
          "type": "object", "required": ["pointer", "operation"],
          "properties": {"pointer": {"type": "string"}, "operation": {"type": "string"}, "value": {},
                         "error": {"type": "string"}}}}}}}}})";

constexpr std::string_view kContextsSchema = R"({
  "type": "object", "required": ["contexts"], "additionalProperties": false,
  "properties": {
    "contexts": {"type": "array", "maxItems": 1000, "items": {"type": "object"}},
    "flags": {"type": ["array", "null"], "minItems": 1, "maxItems": 1000,
      "items": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"}, "description": "Their keys; absent: all."}}})";

constexpr std::string_view kBulkAnswerSchema = R"({
  "type": "object", "required": ["results"],
  "properties": {"results": {"type": "array", "description": "One for each context, in their order.", "items": {
    "type": "object", "required": ["flags"],
    "properties": {"flags": {"type": "array", "items": {"type": "object"}}}}}}})";

constexpr std::string_view kFlagUsageSchema = R"({
  "type": "object", "required": ["key", "environment", "from", "days", "variants", "last_evaluated"],
  "properties": {
    "key": {"type": "string"},
    "environment": {"type": "string"},
    "from": {"type": "string", "format": "date", "description": "The first day (UTC) that is counted."},
    "days": {"type": "array", "items": {
      "type": "object", "required": ["day", "variant", "count"],
      "properties": {"day": {"type": "string", "format": "date"},
        "variant": {"type": ["string", "null"], "description": "Null: no value, as of a disabled flag."},
        "count": {"type": "integer"}}}},
    "variants": {"type": "array", "description": "The same, all days together.", "items": {
      "type": "object", "required": ["variant", "count"],
      "properties": {"variant": {"type": ["string", "null"]}, "count": {"type": "integer"}}}},
    "last_evaluated": {"type": ["string", "null"], "format": "date", "description": "Of the last 400 days."}}})";

constexpr std::string_view kFlagUsageParameters = R"([
  {"name": "days", "in": "query", "description": "So many days before today.",
   "schema": {"type": "integer", "minimum": 0, "maximum": 400, "default": 30}}])";

Error invalid_context(std::string_view detail) {
    return {ErrorKind::kInvalid,
            "invalid_body",
            "The body has faults; see `errors`.",
            {},
            {{"/context", "invalid_context", std::string(detail)}}};
}

Result<Response> explain_flag(const Parts& parts, const Call& call) {
    flags::Arena memory(kMaxContextMemory);
    MORTISE_TRY_ASSIGN(const auto body, flags::read_value(call.request.body, {}, memory));
    const auto* const context = body.is_object() ? body.find("context") : nullptr;
    if (context == nullptr || !context->is_object())
        return invalid_context("The request has no object \"context\".");
    for (const auto& [name, value] : body.members())
        if (name != "context")
            return Error{ErrorKind::kInvalid,
                         "invalid_body",
                         "The body has faults; see `errors`.",
                         {},
                         {{"/" + std::string(name), "unknown_member", "There is no such member."}}};
    auto asked = flag_subject(parts, call, {}, context->members());
    if (const auto* const key = context->find("targetingKey")) {
        if (!key->is_string() || key->text().size() > flags::kMaxContextKey)
            return invalid_context("The context's targetingKey is a string of at most 1024 bytes.");
        asked.targeting_key = key->text();
    }
    MORTISE_TRY_ASSIGN(const auto explanation,
                       parts.flag_explainer.explain(call.context, *call.unit, asked, call.parameter("key")));
    return json_answer(200, explanation);
}

Result<Response> evaluate_flags(const Parts& parts, const Call& call) {
    const auto set = parts.flag_store.read(call.context.environment);
    if (set == nullptr) return flags::environment_not_found();  // removed meanwhile
    const auto asked = flag_subject(parts, call, {}, {});
    std::vector<flags::Evaluation> answered;
    MORTISE_TRY_ASSIGN(
        auto body,
        flags::evaluate_contexts(*set, asked, call.request.body, {parts.clock, call.context.deadline},
                                 [&answered](const flags::Evaluation& one) { answered.push_back(one); }));
    auto count = parts.flag_usage.begin(set, asked, call.context.environment);
    for (const auto& one : answered)
        count(one);
    return Response{.status = 200, .content_type = "application/json", .body = std::move(body)};
}

Json variant_json(const std::string& variant) {
    return variant.empty() ? Json() : Json(variant);
}

Result<Response> usage_answer(const Call& call, storage::Unit& unit, const Parts& parts, tenancy::Day from) {
    const std::string& key = call.parameter("key");
    MORTISE_TRY(parts.flags.get(call.context, unit, key));
    const flags::UsageOf of{call.context.tenant, call.context.environment, key};
    MORTISE_TRY_ASSIGN(const auto rows, flags::repository::flag_usage(unit, of, from));
    MORTISE_TRY_ASSIGN(const auto last, flags::repository::last_used(unit, of));
    Json days = Json::array(), variants = Json::array();
    std::map<std::string, std::int64_t> sums;
    for (const auto& row : rows) {
        days.push_back(
            {{"day", day_text(row.day)}, {"variant", variant_json(row.variant)}, {"count", row.quantity}});
        sums[row.variant] += row.quantity;
    }
    for (const auto& [variant, count] : sums)
        variants.push_back({{"variant", variant_json(variant)}, {"count", count}});
    return json_answer(200, Json{{"key", key},
                                 {"environment", call.context.environment},
                                 {"from", day_text(from)},
                                 {"days", std::move(days)},
                                 {"variants", std::move(variants)},
                                 {"last_evaluated", last ? Json(day_text(*last)) : Json()}});
}

// What this node has counted is written first, so that who asks after an evaluation sees it.
Result<Response> flag_usage(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto days, number_parameter(call, "days", 0, kMaxUsageDays, 30));
    MORTISE_TRY(parts.flag_usage.flush());
    const auto from = static_cast<tenancy::Day>(tenancy::day_of(parts.clock.now()) - days);
    return tenancy::run_core(parts.database, parts.clock, storage::Access::kRead,
                             [&](storage::Unit& unit) { return usage_answer(call, unit, parts, from); });
}

}  // namespace

std::vector<Route> flag_answer_routes(const Parts& parts) {
    using enum http::Realm;
    using enum http::Work;
    const std::string tag = "Flags", json = "application/json";
    return {
        {.method = Method::kPost,
         .pattern = "/api/v1/flags/{key}/explain",
         .operation = "explain_flag",
         .summary = "Say step by step why somebody gets the value that they get",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = [&parts](const Call& call) { return explain_flag(parts, call); },
         .scope = "flags:read",
         .environments = true,
         .request_type = json,
         .body_limit = 65536,
         .request_schema = std::string(kOneContextSchema),
         .response_schema = std::string(kExplanationSchema)},
        {.method = Method::kPost,
         .pattern = "/api/v1/flags/evaluate",
         .operation = "evaluate_flags",
         .summary = "Evaluate flags for a list of contexts",
         .tag = tag,
         .realm = kEither,
         .work = kPool,
         .handler = [&parts](const Call& call) { return evaluate_flags(parts, call); },
         .scope = "flags:evaluate",
         .or_scopes = "flags:read",
         .environments = true,
         .request_type = json,
         .body_limit = flags::kMaxBulkRequest,
         .request_schema = std::string(kContextsSchema),
         .response_schema = std::string(kBulkAnswerSchema),
         .lane = std::make_shared<http::Lane>(kBulkWidth)},
        {.method = Method::kGet,
         .pattern = "/api/v1/flags/{key}/usage",
         .operation = "get_flag_usage",
         .summary = "Read how often each variant of a flag was answered",
         .tag = tag,
         .realm = kEither,
         .work = kPool,
         .handler = [&parts](const Call& call) { return flag_usage(parts, call); },
         .scope = "flags:read",
         .environments = true,
         .response_schema = std::string(kFlagUsageSchema),
         .parameters = std::string(kFlagUsageParameters)},
    };
}

}  // namespace mortise::api
