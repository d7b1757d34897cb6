// /api/v1/auth: logins and what follows from them, and the public keys of the tokens.
#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/resources.hpp"
#include "core/identity/key_ring.hpp"
#include "core/identity/session_service.hpp"
#include "core/identity/words.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kLoginSchema = R"({
  "type": "object", "required": ["email", "password"], "additionalProperties": false,
  "properties": {
    "email": {"type": "string", "format": "email", "maxLength": 254},
    "password": {"type": "string", "maxLength": 1024},
    "tenant": {"type": ["string", "null"], "description": "Slug; needed if the e-mail exists in several tenants."}}})";

constexpr std::string_view kRefreshSchema = R"({
  "type": "object", "required": ["refresh_token"], "additionalProperties": false,
  "properties": {"refresh_token": {"type": "string", "maxLength": 256}}})";

constexpr std::string_view kTokenSchema = R"({
  "type": "object", "required": ["access_token", "token_type", "expires_in", "refresh_token"],
  "properties": {
    "access_token": {"type": "string"},
    "token_type": {"type": "string", "const": "Bearer"},
    "expires_in": {"type": "integer", "description": "Seconds."},
    "refresh_token": {"type": "string", "description": "Good for one use."}}})";

constexpr std::string_view kMeSchema = R"({
  "type": "object", "required": ["principal", "scopes"],
  "properties": {
    "principal": {"type": "object", "properties": {
      "kind": {"type": "string", "enum": ["user", "api_key"]}, "id": {"type": "string", "format": "uuid"}}},
    "tenant": {"type": ["string", "null"], "description": "Slug."},
    "scopes": {"type": "array", "items": {"type": "string"}}}})";

Response token_answer(const identity::TokenPair& tokens) {
    Response response = json_answer(200, Json{{"access_token", tokens.access_token},
                                              {"token_type", tokens.token_type},
                                              {"expires_in", tokens.expires_in},
                                              {"refresh_token", tokens.refresh_token}});
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

Result<Response> login(identity::SessionService& sessions, const Call& call) {
    BodyReader body(call.request.body);
    const identity::LoginRequest request{body.text("email"), body.text("password"),
                                         body.optional_text("tenant").value_or("")};
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const auto tokens, sessions.login(call.context, request));
    return token_answer(tokens);
}

Result<Response> refresh(identity::SessionService& sessions, const Call& call) {
    BodyReader body(call.request.body);
    const std::string token = body.text("refresh_token");
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const auto tokens, sessions.refresh(call.context, token));
    return token_answer(tokens);
}

Result<Response> me(const Call& call) {
    const base::RequestContext& context = call.context;
    const bool user = context.principal.kind == base::PrincipalKind::kUser;
    return json_answer(
        200,
        Json{{"principal", {{"kind", user ? "user" : "api_key"}, {"id", context.principal.id.to_string()}}},
             {"tenant", context.platform() ? Json() : Json(context.tenant_slug)},
             {"scopes", identity::split_words(context.scopes)}});
}

}  // namespace

std::vector<Route> auth_routes(const Parts& parts) {
    auto& sessions = parts.sessions;
    const auto log_in = [&sessions](const Call& call) { return login(sessions, call); };
    const auto renew = [&sessions](const Call& call) { return refresh(sessions, call); };
    const auto log_out = [&sessions](const Call& call) -> Result<Response> {
        MORTISE_TRY(sessions.logout(call.context));
        return no_content();
    };
    const auto jwks = [&keys = parts.keys](const Call&) -> Result<Response> {
        return Response{.content_type = "application/jwk-set+json", .body = keys.read()->jwks};
    };
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kPost,
         .pattern = "/api/v1/auth/login",
         .operation = "login",
         .summary = "Get an access token and a refresh token",
         .tag = "Authentication",
         .realm = kPublic,
         .work = kPool,
         .handler = log_in,
         .request_type = "application/json",
         .body_limit = 16384,
         .request_schema = std::string(kLoginSchema),
         .response_schema = std::string(kTokenSchema),
         .hashes_password = true},
        {.method = Method::kPost,
         .pattern = "/api/v1/auth/refresh",
         .operation = "refresh_tokens",
         .summary = "Trade a refresh token for new tokens",
         .tag = "Authentication",
         .realm = kPublic,
         .work = kPool,
         .handler = renew,
         .request_type = "application/json",
         .body_limit = 16384,
         .request_schema = std::string(kRefreshSchema),
         .response_schema = std::string(kTokenSchema)},
        {.method = Method::kPost,
         .pattern = "/api/v1/auth/logout",
         .operation = "logout",
         .summary = "End the session of the access token",
         .tag = "Authentication",
         .realm = kEither,
         .work = kPool,
         .handler = log_out,
         .success = 204,
         .response_type = ""},
        {.method = Method::kGet,
         .pattern = "/api/v1/me",
         .operation = "me",
         .summary = "Who I am and what I may do",
         .tag = "Authentication",
         .realm = kEither,
         .work = kInline,
         .handler = me,
         .response_schema = std::string(kMeSchema)},
        {.method = Method::kGet,
         .pattern = "/.well-known/jwks.json",
         .operation = "jwks",
         .summary = "Public keys of the access tokens (RFC 7517)",
         .tag = "Authentication",
         .realm = kPublic,
         .work = kInline,
         .handler = jwks,
         .response_type = "application/jwk-set+json",
         .response_schema = R"({"type": "object", "required": ["keys"]})"},
    };
}

}  // namespace mortise::api
