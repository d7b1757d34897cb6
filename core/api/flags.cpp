// /api/v1/flags: definitions and overrides of feature flags.
#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/flag_json.hpp"
#include "core/api/flag_writes.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/flags/export.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/stale_flags.hpp"
#include "core/storage/database.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using flags::Flag;
using flags::FlagService;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kDefinitionSchema = R"({
  "type": "object", "required": ["state", "variants"],
  "description": "A flagd flag: https://flagd.dev/schema/v0/flags.json",
  "properties": {
    "state": {"type": "string", "enum": ["ENABLED", "DISABLED"]},
    "variants": {"type": "object", "minProperties": 1},
    "defaultVariant": {"type": ["string", "null"]},
    "targeting": {"type": "object", "description": "JSONLogic with flagd's operations."},
    "metadata": {"type": "object"},
    "mortise": {"type": "object", "description": "To whom, when and on what conditions it is given; flagd passes it over.",
      "properties": {
        "client": {"type": "boolean", "default": false, "description": "Seen by credentials with flags:evaluate_client."},
        "off_variant": {"type": "string", "description": "Given while schedule or prerequisites switch it off; else no value."},
        "prerequisites": {"type": "array", "maxItems": 16, "items": {
          "type": "object", "required": ["flag", "variants"],
          "properties": {"flag": {"type": "string"}, "variants": {"type": "array", "minItems": 1, "items": {"type": "string"}}}}},
        "schedule": {"type": "object", "properties": {
          "from": {"type": "string", "format": "date-time"}, "until": {"type": "string", "format": "date-time"}}},
        "rollout": {"type": "object", "required": ["variant"], "properties": {
          "variant": {"type": "string"},
          "by": {"type": "string", "enum": ["user", "tenant"], "default": "user"},
          "percent": {"type": "number", "minimum": 0, "maximum": 100},
          "steps": {"type": "array", "minItems": 1, "maxItems": 64, "items": {
            "type": "object", "required": ["at", "percent"],
            "properties": {"at": {"type": "string", "format": "date-time"},
                           "percent": {"type": "number", "minimum": 0, "maximum": 100}}}}}}}}}})";

constexpr std::int64_t kMaxStaleDays = 400;  // as long as answers are counted

constexpr std::string_view kFlagListParameters = R"([
  {"name": "limit", "in": "query", "description": "Items on a page, 1 to 100.",
   "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
  {"name": "cursor", "in": "query", "description": "next_cursor of the page before.",
   "schema": {"type": "string"}},
  {"name": "archived", "in": "query", "description": "true: the archived ones instead of the others.",
   "schema": {"type": "boolean", "default": false}},
  {"name": "stale", "in": "query", "schema": {"type": "boolean", "default": false},
   "description": "Only flags of which in so many days none or one variant was answered."},
  {"name": "days", "in": "query", "description": "Of stale; younger flags are not.",
   "schema": {"type": "integer", "minimum": 0, "maximum": 400, "default": 30}}])";

constexpr std::string_view kImportSchema = R"({
  "type": "object", "required": ["flags"],
  "description": "A flagd document: https://flagd.dev/schema/v0/flagd.json",
  "properties": {
    "$schema": {"type": "string"},
    "flags": {"type": ["object", "array"]},
    "$evaluators": {"type": "object"},
    "metadata": {"type": "object"},
    "fractional": {"type": "string", "enum": ["v2", "v3"]}}})";

constexpr std::string_view kImportParameters = R"([
  {"name": "prune", "in": "query", "schema": {"type": "boolean", "default": false},
   "description": "Remove what the document hasn't: other flags, and what they share."},
  {"name": "If-Match", "in": "header", "schema": {"type": "string"},
   "description": "The ETag of an export that the document is based on: 412 if anything has changed since."}])";

constexpr std::string_view kImportedSchema = R"({
  "type": "object", "required": ["created", "updated", "unchanged", "deleted", "warnings"],
  "properties": {
    "created": {"type": "integer"},
    "updated": {"type": "integer"},
    "unchanged": {"type": "integer", "description": "Already as the document has them."},
    "deleted": {"type": "integer", "description": "By prune=true."},
    "warnings": {"type": "array", "items": {
      "type": "object", "required": ["pointer", "code", "detail"],
      "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}, "detail": {"type": "string"}}}}}})";

constexpr std::string_view kNewOverrideSchema = R"({
  "type": "object", "required": ["variant"], "additionalProperties": false,
  "properties": {"variant": {"type": "string"}}})";

constexpr std::string_view kOverrideSchema = R"({
  "type": "object", "required": ["key", "targeting_key", "variant", "updated_at"],
  "properties": {
    "key": {"type": "string"},
    "targeting_key": {"type": ["string", "null"], "description": "Null: for the whole tenant."},
    "variant": {"type": "string"},
    "updated_at": {"type": "string", "format": "date-time"}}})";

constexpr std::string_view kPlanOverrideSchema = R"({
  "type": "object", "required": ["key", "plan", "variant", "updated_at"],
  "properties": {
    "key": {"type": "string"},
    "plan": {"type": "string"},
    "variant": {"type": "string"},
    "updated_at": {"type": "string", "format": "date-time"}}})";

