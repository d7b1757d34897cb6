// /ofrep/v1/events: OFREP's event stream, event-streams.yaml of 0.3.0.
#include "core/api/flag_streams.hpp"
#include "core/api/resources.hpp"
#include "core/http/sse.hpp"

namespace mortise::api {
namespace {

using base::Result;
using http::Call;
using http::Response;
using http::Route;

constexpr std::string_view kParameters = R"([
  {"name": "ticket", "in": "query", "required": true, "description": "As eventStreams of a bulk evaluation gives it.",
   "schema": {"type": "string", "maxLength": 256}},
  {"name": "Last-Event-ID", "in": "header", "description": "The id of the last event that was seen.",
   "schema": {"type": "string", "maxLength": 64}}])";

// The ticket is the credential: an EventSource can't send a header.
std::string_view ticket_of(const Call& call) {
    const std::string* const ticket = call.query_value("ticket");
    return ticket == nullptr ? std::string_view() : *ticket;
}

// Whether the client knows more than this node: another node may have told it, or a database that was
// restored meanwhile.
bool is_behind(const Parts& parts, const Call& call) {
    return parts.flag_streams.is_behind(ticket_of(call),
                                        call.request.head.header("last-event-id").value_or(""));
}

Result<Response> events(const Parts& parts, const Call& call) {
    bool asked = false;
    // Without the database the client waits until there is more to tell.
    if (is_behind(parts, call))
        asked = parts.snapshots.refresh_unless([&] { return !is_behind(parts, call); }).ok();
    const auto last = call.request.head.header("last-event-id").value_or("");
    MORTISE_TRY_ASSIGN(auto feed, parts.flag_streams.open(ticket_of(call), last, asked));
    // A proxy that gathers an answer before it passes it on would make it useless.
    return Response{.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
                    .content_type = std::string(http::kEventStreamType),
                    .feed = std::move(feed)};
}

}  // namespace

std::vector<Route> ofrep_event_routes(const Parts& parts) {
    return {
        {.method = http::Method::kGet,
         .pattern = "/ofrep/v1/events",
         .operation = "ofrep_events",
         .summary = "Listen to changes of flags",
         .tag = "OFREP",
         .realm = http::Realm::kPublic,
         .work = http::Work::kInline,
         .handler = [&parts](const Call& call) { return events(parts, call); },
         .response_type = std::string(http::kEventStreamType),
         .parameters = std::string(kParameters),
         .cross_origin = true,
         .may_block = [&parts](const Call& call) { return is_behind(parts, call); }},
    };
}

}  // namespace mortise::api
