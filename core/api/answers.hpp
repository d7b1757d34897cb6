#pragma once

#include "core/base/result.hpp"
#include "core/http/route.hpp"
#include "core/tenancy/if_match.hpp"
#include "core/tenancy/page.hpp"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace mortise::api {

// A JSON answer.
http::Response json_answer(int status, const nlohmann::ordered_json& body);

// The same with the strong ETag of a version.
http::Response json_answer(int status, const nlohmann::ordered_json& body, std::int64_t version);

// 204.
http::Response no_content();

// The condition of If-Match, or of If-None-Match: * where only creating is meant. Both absent:
// `if_match_required` (428) if it is needed, else none. A tag that is weak or not of our making is one that
// matches nothing.
base::Result<tenancy::IfMatch> if_match(const http::Call& call, bool needed);

// ?limit= and ?cursor=; any other parameter than these and `also` is `unknown_parameter` (400).
base::Result<tenancy::PageRequest> page_request(const http::Call& call,
                                                std::initializer_list<std::string_view> also = {});

// A whole number in the query; `fallback` if it is absent. `invalid_parameter` (400).
base::Result<std::int64_t> number_parameter(const http::Call& call, std::string_view name, std::int64_t least,
                                            std::int64_t most, std::int64_t fallback);
// The same of true and false; false if it is absent.
base::Result<bool> boolean_parameter(const http::Call& call, std::string_view name);

// {"items": […], "next_cursor": …}, each item through `to_json`.
template <class T, class ToJson>
http::Response page_answer(const tenancy::Page<T>& page, ToJson to_json) {
    nlohmann::ordered_json items = nlohmann::ordered_json::array();
    for (const T& item : page.items)
        items.push_back(to_json(item));
    nlohmann::ordered_json body;
    body["items"] = std::move(items);
    body["next_cursor"] =
        page.next_cursor.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(page.next_cursor);
    return json_answer(200, body);
}

// A page of a short list that is in memory whole, in the order of its keys, which the cursor names.
base::Result<http::Response> page_of_all(const http::Call& call,
                                         std::map<std::string, nlohmann::ordered_json> all);

// The JSON Schema of a page of `item`.
std::string page_schema(std::string_view item);

// The OpenAPI parameters of a list.
inline constexpr std::string_view kPageParameters = R"([
  {"name": "limit", "in": "query", "description": "Items on a page, 1 to 100.",
   "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
  {"name": "cursor", "in": "query", "description": "next_cursor of the page before.",
   "schema": {"type": "string"}}])";

inline constexpr std::string_view kIfMatchParameter = R"([
  {"name": "If-Match", "in": "header", "schema": {"type": "string"},
   "description": "The ETag that the change is based on: 412 if it is no longer the present one."}])";

inline constexpr std::string_view kIfMatchRequired = R"([
  {"name": "If-Match", "in": "header", "required": true, "schema": {"type": "string"},
   "description": "The ETag that the change is based on: 428 without, 412 if it is no longer the present one."}])";

}  // namespace mortise::api
