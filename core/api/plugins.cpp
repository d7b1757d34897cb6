// /api/v1/plugins: what is loaded, and which tenant has it.
#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/resources.hpp"
#include "core/host/plugin.hpp"
#include "core/host/registry.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/plugin_service.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kPluginSchema = R"({
  "type": "object", "required": ["id", "name", "version", "state", "licensed", "enabled"],
  "properties": {
    "id": {"type": "string"},
    "name": {"type": "string"},
    "summary": {"type": "string"},
    "version": {"type": ["string", "null"]},
    "state": {"type": "string", "enum": ["running", "restarting", "quarantined", "refused"]},
    "host": {"type": "string", "enum": ["in-process", "worker"], "description": "Where it runs."},
    "workers": {"type": ["object", "null"], "required": ["wanted", "serving"],
      "description": "Its processes: how many there are to be, and how many serve now; null in process.",
      "properties": {"wanted": {"type": "integer", "minimum": 1}, "serving": {"type": "integer", "minimum": 0}}},
    "code": {"type": "string", "description": "Why it is refused."},
    "detail": {"type": "string"},
    "licensed": {"type": "boolean"},
    "enabled": {"type": ["boolean", "null"], "description": "For the tenant; null outside of one."},
    "scopes": {"type": "array", "items": {"type": "object"}},
    "events": {"type": "array", "items": {"type": "string"}},
    "provides": {"type": "array", "description": "What other plugins may call.",
      "items": {"type": "object", "required": ["interface", "methods"], "properties": {
        "interface": {"type": "string"}, "methods": {"type": "array", "items": {"type": "string"}}}}},
    "calls": {"type": "array", "items": {"type": "string"},
      "description": "The interfaces of other plugins that it may call."}}})";

constexpr std::string_view kTenantPluginSchema = R"({
  "type": "object", "required": ["plugin", "tenant", "enabled", "settings"],
  "properties": {
    "plugin": {"type": "string"}, "tenant": {"type": "string"},
    "enabled": {"type": "boolean"}, "settings": {"type": "object"}}})";

constexpr std::string_view kPutSchema = R"({
  "type": "object", "required": ["enabled"], "additionalProperties": false,
  "properties": {"enabled": {"type": "boolean"}, "settings": {"type": ["object", "null"], "default": {}}}})";

Json plugin_json(const host::Plugin& plugin, const Parts& parts, const Call& call) {
    const host::Manifest& manifest = plugin.manifest();
    Json scopes = Json::array();
    for (const auto& scope : manifest.scopes)
        scopes.push_back({{"name", scope.name}, {"description", scope.description}});
    Json provides = Json::array();
    for (const auto& interface : manifest.provides)
        provides.push_back({{"interface", interface.id}, {"methods", interface.methods}});
    const bool inside = !call.context.platform();
    const auto workers = plugin.workers();
    return {
        {"id", manifest.id},
        {"name", manifest.name},
        {"summary", manifest.summary},
        {"version", manifest.version},
        {"state", host::to_string(plugin.state())},
        {"host", host::to_string(plugin.host())},
        {"workers", workers ? Json{{"wanted", workers->wanted}, {"serving", workers->serving}} : Json()},
        {"licensed", parts.licence.entitled_plugin(manifest.id).ok()},
        {"enabled",
         inside ? Json(parts.directory.read()->plugin_enabled(call.context.tenant, manifest.id)) : Json()},
        {"scopes", std::move(scopes)},
        {"events", manifest.events_published},
        {"provides", std::move(provides)},
        {"calls", manifest.calls}};
}

// What can't run; told to the platform, whose folder it is in.
Json refused_json(const host::RefusedPlugin& refused) {
    return {{"id", refused.folder},
            {"name", refused.folder},
            {"version", nullptr},
            {"state", "refused"},
            {"licensed", refused.code != "license_required"},
            {"enabled", nullptr},
            {"code", refused.code},
            {"detail", refused.detail}};
}

Result<std::shared_ptr<host::Plugin>> find(const Parts& parts, const Call& call) {
    const auto plugins = parts.plugins.running();
    const auto found = std::find_if(plugins.begin(), plugins.end(), [&](const auto& plugin) {
        return plugin->manifest().id == call.parameter("id");
    });
    if (found != plugins.end()) return *found;
    // One that is there and not licensed: say so to who may mend it.
    for (const host::RefusedPlugin& refused : parts.plugins.refused())
        if (refused.folder == call.parameter("id") && refused.code == "license_required")
            return Error{ErrorKind::kForbidden, refused.code, refused.detail};
    return Error{ErrorKind::kNotFound, "plugin_not_found", "There is no such plugin."};
}

