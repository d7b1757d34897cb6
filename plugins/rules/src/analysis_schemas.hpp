#pragma once

#include <string_view>

// What the OpenAPI document says about the analysis of tables: JSON Schema 2020-12.
namespace rules::schemas {

inline constexpr std::string_view kAnalysis = R"json({
"type": "object",
"required": ["version", "complete", "tables"],
"properties": {
  "version": {"type": "integer", "minimum": 1},
  "complete": {"type": "boolean", "description": "Whether the limits let all tables be searched to the end."},
  "tables": {"type": "array", "items": {"type": "object",
    "required": ["element_id", "name", "table_id", "hit_policy", "rules", "complete", "inputs", "counts", "findings",
                 "undecided"],
    "properties": {
      "element_id": {"type": "string", "description": "Of the decision or knowledge model that holds the table."},
      "name": {"type": "string"},
      "table_id": {"type": "string"},
      "hit_policy": {"type": "string"},
      "rules": {"type": "integer", "minimum": 0},
      "complete": {"type": "boolean"},
      "inputs": {"type": "array", "items": {"type": "string"}, "description": "The columns' expressions."},
      "counts": {"type": "object", "description": "How many there are of each kind, listed or not.",
        "additionalProperties": {"type": "integer", "minimum": 0}},
      "findings": {"type": "array", "items": {"type": "object",
        "required": ["kind", "message", "certain", "rules", "region", "example"],
        "properties": {
          "kind": {"enum": ["gap", "policy_violation", "overlap", "subsumed", "masked", "impossible",
                            "missing_output"]},
          "message": {"type": "string"},
          "certain": {"type": "boolean", "description": "False if it isn't known that such inputs occur together."},
          "rules": {"type": "array", "items": {"type": "object", "required": ["number", "id"],
            "properties": {"number": {"type": "integer", "minimum": 1}, "id": {"type": "string"}}}},
          "region": {"type": "array", "items": {"type": "string"},
            "description": "Where it is so: unary tests for each column."},
          "example": {"type": "array", "items": {"type": "object", "required": ["input", "value"],
            "properties": {"input": {"type": "string"}, "value": {"type": "string", "description": "In FEEL."}}}}
        }}},
      "undecided": {"type": "array", "description": "What the analysis can't see through.",
        "items": {"type": "object", "required": ["column", "rule", "rule_id", "reason"],
          "properties": {
            "column": {"type": ["integer", "null"]},
            "rule": {"type": ["integer", "null"], "description": "Null: the whole column."},
            "rule_id": {"type": "string"},
            "reason": {"type": "string"}
          }}}
    }}}
}})json";

inline constexpr std::string_view kAnalysisParameters = R"json([
{"name": "version", "in": "query", "schema": {"type": "string"},
 "description": "A number, or latest, which is the default and may be a draft."},
{"name": "as_of", "in": "query", "schema": {"type": "string"},
 "description": "Without version: the one in force at this time or date."},
{"name": "decision", "in": "query", "schema": {"type": "string"},
 "description": "Only the tables of this decision or knowledge model, by its name or id."}])json";

}  // namespace rules::schemas
