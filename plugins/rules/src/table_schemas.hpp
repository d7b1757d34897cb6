#pragma once

#include <string_view>

// What the OpenAPI document says about decision tables: JSON Schema 2020-12.
namespace rules::schemas {

inline constexpr std::string_view kTables = R"json({
"type": "object",
"required": ["version", "items"],
"properties": {
  "version": {"type": "integer", "minimum": 1},
  "items": {"type": "array", "items": {"type": "object",
    "required": ["id", "file", "element_id", "name", "hit_policy", "aggregation", "inputs", "outputs", "rules"],
    "properties": {
      "id": {"type": "string", "description": "By which the table is asked for."},
      "file": {"type": "string"},
      "element_id": {"type": "string", "description": "Of the decision or knowledge model that holds it."},
      "name": {"type": "string", "description": "Of the same."},
      "hit_policy": {"type": "string"},
      "aggregation": {"type": ["string", "null"]},
      "inputs": {"type": "integer", "minimum": 0},
      "outputs": {"type": "integer", "minimum": 0},
      "rules": {"type": "integer", "minimum": 0}
    }}}
}})json";

inline constexpr std::string_view kTable = R"json({
"type": "object",
"required": ["version", "id", "file", "name", "hit_policy", "aggregation", "inputs", "outputs", "annotations",
             "rules"],
"properties": {
  "version": {"type": "integer", "minimum": 1},
  "id": {"type": "string"},
  "file": {"type": "string"},
  "name": {"type": "string"},
  "hit_policy": {"type": "string"},
  "aggregation": {"type": ["string", "null"]},
  "inputs": {"type": "array", "items": {"type": "object",
    "required": ["id", "label", "expression", "type", "values"]}},
  "outputs": {"type": "array", "items": {"type": "object",
    "required": ["id", "label", "name", "type", "values", "default"]}},
  "annotations": {"type": "array", "items": {"type": "string"}, "description": "Their names."},
  "rules": {"type": "array", "items": {"type": "object",
    "required": ["id", "description", "inputs", "outputs", "annotations"],
    "properties": {
      "id": {"type": "string"},
      "description": {"type": "string"},
      "inputs": {"type": "array", "items": {"type": "string"}, "description": "FEEL, a cell for each column."},
      "outputs": {"type": "array", "items": {"type": "string"}},
      "annotations": {"type": "array", "items": {"type": "string"}}
    }}}
}})json";

inline constexpr std::string_view kSheet = R"json({"type": "string"})json";

inline constexpr std::string_view kTablesParameters = R"json([
{"name": "version", "in": "query", "schema": {"type": "string"},
 "description": "A number, or latest, which is the default and may be a draft."},
{"name": "as_of", "in": "query", "schema": {"type": "string"},
 "description": "Without version: the one in force at this time or date."}])json";

inline constexpr std::string_view kTableParameters = R"json([
{"name": "version", "in": "query", "schema": {"type": "string"},
 "description": "A number, or latest, which is the default and may be a draft."},
{"name": "as_of", "in": "query", "schema": {"type": "string"},
 "description": "Without version: the one in force at this time or date."},
{"name": "file", "in": "query", "schema": {"type": "string"}, "description": "Of a bundle; else all are searched."},
{"name": "format", "in": "query", "schema": {"enum": ["json", "csv", "xlsx"]},
 "description": "Goes before the header Accept, which chooses as well."}])json";

inline constexpr std::string_view kImportParameters = R"json([
{"name": "If-Match", "in": "header", "required": true, "schema": {"type": "string"},
 "description": "The ETag that was read: 428 without, 412 if the model has changed since."},
{"name": "file", "in": "query", "schema": {"type": "string"}, "description": "Of a bundle; else all are searched."}
])json";

}  // namespace rules::schemas
