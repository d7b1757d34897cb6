// /api/v1/flags/{key}/…: what is done with a flag as a whole, and between environments.
#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/flag_json.hpp"
#include "core/api/flag_writes.hpp"
#include "core/api/resources.hpp"
#include "core/flags/flag_service.hpp"
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

constexpr std::string_view kKillSchema = R"({
  "type": "object", "required": ["reason"], "additionalProperties": false,
  "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 1000}}})";

constexpr std::string_view kPromoteSchema = R"({
  "type": "object", "required": ["from", "to"], "additionalProperties": false,
  "properties": {
    "from": {"type": "string", "description": "The environment whose definition is taken."},
    "to": {"type": "string", "description": "The environment that gets it."}}})";

Response flag_answer(const Flag& flag, const Call& call) {
    return json_answer(200, flag_json(flag, call.context), flag.version);
}

Result<Response> kill(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    BodyReader body(call.request.body);
    const std::string reason = body.text("reason");
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const auto flag,
                       service.kill(context, *call.unit, call.parameter("key"), reason, version));
    return flag_answer(flag, call);
}

Result<Response> revive(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY(service.revive(context, *call.unit, call.parameter("key"), version));
    return no_content();
}

Result<Response> archive(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY_ASSIGN(const auto flag, service.archive(context, *call.unit, call.parameter("key"), version));
    return flag_answer(flag, call);
}

Result<Response> unarchive(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY_ASSIGN(const auto flag,
                       service.unarchive(context, *call.unit, call.parameter("key"), version));
    return flag_answer(flag, call);
}

Result<Response> promote(FlagService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    BodyReader body(call.request.body);
    const std::string from = body.text("from"), to = body.text("to");
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const auto put,
                       service.promote(context, *call.unit, call.parameter("key"), from, to, version));
    return flag_answer(put.flag, call);
}

using FlagHandler = Result<Response> (*)(FlagService&, const Call&);

}  // namespace

std::vector<Route> flag_state_routes(const Parts& parts) {
    auto& service = parts.flags;
    std::vector<Route> rows;
    const auto row = [&](Method method, const std::string& what, const std::string& operation,
                         const std::string& summary, FlagHandler handler) -> Route& {
        Route route;
        route.method = method;
        route.pattern = "/api/v1/flags/{key}/" + what;
        route.operation = operation;
        route.summary = summary;
        route.tag = "Flags";
        route.realm = http::Realm::kEither;
        route.work = http::Work::kCoreWrite;
        route.handler = [&service, handler](const Call& call) { return handler(service, call); };
        route.scope = "flags:write";
        route.environments = true;
        route.response_schema = std::string(kFlagSchema);
        route.parameters = with_comment(kIfMatchParameter);
        rows.push_back(std::move(route));
        return rows.back();
    };
    auto& kill_row =
        row(Method::kPut, "kill-switch", "kill_flag", "Switch a flag off in all environments at once", kill);
    kill_row.request_type = "application/json";
    kill_row.request_schema = std::string(kKillSchema);
    auto& revive_row =
        row(Method::kDelete, "kill-switch", "revive_flag", "Take back that a flag was switched off", revive);
    revive_row.success = 204;
    revive_row.response_type = "";
    revive_row.response_schema = "";
    row(Method::kPost, "archive", "archive_flag", "Archive a flag: nobody gets it, its key stays taken",
        archive);
    row(Method::kPost, "unarchive", "unarchive_flag", "Take a flag out of the archive", unarchive);
    auto& promote_row = row(Method::kPost, "promote", "promote_flag",
                            "Give one environment the definition of another one", promote);
    promote_row.environments = false;
    promote_row.request_type = "application/json";
    promote_row.request_schema = std::string(kPromoteSchema);
    return rows;
}

}  // namespace mortise::api
