// /api/v1/flag-segments: named targeting that rules refer to.
#include "core/api/answers.hpp"
#include "core/api/flag_writes.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/flags/compiler.hpp"
#include "core/flags/segment_service.hpp"
#include "core/storage/database.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using flags::Segment;
using flags::SegmentService;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kNewSegmentSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "maxLength": 256},
    "description": {"type": "string", "maxLength": 4096},
    "included": {"type": "array", "maxItems": 10000, "items": {"type": "string", "minLength": 1, "maxLength": 256}},
    "excluded": {"type": "array", "maxItems": 10000, "items": {"type": "string", "minLength": 1, "maxLength": 256}},
    "rule": {"type": ["object", "null"], "description": "Of everybody who is in no list. JSONLogic with flagd's operations."}}})";

constexpr std::string_view kSegmentSchema = R"({
  "type": "object",
  "required": ["key", "environment", "name", "description", "included", "excluded", "rule", "created_at", "updated_at"],
  "properties": {
    "key": {"type": "string"},
    "environment": {"type": "string", "description": "Whose it is: the one asked for, or production."},
    "name": {"type": "string"},
    "description": {"type": "string"},
    "included": {"type": "array", "items": {"type": "string"}},
    "excluded": {"type": "array", "items": {"type": "string"}},
    "rule": {"type": ["object", "null"]},
    "created_at": {"type": "string", "format": "date-time"},
    "updated_at": {"type": "string", "format": "date-time"}}})";

constexpr std::string_view kListedSegmentSchema = R"({
  "type": "object",
  "required": ["key", "environment", "name", "description", "included_count", "excluded_count", "created_at",
               "updated_at"],
  "properties": {
    "key": {"type": "string"},
    "environment": {"type": "string"},
    "name": {"type": "string"},
    "description": {"type": "string"},
    "included_count": {"type": "integer"},
    "excluded_count": {"type": "integer"},
    "created_at": {"type": "string", "format": "date-time"},
    "updated_at": {"type": "string", "format": "date-time"}}})";

Json segment_json(const Segment& segment, bool listed) {
    // One that can't be read is shown without anything in it, so that it is found and written anew.
    Json stored = Json::parse(segment.definition, nullptr, false);
    if (!stored.is_object() || !stored.contains("name"))
        stored = {
            {"name", ""}, {"description", ""}, {"included", Json::array()}, {"excluded", Json::array()}};
    Json body{{"key", segment.key},
              {"environment", segment.environment},
              {"name", stored["name"]},
              {"description", stored["description"]}};
    if (listed) {
        body["included_count"] = stored["included"].size();
        body["excluded_count"] = stored["excluded"].size();
    } else {
        body["included"] = stored["included"];
        body["excluded"] = stored["excluded"];
        body["rule"] = stored.contains("rule") ? stored["rule"] : Json();
    }
    body["created_at"] = base::format_rfc3339(segment.created_at);
    body["updated_at"] = base::format_rfc3339(segment.updated_at);
    return body;
}

Result<Response> list_segments(SegmentService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto all, service.list(call.context, *call.unit));
    std::map<std::string, Json> rows;
    for (const auto& segment : all)
        rows.emplace(segment.key, segment_json(segment, true));
    return page_of_all(call, std::move(rows));
}

Result<Response> get_segment(SegmentService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto found, service.get(call.context, *call.unit, call.parameter("key")));
    return json_answer(200, segment_json(found, false), found.version);
}

Result<Response> put_segment(SegmentService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY_ASSIGN(const auto put,
                       service.put(context, *call.unit, call.parameter("key"), call.request.body, version));
    return json_answer(put.created ? 201 : 200, segment_json(put.segment, false), put.segment.version);
}

Result<Response> remove_segment(SegmentService& service, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY(service.remove(context, *call.unit, call.parameter("key"), version));
    return no_content();
}

}  // namespace

std::vector<Route> flag_segment_routes(const Parts& parts) {
    auto& service = parts.flag_segments;
    const auto with = [&service](auto handler) {
        return [&service, handler](const Call& call) { return handler(service, call); };
    };
    const std::string tag = "Flags", schema(kSegmentSchema), path = "/api/v1/flag-segments";
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kGet,
         .pattern = path,
         .operation = "list_flag_segments",
         .summary = "List segments",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(list_segments),
         .scope = "flags:read",
         .environments = true,
         .response_schema = page_schema(kListedSegmentSchema),
         .parameters = std::string(kPageParameters)},
        {.method = Method::kGet,
         .pattern = path + "/{key}",
         .operation = "get_flag_segment",
         .summary = "Read a segment",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(get_segment),
         .scope = "flags:read",
         .environments = true,
         .response_schema = schema},
        {.method = Method::kPut,
         .pattern = path + "/{key}",
         .operation = "put_flag_segment",
         .summary = "Create or replace a segment",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(put_segment),
         .scope = "flags:write",
         .environments = true,
         .request_type = "application/json",
         .body_limit = 1048576,
         .json_depth = flags::kMaxRuleJsonDepth,
         .request_schema = std::string(kNewSegmentSchema),
         .creates = true,
         .response_schema = schema,
         .parameters = with_comment(kIfMatchParameter)},
        {.method = Method::kDelete,
         .pattern = path + "/{key}",
         .operation = "delete_flag_segment",
         .summary = "Remove a segment that no rule refers to",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(remove_segment),
         .scope = "flags:write",
         .environments = true,
         .success = 204,
         .response_type = "",
         .parameters = with_comment(kIfMatchParameter)},
    };
}

}  // namespace mortise::api
