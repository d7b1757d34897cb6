// /api/v1/tenants: the platform's tenants.
#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/tenancy/tenant_service.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using base::Status;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using tenancy::Tenant;
using tenancy::TenantService;
using Json = nlohmann::ordered_json;

constexpr std::string_view kTenantSchema = R"({
  "type": "object",
  "required": ["id", "slug", "name", "plan", "state", "created_at", "updated_at", "exported_at"],
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "slug": {"type": "string", "pattern": "^[a-z][a-z0-9-]{1,62}$"},
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "plan": {"type": "string"},
    "state": {"type": "string", "enum": ["creating", "active", "suspended", "deleting"]},
    "created_at": {"type": "string", "format": "date-time"},
    "updated_at": {"type": "string", "format": "date-time"},
    "exported_at": {"type": ["string", "null"], "format": "date-time"}}})";

constexpr std::string_view kNewTenantSchema = R"({
  "type": "object", "required": ["slug", "name"], "additionalProperties": false,
  "properties": {
    "slug": {"type": "string", "pattern": "^[a-z][a-z0-9-]{1,62}$"},
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "plan": {"type": ["string", "null"], "default": "standard"}}})";

constexpr std::string_view kTenantPatchSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "plan": {"type": "string"}}})";

constexpr std::string_view kExportSchema = R"({
  "type": "object", "required": ["folder", "completed_at"],
  "properties": {
    "folder": {"type": "string", "description": "On the server, with tenant.db and core.json."},
    "completed_at": {"type": "string", "format": "date-time"}}})";

Json to_json(const Tenant& tenant) {
    return {{"id", tenant.id.to_string()},
            {"slug", tenant.slug},
            {"name", tenant.name},
            {"plan", tenant.plan},
            {"state", tenancy::to_string(tenant.state)},
            {"created_at", base::format_rfc3339(tenant.created_at)},
            {"updated_at", base::format_rfc3339(tenant.updated_at)},
            {"exported_at", tenant.exported_at ? Json(base::format_rfc3339(*tenant.exported_at)) : Json()}};
}

Response tenant_answer(int status, const Tenant& tenant) {
    return json_answer(status, to_json(tenant), tenant.version);
}

Result<Response> create(TenantService& tenants, const Call& call) {
    BodyReader body(call.request.body);
    const tenancy::NewTenant wanted{body.text("slug"), body.text("name"),
                                    body.optional_text("plan").value_or("standard")};
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(Tenant tenant, tenants.begin_creation(call.context, *call.unit, wanted));
    // Answered, and kept for a repetition, as it will be when finish_creation is done with it.
    tenant.state = tenancy::TenantState::kActive;
    ++tenant.version;
    Response response = tenant_answer(201, tenant);
    response.headers.emplace_back("Location", "/api/v1/tenants/" + tenant.slug);
    return response;
}

// The row stands; now the tenant gets what it needs, and is active when the client hears of it. A repetition
// comes here as well: it may overtake the first, or find the tenant changed or gone.
Status finish_creation(TenantService& tenants, Response& response) {
    Json body = Json::parse(response.body);
    const auto made = tenants.finish_creation(base::Uuid::parse(body.value("id", "")).value_or(base::Uuid()));
    if (made.ok() || made.error().code == "tenant_not_found") return {};
    body["state"] = tenancy::to_string(tenancy::TenantState::kCreating);
    response.body = body.dump();
    std::erase_if(response.headers, [](const auto& field) { return field.first == "ETag"; });
    return made.error();
}

Result<Response> list(TenantService& tenants, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto request, page_request(call));
    MORTISE_TRY_ASSIGN(const auto page, tenants.list(*call.unit, request));
    return page_answer(page, [](const auto& item) { return to_json(item); });
}

Result<Response> get(TenantService& tenants, const Call& call) {
    MORTISE_TRY_ASSIGN(const Tenant tenant, tenants.get(*call.unit, call.parameter("slug")));
    return tenant_answer(200, tenant);
}

Result<Response> update(TenantService& tenants, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, true));
    BodyReader body(call.request.body);
    const tenancy::TenantPatch patch{body.changed_text("name"), body.changed_text("plan")};
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const Tenant tenant,
                       tenants.update(call.context, *call.unit, call.parameter("slug"), patch, version));
    return tenant_answer(200, tenant);
}

using ChangeState = Result<Tenant> (TenantService::*)(const base::RequestContext&, storage::Unit&,
                                                      std::string_view, const tenancy::IfMatch&);

