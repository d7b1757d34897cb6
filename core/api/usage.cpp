// /api/v1/usage and /api/v1/licenses/usage-reports: what was used, and what the vendor is told of it.
#include "licenses/document/usage.hpp"

#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/licensing/usage_reporter.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/meters.hpp"
#include "core/tenancy/trail.hpp"
#include "core/tenancy/usage_repository.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using tenancy::Day;
using Json = nlohmann::ordered_json;

constexpr Day kMostDays = 366;

constexpr std::string_view kUsageSchema = R"({
  "type": "object", "required": ["from", "to", "items"],
  "properties": {
    "from": {"type": "string", "format": "date"},
    "to": {"type": "string", "format": "date", "description": "The first day that isn't counted."},
    "items": {"type": "array", "items": {
      "type": "object", "required": ["day", "tenant", "meter", "kind", "quantity"],
      "properties": {"day": {"type": "string", "format": "date"}, "tenant": {"type": ["string", "null"]},
                     "meter": {"type": "string"}, "kind": {"type": "string", "enum": ["sum", "max"]},
                     "quantity": {"type": "integer"}}}}}})";
constexpr std::string_view kUsageParameters = R"([
  {"name": "from", "in": "query", "description": "First day (UTC); 30 days before `to` if absent.",
   "schema": {"type": "string", "format": "date"}},
  {"name": "to", "in": "query", "description": "First day that isn't counted; tomorrow if absent.",
   "schema": {"type": "string", "format": "date"}}])";
constexpr std::string_view kReportSchema = R"({
  "type": "object", "required": ["sequence", "from", "to", "made_at"],
  "properties": {
    "sequence": {"type": "integer"},
    "from": {"type": "string", "format": "date"},
    "to": {"type": "string", "format": "date", "description": "The first day that isn't reported."},
    "made_at": {"type": "string", "format": "date-time"},
    "report": {"type": "string", "description": "The signed document (usage/v1), for the vendor."}}})";

Result<std::optional<Day>> day_parameter(const Call& call, std::string_view name) {
    const std::string* text = call.query_value(name);
    if (text == nullptr) return std::optional<Day>();
    const auto day = licenses::parse_day(*text);
    if (!day)
        return Error{ErrorKind::kInvalid,
                     "invalid_day",
                     "A day is written as 2026-11-26.",
                     {},
                     {{std::string(name), "invalid_day", "A day is written as 2026-11-26."}}};
    return std::optional<Day>(*day);
}

Result<Response> usage(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto from_text, day_parameter(call, "from"));
    MORTISE_TRY_ASSIGN(const auto to_text, day_parameter(call, "to"));
    const Day to = to_text.value_or(tenancy::day_of(parts.licence.now()) + 1);
    const Day from = from_text.value_or(to - 30);
    if (from > to || to - from > kMostDays)
        return Error{ErrorKind::kInvalid, "invalid_day", "`from` is at most 366 days before `to`."};
    const auto tenant = call.context.platform() ? std::nullopt : std::optional(call.context.tenant);
    MORTISE_TRY_ASSIGN(const auto rows, tenancy::repository::usage(*call.unit, tenant, from, to));
    const auto tenants = parts.directory.read();
    Json items = Json::array();
    for (const tenancy::UsageRow& row : rows) {
        const tenancy::Tenant* found = tenants->find(row.tenant);
        const Json name = row.tenant.is_nil() ? Json() : Json(found ? found->slug : row.tenant.to_string());
        items.push_back({{"day", licenses::format_day(row.day)},
                         {"tenant", name},
                         {"meter", row.meter},
                         {"kind", tenancy::to_string(row.kind)},
                         {"quantity", row.quantity}});
    }
    return json_answer(200, Json{{"from", licenses::format_day(from)},
                                 {"to", licenses::format_day(to)},
                                 {"items", std::move(items)}});
}

Json report_json(const licensing::UsageReportInfo& report) {
    return {{"sequence", report.sequence},
            {"from", licenses::format_day(report.from)},
            {"to", licenses::format_day(report.to)},
            {"made_at", base::format_rfc3339(report.made_at)}};
}

