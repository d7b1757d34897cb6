// /api/v1/licenses: the installation's licence.
#include "core/api/answers.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/identity/user_repository.hpp"
#include "core/licensing/activation.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/licensing/licence_store.hpp"
#include "core/licensing/nodes.hpp"
#include "core/licensing/root_keys.hpp"
#include "core/licensing/seats.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/meters.hpp"
#include "core/tenancy/tenant_repository.hpp"
#include "core/tenancy/trail.hpp"
#include "core/tenancy/usage_repository.hpp"

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

constexpr std::size_t kMaxUpload = 64UL * 1024 * 1024;  // a bundle with a long revocation list

constexpr std::string_view kLicenseSchema = R"({
  "type": "object",
  "required": ["state", "reason", "development", "id", "subject", "plan", "model", "not_after", "grace_until",
               "maintained_until", "days_left", "plugins", "plugin_access", "features", "limits", "usage", "upcoming"],
  "properties": {
    "state": {"type": "string", "enum": ["valid", "grace", "limited", "unlicensed"]},
    "reason": {"type": ["string", "null"], "description": "Why it isn't valid, such as ended or revoked."},
    "development": {"type": "boolean", "description": "Built with a development root: not for production."},
    "id": {"type": ["string", "null"]},
    "subject": {"type": ["string", "null"], "description": "Whom it was issued to."},
    "plan": {"type": ["string", "null"]},
    "model": {"type": ["string", "null"], "description": "subscription, trial or perpetual."},
    "not_after": {"type": ["string", "null"], "format": "date-time"},
    "grace_until": {"type": ["string", "null"], "format": "date-time"},
    "maintained_until": {"type": ["string", "null"], "format": "date-time"},
    "days_left": {"type": ["integer", "null"]},
    "plugins": {"type": "array", "items": {"type": "string"}},
    "plugin_access": {"type": "object", "additionalProperties": {
      "type": "object", "required": ["access", "reason", "ends_at"],
      "properties": {"access": {"type": "string", "enum": ["none", "read", "full"]},
                     "reason": {"type": ["string", "null"]},
                     "ends_at": {"type": ["string", "null"], "format": "date-time"}}}},
    "features": {"type": "array", "items": {"type": "string"}},
    "limits": {"type": "object", "additionalProperties": {"type": "integer"}},
    "usage": {"type": "object", "description": "What is used of each limit.", "additionalProperties": {
      "type": "object", "required": ["used", "max", "kind", "soft"],
      "properties": {"used": {"type": ["integer", "null"]}, "max": {"type": "integer"},
                     "kind": {"type": "string", "enum": ["count", "seats", "meter"]},
                     "soft": {"type": "boolean"},
                     "since": {"type": "string", "format": "date", "description": "Of a meter: from this day on."}}}},
    "upcoming": {"type": ["object", "null"], "description": "A licence that waits for its beginning.",
      "properties": {"id": {"type": "string"}, "not_before": {"type": "string", "format": "date-time"}}}}})";

constexpr std::string_view kActivationRequestSchema = R"({
  "type": "object", "required": ["request"],
  "properties": {"request": {"type": "string", "description": "To be sent to the vendor, who answers with a bundle."}}})";

Json text_or_null(std::string_view text) {
    return text.empty() ? Json() : Json(text);
}

Json time_or_null(const std::optional<base::Micros>& time) {
    return time ? Json(base::format_rfc3339(*time)) : Json();
}

std::string_view to_string(licenses::Access access) noexcept {
    switch (access) {
        case licenses::Access::kNone:
            return "none";
        case licenses::Access::kRead:
            return "read";
        case licenses::Access::kFull:
            return "full";
    }
    return "none";
}

std::string day_text(tenancy::Day day) {
    return base::format_rfc3339(day * 86400 * base::kMicrosPerSecond).substr(0, 10);
}

// How much of a limit is used: in the caller's tenant, or for the platform in all. nullopt: nobody counts it.
class UsageCounter {
 public:
    UsageCounter(const Parts& parts, const Call& call) : parts_(parts), call_(call) {}

