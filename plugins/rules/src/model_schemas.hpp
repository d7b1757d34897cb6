#pragma once

#include <string_view>

// What the OpenAPI document says about models: JSON Schema 2020-12.
namespace rules::schemas {

inline constexpr std::string_view kModel = R"json({
"type": "object",
"required": ["id", "key", "layer", "name", "tags", "latest_version", "revision", "created_at", "updated_at"],
"properties": {
  "id": {"type": "string", "format": "uuid"},
  "key": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$"},
  "layer": {"enum": ["own", "shared"], "description": "shared: the platform's. An own model overrides it by its key."},
  "name": {"type": "string"},
  "tags": {"type": "array", "items": {"type": "string"}},
  "latest_version": {"type": "integer", "minimum": 1},
  "revision": {"type": "integer", "minimum": 1, "description": "Also the ETag."},
  "created_at": {"type": "string", "format": "date-time"},
  "updated_at": {"type": "string", "format": "date-time"}
}})json";

inline constexpr std::string_view kChanged = R"json({
"type": "object",
"required": ["id", "key", "layer", "name", "tags", "latest_version", "revision", "created_at", "updated_at",
             "warnings"],
"properties": {
  "id": {"type": "string", "format": "uuid"},
  "key": {"type": "string"},
  "layer": {"enum": ["own", "shared"]},
  "name": {"type": "string"},
  "tags": {"type": "array", "items": {"type": "string"}},
  "latest_version": {"type": "integer", "minimum": 1},
  "revision": {"type": "integer", "minimum": 1, "description": "Also the ETag."},
  "created_at": {"type": "string", "format": "date-time"},
  "updated_at": {"type": "string", "format": "date-time"},
  "warnings": {"type": "array",
    "description": "What is valid but deserves a look: in the files that were given, as validate tells it; when a version is published also what a short analysis found in its decision tables, and planned versions that it hides.",
    "items": {"type": "object", "required": ["code", "element_id", "line", "detail"],
      "properties": {
        "code": {"type": "string"},
        "element_id": {"type": "string", "description": "Empty where it is about none."},
        "line": {"type": "integer", "minimum": 0, "description": "0: unknown."},
        "detail": {"type": "string"},
        "file": {"type": "string"},
        "table_id": {"type": "string"},
        "rules": {"type": "array", "items": {"type": "object"}}
      }}}
}})json";

inline constexpr std::string_view kModels = R"json({
"type": "object",
"required": ["items", "next_cursor"],
"properties": {
  "items": {"type": "array", "items": {"type": "object"}, "description": "Models, the newest first."},
  "next_cursor": {"type": ["string", "null"]}
}})json";

inline constexpr std::string_view kDraft = R"json({
"type": "object",
"additionalProperties": false,
"properties": {
  "key": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$",
    "description": "Only when a model is created; by default made of the name. Never changes."},
  "name": {"type": "string", "minLength": 1, "maxLength": 200},
  "tags": {"type": "array", "maxItems": 20, "items": {"type": "string"}},
  "xml": {"type": "string", "description": "The model as DMN, if it is one file."},
  "files": {"type": "array", "minItems": 1, "maxItems": 64, "description": "The model first, then what it imports.",
    "items": {"type": "object", "required": ["name", "xml"], "additionalProperties": false,
      "properties": {"name": {"type": "string"}, "xml": {"type": "string"}}}},
  "simple": {"type": "object", "description": "Instead of xml: rules as JSON, which become a decision table.",
    "required": ["name", "rules"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string", "description": "Of the decision."},
      "description": {"type": "string"},
      "hit_policy": {"type": "string", "description": "first, unique, any, priority, collect, rule_order or output_order."},
      "aggregation": {"type": "string", "description": "Of collect: sum, count, min or max."},
      "inputs": {"type": "array", "items": {"type": "object"}},
      "outputs": {"type": "array", "items": {"type": "object"}},
      "rules": {"type": "array", "items": {"type": "object", "required": ["actions"], "properties": {
        "id": {"type": "string"},
        "description": {"type": "string"},
        "conditions": {"type": "array", "items": {"type": "object", "required": ["input"]}},
        "actions": {"type": "array", "items": {"type": "object", "required": ["output"]}}}}},
      "otherwise": {"type": "array", "items": {"type": "object", "required": ["output"]}}
    }},
  "tests": {"type": "array", "maxItems": 10000,
    "items": {"type": "object", "required": ["name", "expected"], "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "decision": {"type": "string", "description": "The name or id of a decision."},
        "decision_service": {"type": "string", "description": "Instead of decision."},
        "context": {"type": "object"},
        "expected": {}
      }}}
}})json";

inline constexpr std::string_view kValidation = R"json({
"type": "object",
"required": ["valid", "complete", "faults"],
"properties": {
  "valid": {"type": "boolean"},
  "complete": {"type": "boolean", "description": "Whether all faults are listed."},
  "faults": {"type": "array", "items": {"type": "object",
    "required": ["pointer", "severity", "file", "element_id", "line", "code", "detail"],
    "properties": {
      "pointer": {"type": "string", "description": "JSON Pointer of the file in the body."},
      "severity": {"enum": ["error", "warning"]},
      "file": {"type": "string"},
      "element_id": {"type": "string"},
      "line": {"type": "integer", "minimum": 0},
      "code": {"type": "string"},
      "detail": {"type": "string"}
    }}}
}})json";

