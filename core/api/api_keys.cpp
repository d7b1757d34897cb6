// /api/v1/api-keys: credentials of programs.
#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/identity/api_key_service.hpp"
#include "core/identity/words.hpp"
#include "core/storage/database.hpp"

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
using identity::ApiKey;
using identity::ApiKeyService;
using Json = nlohmann::ordered_json;

constexpr std::string_view kKeySchema = R"({
  "type": "object",
  "required": ["id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"],
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "name": {"type": "string"},
    "prefix": {"type": "string", "description": "The part of the key that may be shown."},
    "scopes": {"type": "array", "items": {"type": "string"}},
    "created_at": {"type": "string", "format": "date-time"},
    "expires_at": {"type": ["string", "null"], "format": "date-time"},
    "last_used_at": {"type": ["string", "null"], "format": "date-time"},
    "revoked_at": {"type": ["string", "null"], "format": "date-time"}}})";

constexpr std::string_view kCreatedSchema = R"({
  "type": "object", "required": ["id", "key", "name", "scopes"],
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "key": {"type": "string", "description": "Shown this once."},
    "name": {"type": "string"},
    "scopes": {"type": "array", "items": {"type": "string"}},
    "expires_at": {"type": ["string", "null"], "format": "date-time"}}})";

constexpr std::string_view kNewKeySchema = R"({
  "type": "object", "required": ["name", "scopes"], "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 100},
    "scopes": {"type": "array", "minItems": 1, "maxItems": 64, "items": {"type": "string"}},
    "expires_at": {"type": ["string", "null"], "format": "date-time", "description": "Null: never."}}})";

Json time_json(const std::optional<base::Micros>& time) {
    return time ? Json(base::format_rfc3339(*time)) : Json();
}

Json to_json(const ApiKey& key) {
    return {{"id", key.id.to_string()},
            {"name", key.name},
            {"prefix", key.prefix},
            {"scopes", identity::split_words(key.scopes)},
            {"created_at", base::format_rfc3339(key.created_at)},
            {"expires_at", time_json(key.expires_at)},
            {"last_used_at", time_json(key.last_used_at)},
            {"revoked_at", time_json(key.revoked_at)}};
}

Result<base::Uuid> key_id(const Call& call) {
    const auto id = base::Uuid::parse(call.parameter("id"));
    if (!id) return Error{ErrorKind::kNotFound, "api_key_not_found", "There is no API key with this id."};
    return *id;
}

Result<Response> create(ApiKeyService& keys, const Call& call) {
    BodyReader body(call.request.body);
    const identity::NewApiKey wanted{body.text("name"), body.texts("scopes"),
                                     body.optional_time("expires_at")};
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const auto created, keys.create(call.context, *call.unit, wanted));
    return json_answer(201, Json{{"id", created.key.id.to_string()},
                                 {"key", created.secret},
                                 {"name", created.key.name},
                                 {"scopes", identity::split_words(created.key.scopes)},
                                 {"expires_at", time_json(created.key.expires_at)}});
}

Result<Response> list(ApiKeyService& keys, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto request, page_request(call));
    MORTISE_TRY_ASSIGN(const auto page, keys.list(call.context, *call.unit, request));
    return page_answer(page, [](const auto& item) { return to_json(item); });
}

Result<Response> get(ApiKeyService& keys, const Call& call) {
    MORTISE_TRY_ASSIGN(const base::Uuid id, key_id(call));
    MORTISE_TRY_ASSIGN(const ApiKey key, keys.get(call.context, *call.unit, id));
    return json_answer(200, to_json(key));
}

Result<Response> revoke(ApiKeyService& keys, const Call& call) {
    MORTISE_TRY_ASSIGN(const base::Uuid id, key_id(call));
    MORTISE_TRY(keys.revoke(call.context, *call.unit, id));
    return no_content();
}

}  // namespace

std::vector<Route> api_key_routes(const Parts& parts) {
    const auto with = [&keys = parts.api_keys](Result<Response> (*handler)(ApiKeyService&, const Call&)) {
        return [&keys, handler](const Call& call) { return handler(keys, call); };
    };
    const std::string tag = "API keys";
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kPost,
         .pattern = "/api/v1/api-keys",
         .operation = "create_api_key",
         .summary = "Create an API key; it is shown once",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(create),
         .scope = "api-keys:write",
         .request_type = "application/json",
         .body_limit = 65536,
         .request_schema = std::string(kNewKeySchema),
         .idempotency_key = true,
         .secret_answer = true,
         .success = 201,
         .response_schema = std::string(kCreatedSchema)},
        {.method = Method::kGet,
         .pattern = "/api/v1/api-keys",
         .operation = "list_api_keys",
         .summary = "List API keys",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(list),
         .scope = "api-keys:read",
         .response_schema = page_schema(kKeySchema),
         .parameters = std::string(kPageParameters)},
        {.method = Method::kGet,
         .pattern = "/api/v1/api-keys/{id}",
         .operation = "get_api_key",
         .summary = "Read an API key",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(get),
         .scope = "api-keys:read",
         .response_schema = std::string(kKeySchema)},
        {.method = Method::kDelete,
         .pattern = "/api/v1/api-keys/{id}",
         .operation = "revoke_api_key",
         .summary = "Revoke an API key, at once",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(revoke),
         .scope = "api-keys:write",
         .success = 204,
         .response_type = ""},
    };
}

}  // namespace mortise::api