    Result<std::optional<std::int64_t>> used(std::string_view name, const licenses::Limit& limit,
                                             const tenancy::LimitRule& rule) {
        switch (limit.kind) {
            case licenses::LimitKind::kCount:
                return count_of(name);
            case licenses::LimitKind::kSeats:
                return wrap(parts_.seats.count(call_.context, *call_.unit, name));
            case licenses::LimitKind::kMeter:
                return wrap(tenancy::repository::usage_since(
                    *call_.unit, {name, rule.period, rule.since, call_.context.tenant}));
        }
        return std::optional<std::int64_t>();
    }

 private:
    static Result<std::optional<std::int64_t>> wrap(Result<std::int64_t> count) {
        if (!count.ok()) return std::move(count).error();
        return std::optional(*count);
    }
    Result<std::optional<std::int64_t>> count_of(std::string_view name) {
        storage::Unit& unit = *call_.unit;
        const bool all = call_.context.platform();
        if (name == "users")
            return wrap(all ? identity::repository::count_active(unit)
                            : identity::repository::count_active(unit, call_.context.tenant));
        if (name == "tenants" && all) return wrap(tenancy::repository::count(unit));
        if (name == "nodes" && all) {
            MORTISE_TRY_ASSIGN(const auto nodes, parts_.nodes.count(unit));
            return std::optional(static_cast<std::int64_t>(nodes));
        }
        return std::optional<std::int64_t>();
    }

    const Parts& parts_;
    const Call& call_;
};

Result<Json> usage_json(const Parts& parts, const Call& call, const licensing::Snapshot& licence) {
    Json usage = Json::object();
    UsageCounter counter(parts, call);
    for (const auto& [name, limit] : licence.limits) {
        const auto rule = parts.licence.limit(name, call.context.tenant_slug);
        if (!rule) continue;
        MORTISE_TRY_ASSIGN(const auto used, counter.used(name, limit, *rule));
        Json entry{{"used", used ? Json(*used) : Json()},
                   {"max", rule->of_tenant.value_or(rule->total)},
                   {"kind", licenses::to_string(limit.kind)},
                   {"soft", rule->soft}};
        if (limit.kind == licenses::LimitKind::kMeter) entry["since"] = day_text(rule->since);
        usage[name] = std::move(entry);
    }
    return usage;
}

Result<Json> license_json(const Parts& parts, const Call& call) {
    const auto licence = parts.licence.snapshot();
    Json plugins = Json::array(), access = Json::object(), limits = Json::object();
    for (const auto& [id, allowed] : licence->plugins) {
        if (allowed.access != licenses::Access::kNone) plugins.push_back(id);
        const auto ends =
            allowed.ends_at ? std::optional(*allowed.ends_at * base::kMicrosPerSecond) : std::nullopt;
        access[id] = {{"access", to_string(allowed.access)},
                      {"reason", text_or_null(licenses::to_string(allowed.reason))},
                      {"ends_at", time_or_null(ends)}};
    }
    for (const auto& [name, limit] : licence->limits)
        limits[name] = limit.max;
    MORTISE_TRY_ASSIGN(Json usage, usage_json(parts, call, *licence));
    return Json{{"state", licensing::to_string(licence->state)},
                {"reason", text_or_null(licenses::to_string(licence->reason))},
                {"development", licensing::development_root()},
                {"id", text_or_null(licence->licence_id)},
                {"subject", text_or_null(licence->subject)},
                {"plan", text_or_null(licence->plan)},
                {"model", text_or_null(licence->model)},
                {"not_after", time_or_null(licence->not_after)},
                {"grace_until", time_or_null(licence->grace_until)},
                {"maintained_until", time_or_null(licence->maintained_until)},
                {"days_left", licence->days_left ? Json(*licence->days_left) : Json()},
                {"plugins", std::move(plugins)},
                {"plugin_access", std::move(access)},
                {"features", licence->features},
                {"limits", std::move(limits)},
                {"usage", std::move(usage)},
                {"upcoming", licence->upcoming
                                 ? Json{{"id", licence->upcoming->licence_id},
                                        {"not_before", base::format_rfc3339(licence->upcoming->not_before)}}
                                 : Json()}};
}

Result<Response> current(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const Json body, license_json(parts, call));
    return json_answer(200, body);
}

