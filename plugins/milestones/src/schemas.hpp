#pragma once

#include <algorithm>
#include <array>
#include <string_view>

// What the OpenAPI document says about bodies and parameters: JSON Schema 2020-12.
namespace milestones::schemas {

inline constexpr std::string_view kMilestone = R"json({
"type": "object",
"required": ["id", "key", "title", "description", "owner", "due", "status", "progress", "parent", "depends_on",
             "version", "created_at", "updated_at", "completed_at"],
"properties": {
  "id": {"type": "string", "format": "uuid"},
  "key": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
  "title": {"type": "string"},
  "description": {"type": ["string", "null"]},
  "owner": {"type": ["string", "null"]},
  "due": {"type": ["string", "null"], "format": "date"},
  "status": {"enum": ["planned", "in_progress", "at_risk", "completed", "cancelled"]},
  "progress": {"type": "integer", "minimum": 0, "maximum": 100,
    "description": "Percent. 100 when completed; of a parent the mean of its children that are not cancelled."},
  "parent": {"type": ["string", "null"], "description": "The key of the parent."},
  "depends_on": {"type": "array", "items": {"type": "string"}, "description": "Keys, sorted."},
  "version": {"type": "integer", "minimum": 1, "description": "Also the ETag."},
  "created_at": {"type": "string", "format": "date-time"},
  "updated_at": {"type": "string", "format": "date-time"},
  "completed_at": {"type": ["string", "null"], "format": "date-time"}
}})json";

inline constexpr std::string_view kDraft = R"json({
"type": "object",
"required": ["key", "title"],
"additionalProperties": false,
"properties": {
  "key": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
    "description": "Unique in the tenant. Never changes."},
  "title": {"type": "string", "minLength": 1, "maxLength": 200},
  "description": {"type": ["string", "null"], "maxLength": 10000},
  "owner": {"type": ["string", "null"], "minLength": 1, "maxLength": 200},
  "due": {"type": ["string", "null"], "format": "date"},
  "status": {"enum": ["planned", "in_progress", "at_risk", "completed", "cancelled"], "default": "planned"},
  "progress": {"type": "integer", "minimum": 0, "maximum": 100, "default": 0},
  "parent": {"type": ["string", "null"], "description": "The key of the parent."},
  "depends_on": {"type": "array", "maxItems": 200, "items": {"type": "string"},
    "description": "The keys of what must be completed before."}
}})json";

inline constexpr std::string_view kPatch = R"json({
"type": "object",
"additionalProperties": false,
"description": "A JSON merge patch (RFC 7396): what is absent stays, null removes.",
"properties": {
  "title": {"type": "string", "minLength": 1, "maxLength": 200},
  "description": {"type": ["string", "null"], "maxLength": 10000},
  "owner": {"type": ["string", "null"], "minLength": 1, "maxLength": 200},
  "due": {"type": ["string", "null"], "format": "date"},
  "status": {"enum": ["planned", "in_progress", "at_risk", "completed", "cancelled"]},
  "progress": {"type": "integer", "minimum": 0, "maximum": 100},
  "parent": {"type": ["string", "null"]},
  "depends_on": {"type": ["array", "null"], "maxItems": 200, "items": {"type": "string"}}
}})json";

inline constexpr std::string_view kMention = R"json({
"type": "object",
"required": ["id", "key", "title", "status", "due"],
"properties": {
  "id": {"type": "string", "format": "uuid"},
  "key": {"type": "string"},
  "title": {"type": "string"},
  "status": {"enum": ["planned", "in_progress", "at_risk", "completed", "cancelled"]},
  "due": {"type": ["string", "null"], "format": "date"}
}})json";

inline constexpr std::string_view kReport = R"json({
"type": "object",
"required": ["dry_run", "created", "dependencies", "changed"],
"properties": {
  "dry_run": {"type": "boolean", "description": "Whether all was only tried, and nothing written."},
  "created": {"type": "integer", "minimum": 0, "description": "New milestones."},
  "dependencies": {"type": "integer", "minimum": 0, "description": "New dependencies."},
  "changed": {"type": "array", "items": {"type": "string"},
    "description": "Keys of milestones that were there before and follow their new children."}
}})json";

