#pragma once

#include "core/base/request_context.hpp"
#include "core/flags/flag_model.hpp"

#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace mortise::api {

// A flag in the answers of all resources that have one.
nlohmann::ordered_json flag_json(const flags::Flag& flag, const base::RequestContext& context);

inline constexpr std::string_view kFlagSchema = R"({
  "type": "object",
  "required": ["key", "environment", "definition", "inherited", "killed", "archived_at", "created_at", "updated_at"],
  "properties": {
    "key": {"type": "string"},
    "environment": {"type": "string", "description": "Whose definition it is: the one asked for, or production."},
    "definition": {"type": "object"},
    "inherited": {"type": "boolean", "description": "The platform's, seen from inside a tenant."},
    "killed": {"type": ["object", "null"], "description": "Null: the kill switch is not thrown.",
      "required": ["reason", "by", "at"],
      "properties": {
        "reason": {"type": "string"},
        "by": {"type": "string"},
        "at": {"type": "string", "format": "date-time"}}},
    "archived_at": {"type": ["string", "null"], "format": "date-time"},
    "created_at": {"type": "string", "format": "date-time"},
    "updated_at": {"type": "string", "format": "date-time"},
    "stale": {"type": "object", "required": ["reason", "variant", "last_evaluated"],
      "description": "With stale=true: why it is.", "properties": {
        "reason": {"type": "string", "enum": ["not_evaluated", "one_variant"]},
        "variant": {"type": ["string", "null"], "description": "Which one; null: none, or no value."},
        "last_evaluated": {"type": ["string", "null"], "format": "date"}}}}})";

}  // namespace mortise::api