Response override_answer(const flags::Override& override) {
    return json_answer(
        200,
        Json{{"key", override.key},
             {"targeting_key", override.targeting_key.empty() ? Json() : Json(override.targeting_key)},
             {"variant", override.variant},
             {"updated_at", base::format_rfc3339(override.updated_at)}},
        override.version);
}

Response override_answer(const flags::PlanOverride& override) {
    return json_answer(200,
                       Json{{"key", override.key},
                            {"plan", override.plan},
                            {"variant", override.variant},
                            {"updated_at", base::format_rfc3339(override.updated_at)}},
                       override.version);
}

Result<Response> put(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY_ASSIGN(const auto result,
                       service.put(context, *call.unit, call.parameter("key"), call.request.body, version));
    return json_answer(result.created ? 201 : 200, flag_json(result.flag, call.context), result.flag.version);
}

Result<Response> import(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const bool prune, boolean_parameter(call, "prune"));
    MORTISE_TRY_ASSIGN(const auto result,
                       service.import(context, *call.unit, call.request.body,
                                      {.whole = prune, .based_on = call.request.head.header("if-match")}));
    Json warnings = Json::array();
    for (const auto& warning : result.warnings)
        warnings.push_back(
            {{"pointer", warning.pointer}, {"code", warning.code}, {"detail", warning.detail}});
    return json_answer(200, Json{{"created", result.created},
                                 {"updated", result.updated},
                                 {"unchanged", result.unchanged},
                                 {"deleted", result.deleted},
                                 {"warnings", std::move(warnings)}});
}

Result<Response> export_all(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(auto exported, flags::export_flags(call.context, *call.unit, service));
    Response response{
        .status = 200, .content_type = "application/json", .body = std::move(exported.document)};
    response.headers.emplace_back("ETag", std::move(exported.etag));
    return response;
}

Json stale_json(const flags::StaleFlag& stale, const Call& call) {
    Json json = flag_json(stale.flag, call.context);
    json["stale"] = {
        {"reason", stale.evaluated ? "one_variant" : "not_evaluated"},
        {"variant", stale.variant.empty() ? Json() : Json(stale.variant)},
        {"last_evaluated", stale.last_evaluated ? Json(day_text(*stale.last_evaluated)) : Json()}};
    return json;
}

Result<Response> list_flags(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto request, page_request(call, {"archived", "stale", "days"}));
    MORTISE_TRY_ASSIGN(const bool archived, boolean_parameter(call, "archived"));
    MORTISE_TRY_ASSIGN(const bool stale, boolean_parameter(call, "stale"));
    MORTISE_TRY_ASSIGN(const auto days, number_parameter(call, "days", 0, kMaxStaleDays, 30));
    if (!stale && call.query_value("days") != nullptr)
        return base::Error{base::ErrorKind::kInvalid,
                           "invalid_parameter",
                           "The query has faults; see `errors`.",
                           {},
                           {{"days", "invalid_parameter", "It is of stale=true."}}};
    if (stale) {
        const base::Micros before = parts.clock.now() - days * 86'400 * base::kMicrosPerSecond;
        MORTISE_TRY_ASSIGN(const auto found, flags::stale_flags(call.context, *call.unit, request, before));
        return page_answer(found, [&](const auto& one) { return stale_json(one, call); });
    }
    MORTISE_TRY_ASSIGN(const auto page, parts.flags.list(call.context, *call.unit, request, archived));
    return page_answer(page, [&](const Flag& flag) { return flag_json(flag, call.context); });
}

Result<Response> get(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const Flag flag, service.get(call.context, *call.unit, call.parameter("key")));
    return json_answer(200, flag_json(flag, call.context), flag.version);
}

Result<Response> remove(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY(service.remove(context, *call.unit, call.parameter("key"), version));
    return no_content();
}

// The pattern of the tenant's override has no targeting key.
std::string targeting_key(const Call& call) {
    for (const auto& [name, value] : call.path)
        if (name == "targeting_key") return value;
    return {};
}

Result<Response> put_override(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    BodyReader body(call.request.body);
    const std::string variant = body.text("variant");
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const auto override, service.put_override(context, *call.unit, call.parameter("key"),
                                                                 targeting_key(call), variant, version));
    return override_answer(override);
}

Result<Response> get_override(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto override, service.get_override(call.context, *call.unit,
                                                                 call.parameter("key"), targeting_key(call)));
    return override_answer(override);
}

Result<Response> remove_override(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY(
        service.remove_override(context, *call.unit, call.parameter("key"), targeting_key(call), version));
    return no_content();
}

Result<Response> put_plan_override(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    BodyReader body(call.request.body);
    const std::string variant = body.text("variant");
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const auto override,
                       service.put_plan_override(context, *call.unit, call.parameter("key"),
                                                 call.parameter("plan"), variant, version));
    return override_answer(override);
}

Result<Response> get_plan_override(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(
        const auto override,
        service.get_plan_override(call.context, *call.unit, call.parameter("key"), call.parameter("plan")));
    return override_answer(override);
}

