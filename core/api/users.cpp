// /api/v1/users: the users of a tenant, or of the platform.
#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/identity/user_service.hpp"
#include "core/storage/database.hpp"

#include <any>

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
using identity::User;
using identity::UserService;
using Json = nlohmann::ordered_json;

constexpr std::string_view kUserSchema = R"({
  "type": "object", "required": ["id", "email", "roles", "state", "created_at", "updated_at"],
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "email": {"type": "string", "format": "email"},
    "roles": {"type": "array", "items": {"type": "string"}},
    "state": {"type": "string", "enum": ["active", "disabled"]},
    "created_at": {"type": "string", "format": "date-time"},
    "updated_at": {"type": "string", "format": "date-time"}}})";

constexpr std::string_view kNewUserSchema = R"({
  "type": "object", "required": ["email", "password", "roles"], "additionalProperties": false,
  "properties": {
    "email": {"type": "string", "format": "email", "maxLength": 254},
    "password": {"type": "string", "minLength": 12, "maxLength": 1024},
    "roles": {"type": "array", "minItems": 1, "maxItems": 16, "items": {"type": "string"},
      "description": "Inside a tenant: tenant_admin, editor, viewer. Of the platform: platform_admin."}}})";

constexpr std::string_view kUserPatchSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "roles": {"type": "array", "minItems": 1, "maxItems": 16, "items": {"type": "string"}},
    "state": {"type": "string", "enum": ["active", "disabled"]}}})";

Json to_json(const User& user) {
    return {{"id", user.id.to_string()},
            {"email", user.email},
            {"roles", user.roles},
            {"state", identity::to_string(user.state)},
            {"created_at", base::format_rfc3339(user.created_at)},
            {"updated_at", base::format_rfc3339(user.updated_at)}};
}

// What is no UUID names nobody.
Result<base::Uuid> user_id(const Call& call) {
    const auto id = base::Uuid::parse(call.parameter("id"));
    if (!id) return Error{ErrorKind::kNotFound, "user_not_found", "There is no user with this id."};
    return *id;
}

// Hashing takes tens of milliseconds, so it is done before the unit is opened and anybody waits for it.
Result<std::any> prepare(UserService& users, const Call& call) {
    BodyReader body(call.request.body);
    const std::string email = body.text("email"), password = body.text("password");
    auto roles = body.texts("roles");
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(auto prepared, users.prepare(call.context, email, password, std::move(roles)));
    return std::any(std::move(prepared));
}

Result<Response> create(UserService& users, const Call& call) {
    const auto& prepared = std::any_cast<const identity::PreparedUser&>(call.prepared);
    MORTISE_TRY_ASSIGN(const User user, users.create(call.context, *call.unit, prepared));
    Response response = json_answer(201, to_json(user), user.version);
    response.headers.emplace_back("Location", "/api/v1/users/" + user.id.to_string());
    return response;
}

Result<Response> list(UserService& users, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto request, page_request(call));
    MORTISE_TRY_ASSIGN(const auto page, users.list(call.context, *call.unit, request));
    return page_answer(page, [](const auto& item) { return to_json(item); });
}

Result<Response> get(UserService& users, const Call& call) {
    MORTISE_TRY_ASSIGN(const base::Uuid id, user_id(call));
    MORTISE_TRY_ASSIGN(const User user, users.get(call.context, *call.unit, id));
    return json_answer(200, to_json(user), user.version);
}

Result<Response> update(UserService& users, const Call& call) {
    MORTISE_TRY_ASSIGN(const base::Uuid id, user_id(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, true));
    BodyReader body(call.request.body);
    identity::UserPatch patch{body.changed_texts("roles"), std::nullopt};
    const auto state = body.changed_text("state");
    MORTISE_TRY(body.finish());
    if (state && *state != "active" && *state != "disabled")
        return Error{ErrorKind::kInvalid,
                     "invalid_user",
                     "The user has faults; see `errors`.",
                     {},
                     {{"/state", "unknown_state", "The state is active or disabled."}}};
    if (state)
        patch.state = *state == "active" ? identity::UserState::kActive : identity::UserState::kDisabled;
    MORTISE_TRY_ASSIGN(const User user, users.update(call.context, *call.unit, id, patch, version));
    return json_answer(200, to_json(user), user.version);
}

}  // namespace

std::vector<Route> user_routes(const Parts& parts) {
    const auto with = [&users = parts.users](Result<Response> (*handler)(UserService&, const Call&)) {
        return [&users, handler](const Call& call) { return handler(users, call); };
    };
    const std::string tag = "Users", schema(kUserSchema);
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kPost,
         .pattern = "/api/v1/users",
         .operation = "create_user",
         .summary = "Create a user",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(create),
         .scope = "users:write",
         .request_type = "application/json",
         .body_limit = 65536,
         .request_schema = std::string(kNewUserSchema),
         .idempotency_key = true,
         .success = 201,
         .response_schema = schema,
         .hashes_password = true,
         .prepare = [&users = parts.users](const Call& call) { return prepare(users, call); }},
        {.method = Method::kGet,
         .pattern = "/api/v1/users",
         .operation = "list_users",
         .summary = "List users",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(list),
         .scope = "users:read",
         .response_schema = page_schema(kUserSchema),
         .parameters = std::string(kPageParameters)},
        {.method = Method::kGet,
         .pattern = "/api/v1/users/{id}",
         .operation = "get_user",
         .summary = "Read a user",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(get),
         .scope = "users:read",
         .response_schema = schema},
        {.method = Method::kPatch,
         .pattern = "/api/v1/users/{id}",
         .operation = "update_user",
         .summary = "Change a user's roles or state; it ends the user's sessions",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(update),
         .scope = "users:write",
         .request_type = "application/merge-patch+json, application/json",
         .body_limit = 65536,
         .request_schema = std::string(kUserPatchSchema),
         .response_schema = schema,
         .parameters = std::string(kIfMatchRequired)},
    };
}

}  // namespace mortise::api
