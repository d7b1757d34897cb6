#pragma once

#include <string_view>

// What the OpenAPI document says about packs: JSON Schema 2020-12.
namespace rules::schemas {

inline constexpr std::string_view kPacks = R"json({
"type": "object",
"required": ["items"],
"properties": {
  "items": {"type": "array", "items": {"type": "object",
    "required": ["name", "title", "description", "model"],
    "properties": {
      "name": {"type": "string"},
      "title": {"type": "string"},
      "description": {"type": "string"},
      "model": {"type": ["object", "null"], "description": "What the tenant has under the pack's name."}
    }}}
}})json";

inline constexpr std::string_view kPack = R"json({
"type": "object",
"required": ["name", "title", "description", "model", "files", "tests"],
"properties": {
  "name": {"type": "string"},
  "title": {"type": "string"},
  "description": {"type": "string"},
  "model": {"type": ["object", "null"], "description": "What the tenant has under the pack's name."},
  "files": {"type": "array", "items": {"type": "object", "required": ["name", "xml"],
    "properties": {"name": {"type": "string"}, "xml": {"type": "string"}}}},
  "tests": {"type": "array", "items": {"type": "object"}}
}})json";

inline constexpr std::string_view kInstallation = R"json({
"type": "object",
"additionalProperties": false,
"properties": {
  "key": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$",
    "description": "Of the model; by default the pack's name."},
  "publish": {"type": "boolean", "description": "Runs the pack's tests and publishes it. By default a draft."},
  "replace": {"type": "boolean", "description": "Replaces what the tenant has under the key by the pack."}
}})json";

}  // namespace rules::schemas
