#include "core/http/openapi.hpp"

#include "core/base/text.hpp"
#include "core/http/problem.hpp"

#include <fmt/format.h>

#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace mortise::http {
namespace {

using Json = nlohmann::ordered_json;

Json parse(const Route& route, const std::string& text, std::string_view what) {
    Json value = Json::parse(text, nullptr, false);
    if (value.is_discarded())
        throw std::invalid_argument(fmt::format("operation {}: its {} is not JSON", route.operation, what));
    return value;
}

Json header_parameter(std::string_view name, std::string_view description, bool required) {
    return {{"name", name},
            {"in", "header"},
            {"required", required},
            {"description", description},
            {"schema", {{"type", "string"}}}};
}

// The parameters in the braces of a pattern.
Json path_parameters(const Route& route) {
    Json all = Json::array();
    for (std::size_t at = 0; (at = route.pattern.find('{', at)) != std::string::npos;) {
        const auto end = route.pattern.find('}', at);
        all.push_back({{"name", route.pattern.substr(at + 1, end - at - 1)},
                       {"in", "path"},
                       {"required", true},
                       {"schema", {{"type", "string"}}}});
        at = end;
    }
    return all;
}

Json parameters(const Route& route) {
    Json all = path_parameters(route);
    if (!route.parameters.empty())
        for (const Json& parameter : parse(route, route.parameters, "parameters"))
            all.push_back(parameter);
    if (route.realm == Realm::kTenant || route.realm == Realm::kEither)
        all.push_back(header_parameter(
            "Mortise-Tenant", "Slug of the tenant to act in; for platform administrators only.", false));
    if (route.environments)
        all.push_back(header_parameter(
            "Mortise-Environment", "Name of the environment of flags to work in; else production.", false));
    if (route.idempotency_key)
        all.push_back(header_parameter("Idempotency-Key",
                                       "Repeats the answer of an earlier request with the same key.", false));
    return all;
}

Json problem_response(std::string_view description) {
    return {{"description", description},
            {"content",
             {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
}

// Of several types only JSON has the schema: what the others hold their names tell.
Json answer_content(const Route& route) {
    Json content = Json::object();
    const bool only = route.response_type.find(',') == std::string::npos;
    for_media_types(route.response_type, [&](std::string_view type) {
        Json& media = content[std::string(type)] = Json::object();
        if (!route.response_schema.empty() && (only || type == "application/json"))
            media["schema"] = parse(route, route.response_schema, "response schema");
    });
    return content;
}

Json responses(const Route& route) {
    Json all = Json::object();
    Json success{{"description", std::string(reason_phrase(route.success))}};
    if (!route.response_type.empty()) success["content"] = answer_content(route);
    if (route.creates) {
        all["201"] = success;
        all["201"]["description"] = std::string(reason_phrase(201));
    }
    all[std::to_string(route.success)] = std::move(success);
    const auto add = [&](int status) {
        all[std::to_string(status)] = problem_response(reason_phrase(status));
    };
    add(400);  // whatever the route, a request can be malformed
    if (route.realm != Realm::kPublic) add(401);
    if (route.realm != Realm::kPublic) add(403);
    if (route.pattern.find('{') != std::string::npos || !route.flag.empty()) add(404);
    if (!route.refusal_schema.empty())
        for (const char* const status : {"400", "404"})
            if (all.contains(status))
                all[status]["content"] = {
                    {"application/json", {{"schema", parse(route, route.refusal_schema, "refusal schema")}}}};
    if (!route.request_type.empty()) {
        add(413);
        add(415);
    }
    if (route.work != Work::kInline) add(503);
    all["default"] = problem_response("Any other problem; `code` tells which.");
    return all;
}

Json operation(const Route& route) {
    Json document{{"operationId", route.operation}, {"summary", route.summary}, {"tags", {route.tag}}};
    if (Json all = parameters(route); !all.empty()) document["parameters"] = std::move(all);
    if (!route.request_type.empty()) {
        Json media = Json::object();
        if (!route.request_schema.empty())
            media["schema"] = parse(route, route.request_schema, "request schema");
        Json content = Json::object();
        for_media_types(route.request_type,
                        [&](std::string_view type) { content[std::string(type)] = media; });
        document["requestBody"] = {{"required", !route.optional_body}, {"content", std::move(content)}};
    }
    document["responses"] = responses(route);
    if (route.realm == Realm::kPublic) {
        document["security"] = Json::array();
    } else {
        document["security"] = Json::array();
        const auto either = [&document](const Json& needed) {
            document["security"].push_back({{"bearer", needed}});
            document["security"].push_back({{"api_key", needed}});
        };
        either(route.scope.empty() ? Json::array() : Json::array({route.scope}));
        for_words(route.or_scopes,
                  [&](std::string_view scope) { either(Json::array({std::string(scope)})); });
    }
    return document;
}

Json problem_schema() {
    return Json::parse(R"({
      "type": "object",
      "description": "RFC 9457. `code` is stable; texts are for people.",
      "required": ["type", "title", "status", "code", "detail", "request_id"],
      "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string", "format": "uuid"},
        "errors": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["pointer", "code", "detail"],
            "properties": {
              "pointer": {"type": "string"},
              "code": {"type": "string"},
              "detail": {"type": "string"}
            }
          }
        }
      }
    })");
}

}  // namespace

std::string openapi_document(const RouteTable& routes, const std::string& version) {
    Json document{{"openapi", "3.1.0"},
                  {"info",
                   {{"title", "Mortise"},
                    {"version", version},
                    {"description", "The REST API of the core and of the plugins that are loaded."},
                    {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
                  {"servers", Json::array({{{"url", "/"}}})},
                  {"tags", Json::array()},
                  {"paths", Json::object()}};
    std::set<std::string> tags;
    for (const Route& route : routes.routes()) {
        tags.insert(route.tag);
        document["paths"][route.pattern][base::to_lower(to_string(route.method))] = operation(route);
    }
    for (const std::string& tag : tags)
        document["tags"].push_back({{"name", tag}});
    document["components"] = {
        {"schemas", {{"Problem", problem_schema()}}},
        {"securitySchemes",
         {{"bearer",
           {{"type", "http"}, {"scheme", "bearer"}, {"description", "An access token or an API key."}}},
          {"api_key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}}}};
    return document.dump();
}

}  // namespace mortise::http