Result<Response> install(const Parts& parts, const Call& call) {
    MORTISE_TRY(parts.licence_store.install(*call.unit, call.request.body));
    MORTISE_TRY(tenancy::record(call.context, *call.unit, parts.clock, "license.installed", "license"));
    return Response{.status = 201};
}

// What it allows is known when it is in force; and a plugin that it lets in can be loaded then.
Status installed(const Parts& parts, const Call& call, Response& response) {
    const Status followed = parts.licence_changed();
    MORTISE_TRY_ASSIGN(const auto unit,
                       parts.database.begin_core(storage::Access::kRead, call.context.deadline));
    Call after = call;
    after.unit = unit.get();
    MORTISE_TRY_ASSIGN(const Json body, license_json(parts, after));
    response = json_answer(201, body);
    return followed;
}

Result<Response> request_activation(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const std::string request,
                       licensing::activation_request(parts.licence, parts.installation, parts.machine,
                                                     parts.clock, call.request.body, parts.version));
    return json_answer(201, Json{{"request", request}});
}

// Three steps: what goes outside holds no unit of work.
Result<Response> activate(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const std::string request,
                       licensing::activation_request(parts.licence, parts.installation, parts.machine,
                                                     parts.clock, call.request.body, parts.version));
    MORTISE_TRY_ASSIGN(const std::string answer, parts.ask_vendor(request, call.context.deadline));
    const auto keep = [&](storage::Unit& unit) -> Status {
        MORTISE_TRY(parts.licence_store.install(unit, answer));
        return tenancy::record(call.context, unit, parts.clock, "license.activated", "license");
    };
    MORTISE_TRY(tenancy::run_core(parts.database, parts.clock, storage::Access::kWrite, keep));
    Response response;
    MORTISE_TRY(installed(parts, call, response));
    return response;
}

}  // namespace

std::vector<Route> license_routes(const Parts& parts) {
    const auto with = [&parts](Result<Response> (*handler)(const Parts&, const Call&)) {
        return [&parts, handler](const Call& call) { return handler(parts, call); };
    };
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kPost,
         .pattern = "/api/v1/licenses",
         .operation = "install_license",
         .summary = "Install a licence token, a bundle or an update, at once",
         .tag = "Licence",
         .realm = kPlatform,
         .work = kCoreWrite,
         .handler = with(install),
         .scope = "licenses:write",
         .request_type = "text/plain, application/octet-stream",
         .body_limit = kMaxUpload,
         .request_schema = R"({"type": "string"})",
         .success = 201,
         .response_schema = std::string(kLicenseSchema),
         .after_commit = [&parts](const Call& call,
                                  Response& response) { return installed(parts, call, response); }},
        {.method = Method::kGet,
         .pattern = "/api/v1/licenses/current",
         .operation = "get_license",
         .summary = "What the licence allows, when it ends, and what is used of it",
         .tag = "Licence",
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(current),
         .response_schema = std::string(kLicenseSchema)},
        {.method = Method::kPost,
         .pattern = "/api/v1/licenses/activation-requests",
         .operation = "request_activation",
         .summary = "Make a request to activate a licence here: the one in the body, or the installed one",
         .tag = "Licence",
         .realm = kPlatform,
         .work = kPool,
         .handler = with(request_activation),
         .scope = "licenses:write",
         .request_type = "text/plain, application/octet-stream",
         .optional_body = true,
         .body_limit = kMaxUpload,
         .request_schema = R"({"type": "string"})",
         .success = 201,
         .response_schema = std::string(kActivationRequestSchema)},
        {.method = Method::kPost,
         .pattern = "/api/v1/licenses/activations",
         .operation = "activate_license",
         .summary =
             "Activate a licence here by the vendor's service: the one in the body, or the installed one",
         .tag = "Licence",
         .realm = kPlatform,
         .work = kPool,
         .handler = with(activate),
         .scope = "licenses:write",
         .request_type = "text/plain, application/octet-stream",
         .optional_body = true,
         .body_limit = kMaxUpload,
         .request_schema = R"({"type": "string"})",
         .success = 201,
         .response_schema = std::string(kLicenseSchema)},
    };
}

}  // namespace mortise::api