Result<Response> list(const Parts& parts, const Call& call) {
    std::map<std::string, Json> all;
    for (const auto& plugin : parts.plugins.running())
        all.emplace(plugin->manifest().id, plugin_json(*plugin, parts, call));
    if (call.context.platform())
        for (const host::RefusedPlugin& refused : parts.plugins.refused())
            all.emplace(refused.folder + '~', refused_json(refused));  // behind one of its id that runs
    return page_of_all(call, std::move(all));
}

Result<Response> get(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto plugin, find(parts, call));
    return json_answer(200, plugin_json(*plugin, parts, call));
}

Response tenant_plugin_answer(const tenancy::TenantPlugin& row, const Call& call) {
    return json_answer(200,
                       Json{{"plugin", row.plugin},
                            {"tenant", call.parameter("slug")},
                            {"enabled", row.enabled},
                            {"settings", Json::parse(row.settings)}},
                       row.version);
}

// A tenant's administrator reaches that tenant alone; of others it is not told whether they exist.
Status own_tenant(const Call& call) {
    if (call.context.platform() || call.context.tenant_slug == call.parameter("slug")) return {};
    return Error{ErrorKind::kNotFound, "tenant_not_found", "There is no tenant of that slug."};
}

Result<Response> get_tenant(const Parts& parts, const Call& call) {
    MORTISE_TRY(own_tenant(call));
    MORTISE_TRY(find(parts, call));
    MORTISE_TRY_ASSIGN(const auto row,
                       parts.tenant_plugins.get(*call.unit, call.parameter("slug"), call.parameter("id")));
    return tenant_plugin_answer(row, call);
}

Result<Response> put_tenant(const Parts& parts, const Call& call) {
    MORTISE_TRY(own_tenant(call));
    MORTISE_TRY_ASSIGN(const auto plugin, find(parts, call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    BodyReader body(call.request.body);
    const bool enabled = body.boolean("enabled");
    const std::string settings = body.object_text("settings");
    MORTISE_TRY(body.finish());
    if (enabled) MORTISE_TRY(parts.licence.entitled_plugin(plugin->manifest().id));
    MORTISE_TRY(plugin->check_settings(settings));
    MORTISE_TRY_ASSIGN(const auto row,
                       parts.tenant_plugins.put(call.context, *call.unit, call.parameter("slug"),
                                                call.parameter("id"), enabled, settings, version));
    return tenant_plugin_answer(row, call);
}

Result<Response> reload(const Parts& parts, const Call& call) {
    MORTISE_TRY(parts.plugins.reload(call.parameter("id")));
    MORTISE_TRY(parts.plugins_changed());
    return get(parts, call);
}

}  // namespace

std::vector<Route> plugin_routes(const Parts& parts) {
    const auto with = [&parts](Result<Response> (*handler)(const Parts&, const Call&)) {
        return [&parts, handler](const Call& call) { return handler(parts, call); };
    };
    const std::string tag = "Plugins", schema(kPluginSchema), tenant_schema(kTenantPluginSchema);
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kGet,
         .pattern = "/api/v1/plugins",
         .operation = "list_plugins",
         .summary = "List the plugins that are loaded",
         .tag = tag,
         .realm = kEither,
         .work = kInline,
         .handler = with(list),
         .scope = "plugins:read",
         .response_schema = page_schema(kPluginSchema),
         .parameters = std::string(kPageParameters)},
        {.method = Method::kGet,
         .pattern = "/api/v1/plugins/{id}",
         .operation = "get_plugin",
         .summary = "Read a plugin",
         .tag = tag,
         .realm = kEither,
         .work = kInline,
         .handler = with(get),
         .scope = "plugins:read",
         .response_schema = schema},
        {.method = Method::kGet,
         .pattern = "/api/v1/plugins/{id}/tenants/{slug}",
         .operation = "get_plugin_of_tenant",
         .summary = "Whether a tenant has a plugin, and how it is set",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(get_tenant),
         .scope = "plugins:read",
         .response_schema = tenant_schema},
        {.method = Method::kPut,
         .pattern = "/api/v1/plugins/{id}/tenants/{slug}",
         .operation = "put_plugin_of_tenant",
         .summary = "Enable, disable and set a plugin for a tenant",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(put_tenant),
         .scope = "plugins:write",
         .request_type = "application/json",
         .body_limit = 131072,
         .request_schema = std::string(kPutSchema),
         .response_schema = tenant_schema,
         .parameters = std::string(kIfMatchParameter)},
        {.method = Method::kPost,
         .pattern = "/api/v1/plugins/{id}/reload",
         .operation = "reload_plugin",
         .summary = "Read a plugin's package again and swap its routes",
         .tag = tag,
         .realm = kPlatform,
         .work = kPool,
         .handler = with(reload),
         .scope = "plugins:reload",
         .response_schema = schema},
    };
}

}  // namespace mortise::api
