// /api/v1/flag-set: what the flags of a tenant, or of the platform, share.
#include "core/api/answers.hpp"
#include "core/api/flag_writes.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/flags/compiler.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/set_definition.hpp"
#include "core/storage/database.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using flags::FlagService;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kNewSetSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "fractional": {"type": "string", "enum": ["v2", "v3"], "default": "v2",
      "description": "How fractional hashes: as flagd does today, or by deterministic CBOR."},
    "metadata": {"type": "object", "description": "Below the metadata of each flag."},
    "$evaluators": {"type": "object", "description": "Rules by name, which flags refer to by $ref."}}})";

constexpr std::string_view kSetSchema = R"({
  "type": "object", "required": ["fractional", "metadata", "$evaluators", "environment", "updated_at"],
  "properties": {
    "fractional": {"type": "string"},
    "metadata": {"type": "object"},
    "$evaluators": {"type": "object"},
    "environment": {"type": "string", "description": "Whose it is: the one asked for, or production."},
    "updated_at": {"type": ["string", "null"], "format": "date-time", "description": "Null: never set."}}})";

Response set_answer(const flags::StoredSet& set) {
    Json body = Json::parse(set.definition, nullptr, false);
    if (!body.is_object()) body = Json::parse(flags::SetDefinition().to_json());  // it can't be read
    body["environment"] = set.environment;
    body["updated_at"] = set.version == 0 ? Json() : Json(base::format_rfc3339(set.updated_at));
    return json_answer(200, body, set.version);
}

Result<Response> get_set(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto set, service.get_set(call.context, *call.unit));
    return set_answer(set);
}

Result<Response> put_set(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto set, service.put_set(context, *call.unit, call.request.body, version));
    return set_answer(set);
}

Result<Response> remove_set(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY(service.remove_set(context, *call.unit, version));
    return no_content();
}

}  // namespace

std::vector<Route> flag_set_routes(const Parts& parts) {
    auto& service = parts.flags;
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kGet,
         .pattern = "/api/v1/flag-set",
         .operation = "get_flag_set",
         .summary = "Read what all flags share",
         .tag = "Flags",
         .realm = kEither,
         .work = kCoreRead,
         .handler = [&service](const Call& call) { return get_set(service, call); },
         .scope = "flags:read",
         .environments = true,
         .response_schema = std::string(kSetSchema)},
        {.method = Method::kPut,
         .pattern = "/api/v1/flag-set",
         .operation = "put_flag_set",
         .summary = "Replace what all flags share",
         .tag = "Flags",
         .realm = kEither,
         .work = kCoreWrite,
         .handler = [&service](const Call& call) { return put_set(service, call); },
         .scope = "flags:write",
         .environments = true,
         .request_type = "application/json",
         .body_limit = 1048576,
         .json_depth = flags::kMaxRuleJsonDepth,
         .request_schema = std::string(kNewSetSchema),
         .response_schema = std::string(kSetSchema),
         .parameters = with_comment(kIfMatchParameter)},
        {.method = Method::kDelete,
         .pattern = "/api/v1/flag-set",
         .operation = "delete_flag_set",
         .summary = "Remove what all flags share: of an environment, so that it has what production has",
         .tag = "Flags",
         .realm = kEither,
         .work = kCoreWrite,
         .handler = [&service](const Call& call) { return remove_set(service, call); },
         .scope = "flags:write",
         .environments = true,
         .success = 204,
         .response_type = "",
         .parameters = with_comment(kIfMatchParameter)},
    };
}

}  // namespace mortise::api