http::RouteHandler change_state(TenantService& tenants, ChangeState change) {
    return [&tenants, change](const Call& call) -> Result<Response> {
        MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
        MORTISE_TRY_ASSIGN(const Tenant tenant,
                           (tenants.*change)(call.context, *call.unit, call.parameter("slug"), version));
        return tenant_answer(200, tenant);
    };
}

Result<Response> export_tenant(TenantService& tenants, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto done, tenants.export_tenant(call.context, call.parameter("slug")));
    return json_answer(200, Json{{"folder", done.folder.string()},
                                 {"completed_at", base::format_rfc3339(done.completed_at)}});
}

Result<Response> remove(TenantService& tenants, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY(tenants.remove(call.context, call.parameter("slug"), version));
    return no_content();
}

}  // namespace

std::vector<Route> tenant_routes(const Parts& parts) {
    auto& tenants = parts.tenants;
    const auto with = [&tenants](Result<Response> (*handler)(TenantService&, const Call&)) {
        return [&tenants, handler](const Call& call) { return handler(tenants, call); };
    };
    const std::string tag = "Tenants", schema(kTenantSchema), json = "application/json";
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kPost,
         .pattern = "/api/v1/tenants",
         .operation = "create_tenant",
         .summary = "Create a tenant",
         .tag = tag,
         .realm = kPlatform,
         .work = kCoreWrite,
         .handler = with(create),
         .scope = "tenants:write",
         .request_type = json,
         .request_schema = std::string(kNewTenantSchema),
         .idempotency_key = true,
         .success = 201,
         .response_schema = schema,
         .after_commit = [&tenants](const Call&,
                                    Response& response) { return finish_creation(tenants, response); }},
        {.method = Method::kGet,
         .pattern = "/api/v1/tenants",
         .operation = "list_tenants",
         .summary = "List tenants",
         .tag = tag,
         .realm = kPlatform,
         .work = kCoreRead,
         .handler = with(list),
         .scope = "tenants:read",
         .response_schema = page_schema(kTenantSchema),
         .parameters = std::string(kPageParameters)},
        {.method = Method::kGet,
         .pattern = "/api/v1/tenants/{slug}",
         .operation = "get_tenant",
         .summary = "Read a tenant",
         .tag = tag,
         .realm = kPlatform,
         .work = kCoreRead,
         .handler = with(get),
         .scope = "tenants:read",
         .response_schema = schema},
        {.method = Method::kPatch,
         .pattern = "/api/v1/tenants/{slug}",
         .operation = "update_tenant",
         .summary = "Change a tenant's name or plan",
         .tag = tag,
         .realm = kPlatform,
         .work = kCoreWrite,
         .handler = with(update),
         .scope = "tenants:write",
         .request_type = "application/merge-patch+json, application/json",
         .request_schema = std::string(kTenantPatchSchema),
         .response_schema = schema,
         .parameters = std::string(kIfMatchRequired)},
        {.method = Method::kPost,
         .pattern = "/api/v1/tenants/{slug}/suspend",
         .operation = "suspend_tenant",
         .summary = "Refuse a tenant's requests until it is resumed",
         .tag = tag,
         .realm = kPlatform,
         .work = kCoreWrite,
         .handler = change_state(tenants, &TenantService::suspend),
         .scope = "tenants:write",
         .response_schema = schema,
         .parameters = std::string(kIfMatchParameter)},
        {.method = Method::kPost,
         .pattern = "/api/v1/tenants/{slug}/resume",
         .operation = "resume_tenant",
         .summary = "Let a suspended tenant work again",
         .tag = tag,
         .realm = kPlatform,
         .work = kCoreWrite,
         .handler = change_state(tenants, &TenantService::resume),
         .scope = "tenants:write",
         .response_schema = schema,
         .parameters = std::string(kIfMatchParameter)},
        {.method = Method::kPost,
         .pattern = "/api/v1/tenants/{slug}/export",
         .operation = "export_tenant",
         .summary = "Write all that a tenant has to a folder on the server",
         .tag = tag,
         .realm = kPlatform,
         .work = kPool,
         .handler = with(export_tenant),
         .scope = "tenants:write",
         .response_schema = std::string(kExportSchema)},
        {.method = Method::kDelete,
         .pattern = "/api/v1/tenants/{slug}",
         .operation = "delete_tenant",
         .summary = "Remove a tenant for good; it must have been exported",
         .tag = tag,
         .realm = kPlatform,
         .work = kPool,
         .handler = with(remove),
         .scope = "tenants:write",
         .success = 204,
         .response_type = "",
         .parameters = std::string(kIfMatchParameter)},
    };
}

}  // namespace mortise::api