inline constexpr std::string_view kCsvText = R"json({"type": "string"})json";

namespace detail {

inline constexpr std::string_view kPageHead = R"json({
"type": "object",
"required": ["items", "next_cursor"],
"properties": {
  "next_cursor": {"type": ["string", "null"], "description": "For the parameter cursor; null: the last page."},
  "items": {"type": "array", "items": )json";
inline constexpr std::string_view kPageTail = "}}}";

inline constexpr std::string_view kParametersHead = "[";
inline constexpr std::string_view kParentParameter = R"json(
{"name": "parent", "in": "query", "schema": {"type": "string"},
 "description": "The key of the parent; none: only milestones without one."},)json";
inline constexpr std::string_view kListParameters = R"json(
{"name": "status", "in": "query", "explode": true,
 "schema": {"type": "array", "items": {"enum": ["planned", "in_progress", "at_risk", "completed", "cancelled"]}},
 "description": "One or more, repeated or listed with commas."},
{"name": "owner", "in": "query", "schema": {"type": "string"}, "description": "Exactly this owner."},
{"name": "due_from", "in": "query", "schema": {"type": "string", "format": "date"}, "description": "Due then or later."},
{"name": "due_to", "in": "query", "schema": {"type": "string", "format": "date"}, "description": "Due then or earlier."},
{"name": "q", "in": "query", "schema": {"type": "string", "minLength": 1},
 "description": "Text in title or key; the case of ASCII letters does not matter."},
{"name": "sort", "in": "query", "schema": {"default": "key",
 "enum": ["key", "-key", "due", "-due", "title", "-title", "created", "-created"]},
 "description": "What to sort by, descending with '-'. Without a due date: last."},
{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100},
 "description": "The most on a page; by default the tenant's setting page_size_default."},
{"name": "cursor", "in": "query", "schema": {"type": "string"},
 "description": "next_cursor of the page before, with the same filters and order."}])json";

// The parts in a row, joined by the compiler.
template <const std::string_view&... Parts>
struct Joined {
    static constexpr auto kText = [] {
        std::array<char, (Parts.size() + ...)> text{};
        auto* end = text.data();
        ((end = std::copy(Parts.begin(), Parts.end(), end)), ...);
        return text;
    }();
    static constexpr std::string_view kView{kText.data(), kText.size()};
};

}  // namespace detail

inline constexpr std::string_view kPage =
    detail::Joined<detail::kPageHead, kMilestone, detail::kPageTail>::kView;
inline constexpr std::string_view kMentions =
    detail::Joined<detail::kPageHead, kMention, detail::kPageTail>::kView;

inline constexpr std::string_view kListParameters =
    detail::Joined<detail::kParametersHead, detail::kParentParameter, detail::kListParameters>::kView;
inline constexpr std::string_view kChildrenParameters =
    detail::Joined<detail::kParametersHead, detail::kListParameters>::kView;

inline constexpr std::string_view kPageParameters = R"json([
{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100},
 "description": "Items on a page."},
{"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "next_cursor of the page before."}])json";

inline constexpr std::string_view kIfMatchRequired = R"json([
{"name": "If-Match", "in": "header", "required": true, "schema": {"type": "string"},
 "description": "The ETag that was read: 428 without, 412 if the milestone has changed since."}])json";
inline constexpr std::string_view kIfMatch = R"json([
{"name": "If-Match", "in": "header", "schema": {"type": "string"},
 "description": "The ETag that was read: 412 if the milestone has changed since."}])json";
inline constexpr std::string_view kImportParameters = R"json([
{"name": "dry_run", "in": "query", "schema": {"type": "boolean", "default": false},
 "description": "Check everything and write nothing."}])json";

}  // namespace milestones::schemas
