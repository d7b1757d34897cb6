// /api/v1/audit: who did what, by the audit trail of core.db.
#include "core/api/answers.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/tenancy/trail.hpp"

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

constexpr std::string_view kEntrySchema = R"({
  "type": "object",
  "required": ["id", "position", "time", "action", "outcome", "target", "principal", "actor", "request_id",
               "details", "client_address", "hash"],
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "position": {"type": "string", "description": "Rises by one with each entry of the whole trail."},
    "time": {"type": "string", "format": "date-time"},
    "action": {"type": "string", "description": "Such as user.created; stable."},
    "outcome": {"type": "string", "enum": ["success", "denied", "failure"]},
    "target": {"type": "string", "description": "What it was done to, such as user:<id>."},
    "principal": {"type": "object", "description": "In whose name.", "required": ["kind", "id"], "properties": {
      "kind": {"type": "string", "enum": ["anonymous", "user", "api_key", "system"]},
      "id": {"type": ["string", "null"], "format": "uuid"}}},
    "actor": {"type": ["string", "null"], "format": "uuid", "description": "Who really acted."},
    "request_id": {"type": ["string", "null"], "format": "uuid"},
    "details": {"type": "object"},
    "client_address": {"type": ["string", "null"], "description": "Null if there was none, or it was erased."},
    "hash": {"type": "string", "description": "BLAKE2b-256 over the entry and the hash before it."}}})";

std::string_view kind_text(std::int64_t kind) noexcept {
    switch (static_cast<base::PrincipalKind>(kind)) {
        case base::PrincipalKind::kUser:
            return "user";
        case base::PrincipalKind::kApiKey:
            return "api_key";
        case base::PrincipalKind::kSystem:
            return "system";
        case base::PrincipalKind::kAnonymous:
            break;
    }
    return "anonymous";
}

Json id_json(const base::Uuid& id) {
    return id.is_nil() ? Json() : Json(id.to_string());
}

Json to_json(const audit::Record& record) {
    return {{"id", record.id.to_string()},
            {"position", std::to_string(record.position)},
            {"time", base::format_rfc3339(record.time)},
            {"action", record.action},
            {"outcome", record.outcome},
            {"target", record.target},
            {"principal", {{"kind", kind_text(record.principal_kind)}, {"id", id_json(record.principal)}}},
            {"actor", id_json(record.actor)},
            {"request_id", id_json(record.request)},
            {"details", Json::parse(record.details_json)},
            {"client_address", record.personal ? Json(*record.personal) : Json()},
            {"hash", base::to_hex(record.hash)}};
}

// Newest first. The cursor is the position of the last entry of the page before; one entry more than the
// page is read, to know whether another page follows.
Result<Response> list(const base::Clock& clock, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto request, page_request(call));
    const auto before =
        request.cursor.empty() ? std::int64_t{0} : base::parse_i64(request.cursor).value_or(0);
    if (before < 1 && !request.cursor.empty())
        return Error{ErrorKind::kInvalid, "invalid_cursor", "The cursor is not one of this list."};
    MORTISE_TRY_ASSIGN(auto records,
                       tenancy::recorded(*call.unit, clock, call.context.tenant, before, request.limit + 1));
    tenancy::Page<audit::Record> page;
    if (records.size() > request.limit) {
        records.resize(request.limit);
        page.next_cursor = std::to_string(records.back().position);
    }
    page.items = std::move(records);
    return page_answer(page, [](const auto& item) { return to_json(item); });
}

}  // namespace

std::vector<Route> audit_routes(const Parts& parts) {
    return {
        {.method = Method::kGet,
         .pattern = "/api/v1/audit",
         .operation = "list_audit",
         .summary = "List the audit trail, newest first; inside a tenant what was done there",
         .tag = "Audit",
         .realm = http::Realm::kEither,
         .work = http::Work::kCoreRead,
         .handler = [&clock = parts.clock](const Call& call) { return list(clock, call); },
         .scope = "audit:read",
         .response_schema = page_schema(kEntrySchema),
         .parameters = std::string(kPageParameters)},
    };
}

}  // namespace mortise::api
