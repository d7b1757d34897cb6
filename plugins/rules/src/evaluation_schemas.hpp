#pragma once

#include <string_view>

// What the OpenAPI document says about bodies and parameters of evaluations: JSON Schema 2020-12.
namespace rules::schemas {

// Of a request by model; `decision` or `decision_service`, `context` or `contexts`.
inline constexpr std::string_view kEvaluateModel = R"json({
"type": "object",
"additionalProperties": false,
"properties": {
  "decision": {"type": "string", "description": "The name or id of a decision. Either this or decision_service."},
  "decision_service": {"type": "string", "description": "The name or id of a decision service."},
  "version": {"type": "integer", "minimum": 1, "description": "Without it: the one in force at as_of."},
  "as_of": {"type": "string", "description": "A date, or a time (RFC 3339). Default: now."},
  "context": {"type": "object", "description": "Inputs by name."},
  "contexts": {"type": "array", "minItems": 1, "maxItems": 10000,
    "description": "Instead of context: each is evaluated by itself."},
  "explain": {"type": "boolean", "default": false},
  "values": {"enum": ["plain", "tagged"], "default": "plain",
    "description": "How temporals are written: as texts, or as {\"@type\", \"@value\"}."}
}})json";

inline constexpr std::string_view kEvaluateDecision = R"json({
"type": "object",
"additionalProperties": false,
"properties": {
  "model": {"type": "string", "description": "The key of a model, where several have the decision."},
  "as_of": {"type": "string", "description": "A date, or a time (RFC 3339). Default: now."},
  "context": {"type": "object", "description": "Inputs by name."},
  "contexts": {"type": "array", "minItems": 1, "maxItems": 10000,
    "description": "Instead of context: each is evaluated by itself."},
  "explain": {"type": "boolean", "default": false},
  "values": {"enum": ["plain", "tagged"], "default": "plain"}
}})json";

// With `context` it has the members of an item itself, with `contexts` it has items.
inline constexpr std::string_view kEvaluated = R"json({
"type": "object",
"required": ["model"],
"properties": {
  "model": {"type": "object", "required": ["id", "key", "version"],
    "properties": {"id": {"type": "string", "format": "uuid"}, "key": {"type": "string"},
                   "version": {"type": "integer"}}},
  "decision": {"type": "string"},
  "decision_service": {"type": "string"},
  "result": {},
  "evaluation_id": {"type": ["string", "null"], "format": "uuid", "description": "Of its record, if one is kept."},
  "explanation": {"type": "object", "required": ["nodes", "missing_inputs", "complete"]},
  "items": {"type": "array", "items": {"type": "object", "required": ["result", "evaluation_id"],
    "properties": {
      "result": {},
      "evaluation_id": {"type": ["string", "null"], "format": "uuid"},
      "explanation": {"type": "object"},
      "failure": {"type": "object", "required": ["code", "detail"],
        "properties": {"code": {"enum": ["invalid_context", "evaluation_limit_reached", "result_too_large"]},
                       "detail": {"type": "string"}}}
    }}}
}})json";

inline constexpr std::string_view kFeel = R"json({
"type": "object",
"required": ["expression"],
"additionalProperties": false,
"properties": {
  "expression": {"type": "string", "minLength": 1, "maxLength": 65536},
  "context": {"type": "object", "description": "Values by the names that the expression uses."},
  "values": {"enum": ["plain", "tagged"], "default": "plain"}
}})json";

inline constexpr std::string_view kFeelResult = R"json({
"type": "object",
"required": ["result", "notes"],
"properties": {
  "result": {},
  "notes": {"type": "array", "items": {"type": "string"}, "description": "Why values on the way became null."}
}})json";

inline constexpr std::string_view kRecord = R"json({
"type": "object",
"required": ["id", "at", "principal", "actor", "caller", "model", "inputs", "inputs_hash", "result", "hits", "failure", "microseconds"],
"properties": {
  "id": {"type": "string", "format": "uuid"},
  "at": {"type": "string", "format": "date-time"},
  "principal": {"type": "string", "format": "uuid"},
  "actor": {"type": ["string", "null"], "format": "uuid", "description": "Who really asked, if in another's name."},
  "caller": {"type": ["string", "null"], "description": "The plugin that asked for it; null: a client did."},
  "model": {"type": "object", "required": ["id", "key", "version"]},
  "decision": {"type": "string"},
  "decision_service": {"type": "string"},
  "inputs": {"type": ["object", "null"], "description": "Null where only the hash is kept."},
  "inputs_hash": {"type": "string", "description": "SHA-256 of the inputs in hexadecimal."},
  "result": {"description": "Temporals are tagged."},
  "hits": {"type": "array", "items": {"type": "object", "required": ["decision", "table", "rules", "used_default"]}},
  "failure": {"type": ["string", "null"]},
  "microseconds": {"type": "integer"}
}})json";

