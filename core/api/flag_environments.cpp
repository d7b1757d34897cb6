// /api/v1/flag-environments: production and the others in which flags are prepared.
#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/flags/environment_service.hpp"
#include "core/storage/database.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using flags::Environment;
using flags::EnvironmentService;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kEnvironmentSchema = R"({
  "type": "object",
  "required": ["name", "description", "approvals_required", "built_in", "created_at", "updated_at"],
  "properties": {
    "name": {"type": "string"},
    "description": {"type": "string"},
    "approvals_required": {"type": "integer", "minimum": 0, "maximum": 10,
      "description": "Of a change of the caller's own flags there."},
    "built_in": {"type": "boolean"},
    "created_at": {"type": ["string", "null"], "format": "date-time"},
    "updated_at": {"type": ["string", "null"], "format": "date-time"}}})";

constexpr std::string_view kNewEnvironmentSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "description": {"type": ["string", "null"], "maxLength": 1000},
    "approvals_required": {"type": ["integer", "null"], "minimum": 0, "maximum": 10}}})";

Json time_or_null(base::Micros time) {
    return time == 0 ? Json() : Json(base::format_rfc3339(time));
}

Json environment_json(const Environment& environment) {
    return {{"name", environment.name},
            {"description", environment.description},
            {"approvals_required", environment.approvals_required},
            {"built_in", environment.built_in},
            {"created_at", time_or_null(environment.created_at)},
            {"updated_at", time_or_null(environment.updated_at)}};
}

Result<Response> list_environments(EnvironmentService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto all, service.list(call.context, *call.unit));
    std::map<std::string, Json> rows;
    for (const auto& environment : all)
        rows.emplace(environment.name, environment_json(environment));
    return page_of_all(call, std::move(rows));
}

Result<Response> get_environment(EnvironmentService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto found, service.get(call.context, *call.unit, call.parameter("name")));
    return json_answer(200, environment_json(found), found.version);
}

Result<Response> put_environment(EnvironmentService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    BodyReader body(call.request.body);
    EnvironmentService::Wanted wanted;
    wanted.description = body.optional_text("description").value_or("");
    wanted.approvals_required =
        body.optional_integer("approvals_required", 0, flags::kMaxApprovalsRequired).value_or(0);
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const auto put,
                       service.put(call.context, *call.unit, call.parameter("name"), wanted, version));
    return json_answer(put.created ? 201 : 200, environment_json(put.environment), put.environment.version);
}

Result<Response> remove_environment(EnvironmentService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY(service.remove(call.context, *call.unit, call.parameter("name"), version));
    return no_content();
}

}  // namespace

std::vector<Route> flag_environment_routes(const Parts& parts) {
    auto& service = parts.flag_environments;
    const auto with = [&service](auto handler) {
        return [&service, handler](const Call& call) { return handler(service, call); };
    };
    const std::string tag = "Flags", schema(kEnvironmentSchema), path = "/api/v1/flag-environments";
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kGet,
         .pattern = path,
         .operation = "list_flag_environments",
         .summary = "List the environments of flags",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(list_environments),
         .scope = "flags:read",
         .response_schema = page_schema(kEnvironmentSchema),
         .parameters = std::string(kPageParameters)},
        {.method = Method::kGet,
         .pattern = path + "/{name}",
         .operation = "get_flag_environment",
         .summary = "Read an environment",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(get_environment),
         .scope = "flags:read",
         .response_schema = schema},
        {.method = Method::kPut,
         .pattern = path + "/{name}",
         .operation = "put_flag_environment",
         .summary = "Make an environment, or say what its changes need",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(put_environment),
         .scope = "flags:write",
         .request_type = "application/json",
         .request_schema = std::string(kNewEnvironmentSchema),
         .creates = true,
         .response_schema = schema,
         .parameters = std::string(kIfMatchParameter)},
        {.method = Method::kDelete,
         .pattern = path + "/{name}",
         .operation = "delete_flag_environment",
         .summary = "Remove an environment with all that is in it",
         .tag = tag,
         .realm = kPlatform,
         .work = kCoreWrite,
         .handler = with(remove_environment),
         .scope = "flags:write",
         .success = 204,
         .response_type = "",
         .parameters = std::string(kIfMatchParameter)},
    };
}

}  // namespace mortise::api
