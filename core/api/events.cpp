// /api/v1/events: what happened in a tenant, in order.
#include "core/api/answers.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/events/outbox.hpp"
#include "core/storage/database.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kEventSchema = R"({
  "type": "object", "description": "A CloudEvent, version 1.0.",
  "required": ["specversion", "id", "source", "type", "time", "position", "data"],
  "properties": {
    "specversion": {"type": "string", "const": "1.0"},
    "id": {"type": "string", "format": "uuid"},
    "source": {"type": "string"},
    "type": {"type": "string"},
    "subject": {"type": "string"},
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": {"type": "string"},
    "correlationid": {"type": "string", "format": "uuid"},
    "causeid": {"type": "string", "format": "uuid"},
    "position": {"type": "string", "description": "Rises by one with each event of the tenant."},
    "data": {"type": "object"}}})";

// The cursor is the position of the last event of the page before.
Result<Response> list(events::Outbox& outbox, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto request, page_request(call));
    const auto after =
        request.cursor.empty() ? std::int64_t{0} : base::parse_i64(request.cursor).value_or(-1);
    if (after < 0) return Error{ErrorKind::kInvalid, "invalid_cursor", "The cursor is not one of this list."};
    MORTISE_TRY_ASSIGN(const auto events, outbox.read(*call.unit, after, request.limit));
    std::string body = "{\"items\":[";
    for (std::size_t i = 0; i < events.size(); ++i)
        body += (i == 0 ? "" : ",") + events::to_cloud_event(events[i]);
    body += "],\"next_cursor\":";
    body += events.size() < request.limit ? "null" : '"' + std::to_string(events.back().position) + '"';
    body += '}';
    return Response{.content_type = "application/json", .body = std::move(body)};
}

}  // namespace

std::vector<Route> event_routes(const Parts& parts) {
    return {
        {.method = Method::kGet,
         .pattern = "/api/v1/events",
         .operation = "list_events",
         .summary = "List the tenant's events, oldest first",
         .tag = "Events",
         .realm = http::Realm::kTenant,
         .work = http::Work::kTenantRead,
         .handler = [&outbox = parts.outbox](const Call& call) { return list(outbox, call); },
         .scope = "events:read",
         .response_schema = page_schema(kEventSchema),
         .parameters = std::string(kPageParameters)},
    };
}

}  // namespace mortise::api