inline constexpr std::string_view kVersions = R"json({
"type": "object",
"required": ["items", "next_cursor"],
"properties": {
  "items": {"type": "array", "items": {"type": "object",
    "required": ["version", "status", "copy_of", "valid_from", "valid_to", "created_at", "published_at",
                 "published_by"],
    "properties": {
      "version": {"type": "integer", "minimum": 1},
      "status": {"enum": ["draft", "published"]},
      "copy_of": {"type": ["integer", "null"], "description": "The version that a rollback went back to."},
      "valid_from": {"type": ["string", "null"], "format": "date-time"},
      "valid_to": {"type": ["string", "null"], "format": "date-time"},
      "created_at": {"type": "string", "format": "date-time"},
      "published_at": {"type": ["string", "null"], "format": "date-time"},
      "published_by": {"type": ["string", "null"], "format": "uuid"}
    }}},
  "next_cursor": {"type": ["string", "null"]}
}})json";

inline constexpr std::string_view kVersion = R"json({
"type": "object",
"required": ["version", "files", "tests"],
"properties": {
  "version": {"type": "object"},
  "files": {"type": "array", "items": {"type": "object"}},
  "tests": {"type": "array", "items": {"type": "object"}}
}})json";

inline constexpr std::string_view kXml = R"json({"type": "string"})json";

inline constexpr std::string_view kPublication = R"json({
"type": "object",
"additionalProperties": false,
"properties": {
  "version": {"type": "integer", "minimum": 1, "description": "Must be the latest one, which is the default."},
  "valid_from": {"type": ["string", "null"], "description": "A time, or a date; by default now."},
  "valid_to": {"type": ["string", "null"], "description": "From then on it is no longer in force."}
}})json";

inline constexpr std::string_view kRollback = R"json({
"type": "object",
"additionalProperties": false,
"properties": {
  "version": {"type": "integer", "minimum": 1,
    "description": "By default the one that was in force before the one in force."}
}})json";

inline constexpr std::string_view kEnd = R"json({
"type": "object",
"additionalProperties": false,
"properties": {"valid_to": {"type": "string", "description": "A time, or a date; by default now."}}
})json";

inline constexpr std::string_view kDecisions = R"json({
"type": "object",
"required": ["items"],
"properties": {
  "items": {"type": "array", "items": {"type": "object",
    "required": ["kind", "id", "name", "input_schema", "result_schema"],
    "properties": {
      "kind": {"enum": ["decision", "decision_service"]},
      "id": {"type": "string"},
      "name": {"type": "string"},
      "input_schema": {"type": "object", "description": "JSON Schema of the context."},
      "result_schema": {"type": "object"}
    }}}
}})json";

inline constexpr std::string_view kTestRun = R"json({
"type": "object",
"required": ["passed", "failed", "results", "coverage"],
"properties": {
  "passed": {"type": "integer"},
  "failed": {"type": "integer"},
  "results": {"type": "array", "items": {"type": "object", "required": ["name", "passed"],
    "properties": {"name": {"type": "string"}, "passed": {"type": "boolean"}, "reason": {"type": "string"},
      "actual": {"description": "Tagged where JSON has no such type."}}}},
  "coverage": {"type": "object", "required": ["rules", "hit", "missed"],
    "properties": {"rules": {"type": "integer"}, "hit": {"type": "integer"},
      "missed": {"type": "array", "items": {"type": "object"}}}}
}})json";

inline constexpr std::string_view kModelsParameters = R"json([
{"name": "tag", "in": "query", "schema": {"type": "string"}, "description": "Only models with this tag."},
{"name": "layer", "in": "query", "schema": {"enum": ["own", "shared"]}},
{"name": "q", "in": "query", "schema": {"type": "string", "minLength": 1, "maxLength": 200},
 "description": "Text in name or key; the case of ASCII letters does not matter."},
{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
{"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "next_cursor of the page before."}])json";

inline constexpr std::string_view kPageParameters = R"json([
{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
{"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "next_cursor of the page before."}])json";

inline constexpr std::string_view kUploadParameters = R"json([
{"name": "key", "in": "query", "schema": {"type": "string"}, "description": "With a body of XML: the key."},
{"name": "name", "in": "query", "schema": {"type": "string"}, "description": "With a body of XML: the name."},
{"name": "tag", "in": "query", "schema": {"type": "string"}, "description": "With a body of XML: a tag; may repeat."}
])json";

inline constexpr std::string_view kChangeParameters = R"json([
{"name": "If-Match", "in": "header", "required": true, "schema": {"type": "string"},
 "description": "The ETag that was read: 428 without, 412 if the model has changed since."},
{"name": "name", "in": "query", "schema": {"type": "string"}, "description": "With a body of XML: the name."},
{"name": "tag", "in": "query", "schema": {"type": "string"}, "description": "With a body of XML: a tag; may repeat."}
])json";

inline constexpr std::string_view kIfMatchRequired = R"json([
{"name": "If-Match", "in": "header", "required": true, "schema": {"type": "string"},
 "description": "The ETag that was read: 428 without, 412 if the model has changed since."}])json";

inline constexpr std::string_view kIfMatch = R"json([
{"name": "If-Match", "in": "header", "schema": {"type": "string"},
 "description": "The ETag that was read: 412 if the model has changed since."}])json";

inline constexpr std::string_view kFileParameter = R"json([
{"name": "file", "in": "query", "schema": {"type": "string"}, "description": "Of a bundle; by default the first."}])json";

inline constexpr std::string_view kVersionParameters = R"json([
{"name": "version", "in": "query", "schema": {"type": "string"}, "description": "A number, or latest."},
{"name": "as_of", "in": "query", "schema": {"type": "string"},
 "description": "Without version: the one in force at this time or date."}])json";

}  // namespace rules::schemas