inline constexpr std::string_view kRecords = R"json({
"type": "object",
"required": ["items", "next_cursor"],
"properties": {
  "items": {"type": "array", "items": {"type": "object", "required": ["id", "at", "model", "result", "hits"]}},
  "next_cursor": {"type": ["string", "null"]}
}})json";

inline constexpr std::string_view kReplay = R"json({
"type": "object",
"required": ["model"],
"additionalProperties": false,
"properties": {
  "model": {"type": "string", "description": "The id or key of a model."},
  "version": {"type": "integer", "minimum": 1, "description": "What is tried; without it the one in force."},
  "of_version": {"type": "integer", "minimum": 1, "description": "Only what this version evaluated."},
  "decision": {"type": "string"},
  "from": {"type": "string", "description": "A date, or a time (RFC 3339)."},
  "to": {"type": "string"},
  "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
  "cursor": {"type": "string"}
}})json";

inline constexpr std::string_view kReplayed = R"json({
"type": "object",
"required": ["model", "same", "changed", "failed", "not_replayable", "differences", "next_cursor"],
"properties": {
  "model": {"type": "object", "required": ["id", "key", "version"]},
  "same": {"type": "integer"},
  "changed": {"type": "integer"},
  "failed": {"type": "integer", "description": "The version tried gives no result."},
  "not_replayable": {"type": "integer", "description": "The inputs were not kept, or there was no result."},
  "differences": {"type": "array", "items": {"type": "object",
    "required": ["evaluation_id", "version", "before", "after", "failure"]}},
  "next_cursor": {"type": ["string", "null"], "description": "Of the records behind those; null at the end."}
}})json";

inline constexpr std::string_view kText = R"json({"type": "string"})json";

inline constexpr std::string_view kListRecords = R"json([
{"name": "model", "in": "query", "schema": {"type": "string", "format": "uuid"}},
{"name": "version", "in": "query", "schema": {"type": "integer", "minimum": 1}},
{"name": "decision", "in": "query", "schema": {"type": "string"},
 "description": "The name or id that was evaluated."},
{"name": "principal", "in": "query", "schema": {"type": "string", "format": "uuid"}},
{"name": "caller", "in": "query", "schema": {"type": "string"}, "description": "The plugin that asked."},
{"name": "inputs_hash", "in": "query", "schema": {"type": "string"}},
{"name": "rule", "in": "query", "schema": {"type": "string"}, "description": "The id of a rule that was hit."},
{"name": "from", "in": "query", "schema": {"type": "string"}, "description": "A date, or a time (RFC 3339)."},
{"name": "to", "in": "query", "schema": {"type": "string"}, "description": "Before this date or time."},
{"name": "failed", "in": "query", "schema": {"type": "boolean"}, "description": "Only those without a result."},
{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
{"name": "cursor", "in": "query", "schema": {"type": "string"}}
])json";

inline constexpr std::string_view kExportRecords = R"json([
{"name": "model", "in": "query", "schema": {"type": "string", "format": "uuid"}},
{"name": "version", "in": "query", "schema": {"type": "integer", "minimum": 1}},
{"name": "decision", "in": "query", "schema": {"type": "string"}},
{"name": "principal", "in": "query", "schema": {"type": "string", "format": "uuid"}},
{"name": "caller", "in": "query", "schema": {"type": "string"}, "description": "The plugin that asked."},
{"name": "inputs_hash", "in": "query", "schema": {"type": "string"}},
{"name": "rule", "in": "query", "schema": {"type": "string"}},
{"name": "from", "in": "query", "schema": {"type": "string"}},
{"name": "to", "in": "query", "schema": {"type": "string"}},
{"name": "failed", "in": "query", "schema": {"type": "boolean"}},
{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 10000}},
{"name": "after", "in": "query", "schema": {"type": "string", "format": "uuid"},
 "description": "The id of the last record of the export before."}
])json";

}  // namespace rules::schemas
