#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/history.hpp"
#include "core/http/route.hpp"
#include "core/tenancy/limits.hpp"

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

// What the resources that write flags have in common.
namespace mortise::api {

// The context of a write with what ?comment= says of it, for the history. `invalid_comment` (400).
base::Result<base::RequestContext> writing(const http::Call& call);

// The OpenAPI parameters of such a route: a list, and the comment.
std::string with_comment(std::string_view parameters = "[]");

// {"kind", "id", "label"}, whose schema is kAuthorSchema.
nlohmann::ordered_json author_json(const flags::Author& author);
inline constexpr std::string_view kAuthorSchema = R"({
  "type": "object", "required": ["kind", "id", "label"],
  "properties": {
    "kind": {"type": "string", "enum": ["anonymous", "user", "api_key", "system"]},
    "id": {"type": ["string", "null"], "format": "uuid"},
    "label": {"type": "string"}}})";

// A day as 2026-11-26.
std::string day_text(tenancy::Day day);

// Null if it is nil.
nlohmann::ordered_json id_or_null(const base::Uuid& id);

}  // namespace mortise::api