Response report_answer(int status, const licensing::UsageReportInfo& report) {
    Json body = report_json(report);
    body["report"] = report.token;
    return json_answer(status, body);
}

Result<Response> make_report(const Parts& parts, const Call& call) {
    std::optional<Day> to;
    if (!call.request.body.empty()) {
        BodyReader body(call.request.body);
        const auto text = body.optional_text("to");
        MORTISE_TRY(body.finish());
        if (text) to = licenses::parse_day(*text);
        if (text && !to) return Error{ErrorKind::kInvalid, "invalid_day", "A day is written as 2026-11-26."};
    }
    MORTISE_TRY_ASSIGN(const auto report, parts.reporter.make(*call.unit, to));
    MORTISE_TRY(tenancy::record(call.context, *call.unit, parts.clock, "usage.reported", "usage"));
    return report_answer(201, report);
}

Result<Response> list_reports(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto page, page_request(call));
    const auto after = page.cursor.empty() ? std::optional<std::int64_t>(0) : base::parse_i64(page.cursor);
    if (!after)
        return Error{ErrorKind::kInvalid, "invalid_cursor", "The cursor is not one that was given out."};
    MORTISE_TRY_ASSIGN(auto reports, parts.reporter.list(*call.unit, *after, std::int64_t{page.limit} + 1));
    const bool more = reports.size() > page.limit;
    if (more) reports.resize(page.limit);
    Json items = Json::array();
    for (const auto& report : reports)
        items.push_back(report_json(report));
    return json_answer(200,
                       Json{{"items", std::move(items)},
                            {"next_cursor", more ? Json(std::to_string(reports.back().sequence)) : Json()}});
}

Result<Response> get_report(const Parts& parts, const Call& call) {
    const auto sequence = base::parse_i64(call.parameter("sequence"));
    MORTISE_TRY_ASSIGN(const auto report, parts.reporter.get(*call.unit, sequence.value_or(0)));
    return report_answer(200, report);
}

}  // namespace

std::vector<Route> usage_routes(const Parts& parts) {
    const auto with = [&parts](Result<Response> (*handler)(const Parts&, const Call&)) {
        return [&parts, handler](const Call& call) { return handler(parts, call); };
    };
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kGet,
         .pattern = "/api/v1/usage",
         .operation = "get_usage",
         .summary = "What was used, by day and meter: of all tenants, or inside a tenant its own",
         .tag = "Licence",
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(usage),
         .scope = "usage:read",
         .response_schema = std::string(kUsageSchema),
         .parameters = std::string(kUsageParameters)},
        {.method = Method::kPost,
         .pattern = "/api/v1/licenses/usage-reports",
         .operation = "make_usage_report",
         .summary = "Make the next usage report: of the days that are over and not reported yet",
         .tag = "Licence",
         .realm = kPlatform,
         .work = kCoreWrite,
         .handler = with(make_report),
         .scope = "licenses:write",
         .request_type = "application/json",
         .optional_body = true,
         .request_schema = R"({"type": "object", "additionalProperties": false, "properties": {
             "to": {"type": ["string", "null"], "format": "date",
                    "description": "The first day that isn't reported; today if absent."}}})",
         .idempotency_key = true,
         .success = 201,
         .response_schema = std::string(kReportSchema),
         .prepare = [&parts](const Call&) -> Result<std::any> {
             MORTISE_TRY(parts.meters.flush(true));
             return std::any();
         }},
        {.method = Method::kGet,
         .pattern = "/api/v1/licenses/usage-reports",
         .operation = "list_usage_reports",
         .summary = "List the usage reports that were made",
         .tag = "Licence",
         .realm = kPlatform,
         .work = kCoreRead,
         .handler = with(list_reports),
         .scope = "licenses:read",
         .response_schema = page_schema(kReportSchema),
         .parameters = std::string(kPageParameters)},
        {.method = Method::kGet,
         .pattern = "/api/v1/licenses/usage-reports/{sequence}",
         .operation = "get_usage_report",
         .summary = "Read a usage report",
         .tag = "Licence",
         .realm = kPlatform,
         .work = kCoreRead,
         .handler = with(get_report),
         .scope = "licenses:read",
         .response_schema = std::string(kReportSchema)},
    };
}

}  // namespace mortise::api