Result<Response> remove_plan_override(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY(service.remove_plan_override(context, *call.unit, call.parameter("key"),
                                             call.parameter("plan"), version));
    return no_content();
}

using Handler = Result<Response> (*)(FlagService&, const Call&);

// Whom an override is for, and what its PUT, GET and DELETE are.
struct OverrideKind {
    std::string pattern;
    std::string whose;
    std::string words;
    http::Realm realm;
    std::string_view schema;
    Handler put, get, remove;
};

void add_override_routes(std::vector<Route>& rows, FlagService& service, const OverrideKind& kind) {
    const auto row = [&](Method method, const std::string& verb, const std::string& summary,
                         Handler handler) {
        Route route;
        route.method = method;
        route.pattern = "/api/v1/flags/{key}/overrides/" + kind.pattern;
        route.operation = verb + "_flag_override_of_" + kind.whose;
        route.summary = summary + kind.words;
        route.tag = "Flags";
        route.realm = kind.realm;
        route.work = method == Method::kGet ? http::Work::kCoreRead : http::Work::kCoreWrite;
        route.handler = [&service, handler](const Call& call) { return handler(service, call); };
        route.scope = method == Method::kGet ? "flags:read" : "flags:write";
        route.environments = true;
        route.response_schema = std::string(kind.schema);
        rows.push_back(std::move(route));
    };
    row(Method::kPut, "put", "Choose a variant for ", kind.put);
    rows.back().request_type = "application/json";
    rows.back().request_schema = std::string(kNewOverrideSchema);
    rows.back().parameters = with_comment(kIfMatchParameter);
    row(Method::kGet, "get", "Read the override for ", kind.get);
    row(Method::kDelete, "delete", "Remove the override for ", kind.remove);
    rows.back().parameters = with_comment(kIfMatchParameter);
    rows.back().success = 204;
    rows.back().response_type = "";
    rows.back().response_schema = "";
}

}  // namespace

std::vector<Route> flag_routes(const Parts& parts) {
    auto& service = parts.flags;
    const auto with = [&service](Handler handler) {
        return [&service, handler](const Call& call) { return handler(service, call); };
    };
    const std::string tag = "Flags", json = "application/json", schema(kFlagSchema);
    using enum http::Realm;
    using enum http::Work;
    std::vector<Route> rows = {
        {.method = Method::kPut,
         .pattern = "/api/v1/flags/{key}",
         .operation = "put_flag",
         .summary = "Create or replace a flag",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(put),
         .scope = "flags:write",
         .environments = true,
         .request_type = json,
         .body_limit = 65536,
         .json_depth = flags::kMaxRuleJsonDepth,
         .request_schema = std::string(kDefinitionSchema),
         .creates = true,
         .response_schema = schema,
         .parameters = with_comment(kIfMatchParameter)},
        {.method = Method::kGet,
         .pattern = "/api/v1/flags",
         .operation = "list_flags",
         .summary = "List flags",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = [&parts](const Call& call) { return list_flags(parts, call); },
         .scope = "flags:read",
         .environments = true,
         .response_schema = page_schema(kFlagSchema),
         .parameters = std::string(kFlagListParameters)},
        {.method = Method::kGet,
         .pattern = "/api/v1/flags/{key}",
         .operation = "get_flag",
         .summary = "Read a flag",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(get),
         .scope = "flags:read",
         .environments = true,
         .response_schema = schema},
        {.method = Method::kDelete,
         .pattern = "/api/v1/flags/{key}",
         .operation = "delete_flag",
         .summary = "Remove a flag with its overrides",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(remove),
         .scope = "flags:write",
         .environments = true,
         .success = 204,
         .response_type = "",
         .parameters = with_comment(kIfMatchParameter)},
        {.method = Method::kPost,
         .pattern = "/api/v1/flags/import",
         .operation = "import_flags",
         .summary = "Import a flagd document, all or nothing",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(import),
         .scope = "flags:write",
         .environments = true,
         .request_type = json,
         .body_limit = 8388608,
         .json_depth = flags::kMaxRuleJsonDepth,
         .request_schema = std::string(kImportSchema),
         .response_schema = std::string(kImportedSchema),
         .parameters = with_comment(kImportParameters)},
        {.method = Method::kGet,
         .pattern = "/api/v1/flags/export",
         .operation = "export_flags",
         .summary = "Export the own flags and what they share as a flagd document, which import takes",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(export_all),
         .scope = "flags:read",
         .environments = true,
         .response_schema = std::string(kImportSchema)},
    };
    add_override_routes(rows, service,
                        {"tenant", "tenant", "the whole tenant", kTenant, kOverrideSchema, put_override,
                         get_override, remove_override});
    add_override_routes(rows, service,
                        {"users/{targeting_key}", "user", "one user", kTenant, kOverrideSchema, put_override,
                         get_override, remove_override});
    add_override_routes(rows, service,
                        {"plans/{plan}", "plan", "all tenants of a plan", kPlatform, kPlanOverrideSchema,
                         put_plan_override, get_plan_override, remove_plan_override});
    return rows;
}

}  // namespace mortise::api
