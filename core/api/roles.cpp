// /api/v1/roles: which roles a user can have here, and what each may do.
#include "core/identity/roles.hpp"

#include "core/api/answers.hpp"
#include "core/api/resources.hpp"
#include "core/identity/words.hpp"

#include <map>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kRoleSchema = R"({
  "type": "object", "required": ["name", "scopes"],
  "properties": {
    "name": {"type": "string"},
    "scopes": {"type": "array", "items": {"type": "string"}}}})";

Result<Response> list(const identity::Roles& roles, const Call& call) {
    std::map<std::string, Json> all;
    for (const std::string& name : identity::Roles::names(call.context.platform()))
        all.emplace(name, Json{{"name", name}, {"scopes", identity::split_words(roles.scopes_of({name}))}});
    return page_of_all(call, std::move(all));
}

}  // namespace

std::vector<Route> role_routes(const Parts& parts) {
    return {
        {.method = Method::kGet,
         .pattern = "/api/v1/roles",
         .operation = "list_roles",
         .summary = "List the roles that users can have here",
         .tag = "Users",
         .realm = http::Realm::kEither,
         .work = http::Work::kInline,
         .handler = [&roles = parts.roles](const Call& call) { return list(roles, call); },
         .scope = "users:read",
         .response_schema = page_schema(kRoleSchema),
         .parameters = std::string(kPageParameters)},
    };
}

}  // namespace mortise::api
