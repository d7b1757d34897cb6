// /api/v1/licenses: the installation's licence.
#include "core/api/answers.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/host/registry.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/licensing/licence_store.hpp"
#include "core/licensing/root_keys.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/trail.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using base::Status;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kLicenseSchema = R"({
  "type": "object",
  "required": ["state", "development", "id", "subject", "plan", "not_after", "days_left", "plugins", "features",
               "limits"],
  "properties": {
    "state": {"type": "string", "enum": ["valid", "grace", "limited", "unlicensed"]},
    "development": {"type": "boolean", "description": "Built with a development root: not for production."},
    "id": {"type": ["string", "null"]},
    "subject": {"type": ["string", "null"], "description": "Whom it was issued to."},
    "plan": {"type": ["string", "null"]},
    "not_after": {"type": ["string", "null"], "format": "date-time"},
    "days_left": {"type": ["integer", "null"]},
    "plugins": {"type": "array", "items": {"type": "string"}},
    "features": {"type": "array", "items": {"type": "string"}},
    "limits": {"type": "object", "additionalProperties": {"type": "integer"}}}})";

Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Response license_answer(int status, const licensing::Snapshot& licence) {
    Json plugins = Json::array();
    for (const auto& [id, may_write] : licence.plugins)
        plugins.push_back(id);
    return json_answer(
        status,
        Json{{"state", licensing::to_string(licence.state)},
             {"development", licensing::development_root()},
             {"id", text_or_null(licence.licence_id)},
             {"subject", text_or_null(licence.subject)},
             {"plan", text_or_null(licence.plan)},
             {"not_after", licence.not_after ? Json(base::format_rfc3339(*licence.not_after)) : Json()},
             {"days_left", licence.days_left ? Json(*licence.days_left) : Json()},
             {"plugins", std::move(plugins)},
             {"features", licence.features},
             {"limits", licence.limits}});
}

}  // namespace

std::vector<Route> license_routes(const Parts& parts) {
    auto& licence = parts.licence;
    const auto current = [&licence](const Call&) -> Result<Response> {
        return license_answer(200, *licence.snapshot());
    };
    const auto install = [&parts](const Call& call) -> Result<Response> {
        MORTISE_TRY(parts.licence_store.install(*call.unit, call.request.body));
        MORTISE_TRY(tenancy::record(call.context, *call.unit, parts.clock, "license.installed", "license"));
        return Response{.status = 201};
    };
    // What it allows is known when it is in force; and a plugin that it lets in can be loaded then.
    const auto installed = [&parts](const Call&, Response& response) -> Status {
        response = license_answer(201, *parts.licence.snapshot());
        parts.plugins.load_all();
        return parts.plugins_changed();
    };
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kPost,
         .pattern = "/api/v1/licenses",
         .operation = "install_license",
         .summary = "Install a licence token or bundle, at once",
         .tag = "Licence",
         .realm = kPlatform,
         .work = kCoreWrite,
         .handler = install,
         .scope = "licenses:write",
         .request_type = "text/plain, application/octet-stream",
         .body_limit = 1024UL * 1024,
         .request_schema = R"({"type": "string"})",
         .success = 201,
         .response_schema = std::string(kLicenseSchema),
         .after_commit = installed},
        {.method = Method::kGet,
         .pattern = "/api/v1/licenses/current",
         .operation = "get_license",
         .summary = "What the installed licence allows",
         .tag = "Licence",
         .realm = kEither,
         .work = kInline,
         .handler = current,
         .response_schema = std::string(kLicenseSchema)},
    };
}

}  // namespace mortise::api
