// /api/v1/licenses/leases: floating seats.
#include "core/licensing/seats.hpp"

#include "core/api/answers.hpp"
#include "core/api/body_reader.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"

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

constexpr std::string_view kLeaseSchema = R"({
  "type": "object", "required": ["id", "limit", "holder", "taken_at", "expires_at", "borrowed"],
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "limit": {"type": "string"},
    "holder": {"type": "string"},
    "taken_at": {"type": "string", "format": "date-time"},
    "expires_at": {"type": "string", "format": "date-time", "description": "The seat is free again from then on."},
    "borrowed": {"type": "boolean", "description": "For offline use: counted until its end."},
    "lease": {"type": "string", "description": "A signed document (lease/v1) that shows it without the server."}}})";

constexpr std::string_view kNewLeaseSchema = R"({
  "type": "object", "required": ["limit", "holder"], "additionalProperties": false,
  "properties": {
    "limit": {"type": "string", "description": "A limit of the licence whose kind is seats."},
    "holder": {"type": "string", "minLength": 1, "maxLength": 200},
    "borrow_s": {"type": ["integer", "null"], "minimum": 1,
                 "description": "Borrow the seat for so many seconds, to use it offline."}}})";

Json lease_json(const licensing::Seat& seat) {
    return {{"id", seat.id.to_string()},
            {"limit", seat.limit},
            {"holder", seat.holder},
            {"taken_at", base::format_rfc3339(seat.taken_at)},
            {"expires_at", base::format_rfc3339(seat.expires_at)},
            {"borrowed", seat.borrowed}};
}

Response lease_answer(int status, const Parts& parts, const Call& call, const licensing::Seat& seat) {
    Json body = lease_json(seat);
    body["lease"] = parts.seats.token_of(seat, call.context.tenant_slug);
    return json_answer(status, body);
}

Result<base::Uuid> lease_id(const Call& call) {
    const auto id = base::Uuid::parse(call.parameter("id"));
    if (!id) return Error{ErrorKind::kNotFound, "seat_not_found", "There is no such seat."};
    return *id;
}

Result<Response> check_out(const Parts& parts, const Call& call) {
    BodyReader body(call.request.body);
    licensing::SeatRequest request{.limit = body.text("limit"), .holder = body.text("holder")};
    request.borrow_s = body.optional_integer("borrow_s", 1, INT32_MAX).value_or(0);
    MORTISE_TRY(body.finish());
    MORTISE_TRY_ASSIGN(const auto seat, parts.seats.check_out(call.context, *call.unit, request));
    return lease_answer(201, parts, call, seat);
}

Result<Response> renew_seat(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto id, lease_id(call));
    MORTISE_TRY_ASSIGN(const auto seat, parts.seats.renew(call.context, *call.unit, id));
    return lease_answer(200, parts, call, seat);
}

Result<Response> give_back(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto id, lease_id(call));
    MORTISE_TRY(parts.seats.give_back(call.context, *call.unit, id));
    return no_content();
}

Result<Response> list_seats(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto seats, parts.seats.list(call.context, *call.unit));
    std::map<std::string, Json> all;
    for (const licensing::Seat& seat : seats)
        all.emplace(seat.id.to_string(), lease_json(seat));
    return page_of_all(call, std::move(all));
}

}  // namespace

std::vector<Route> seat_routes(const Parts& parts) {
    const auto with = [&parts](Result<Response> (*handler)(const Parts&, const Call&)) {
        return [&parts, handler](const Call& call) { return handler(parts, call); };
    };
    const std::string tag = "Licence", schema(kLeaseSchema);
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kPost,
         .pattern = "/api/v1/licenses/leases",
         .operation = "check_out_seat",
         .summary = "Check out a floating seat, or renew the holder's; borrow it for offline use",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(check_out),
         .scope = "licenses:lease",
         .request_type = "application/json",
         .request_schema = std::string(kNewLeaseSchema),
         .idempotency_key = true,
         .success = 201,
         .response_schema = schema},
        {.method = Method::kGet,
         .pattern = "/api/v1/licenses/leases",
         .operation = "list_seats",
         .summary = "List the seats that are checked out",
         .tag = tag,
         .realm = kEither,
         .work = kCoreRead,
         .handler = with(list_seats),
         .scope = "licenses:lease",
         .response_schema = page_schema(kLeaseSchema),
         .parameters = std::string(kPageParameters)},
        {.method = Method::kPost,
         .pattern = "/api/v1/licenses/leases/{id}/renew",
         .operation = "renew_seat",
         .summary = "Renew a lease before it ends",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(renew_seat),
         .scope = "licenses:lease",
         .response_schema = schema},
        {.method = Method::kDelete,
         .pattern = "/api/v1/licenses/leases/{id}",
         .operation = "give_back_seat",
         .summary = "Give a seat back",
         .tag = tag,
         .realm = kEither,
         .work = kCoreWrite,
         .handler = with(give_back),
         .scope = "licenses:lease",
         .success = 204,
         .response_type = ""},
    };
}

}  // namespace mortise::api
