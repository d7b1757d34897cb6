// /api/v1/flag-change-requests: changes of flags that wait for others to agree, or for their time.
#include "core/api/answers.hpp"
#include "core/api/flag_writes.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/flags/change_request_service.hpp"
#include "core/flags/compiler.hpp"
#include "core/flags/export.hpp"
#include "core/identity/api_key_service.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using flags::ChangeRequests;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxRequestBody = flags::kMaxChangesSize + 64 * 1024;

constexpr std::string_view kNewChangeRequestSchema = R"({
  "type": "object", "required": ["title", "changes"], "additionalProperties": false,
  "properties": {
    "title": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": {"type": ["string", "null"], "maxLength": 4000},
    "apply_at": {"type": ["string", "null"], "format": "date-time",
      "description": "When it is applied by itself, once it is approved; absent: when somebody applies it."},
    "changes": {"type": "array", "minItems": 1, "maxItems": 100, "items": {
      "type": "object", "required": ["op"],
      "properties": {
        "op": {"type": "string", "enum": ["put_flag", "delete_flag", "archive_flag", "unarchive_flag",
          "put_flag_set", "put_segment", "delete_segment", "put_override", "delete_override"]},
        "key": {"type": "string", "description": "The flag's or the segment's; not of put_flag_set."},
        "definition": {"type": "object", "description": "Of put_flag, put_flag_set and put_segment."},
        "targeting_key": {"type": ["string", "null"], "description": "Of a user's override."},
        "plan": {"type": ["string", "null"], "description": "Of a plan's override; without both it is the tenant's."},
        "variant": {"type": "string", "description": "Of put_override."}}}}}})";

// `@` stands for the schema of the author.
constexpr std::string_view kChangeRequestSchema = R"({
  "type": "object",
  "required": ["id", "title", "description", "environment", "state", "apply_at", "author", "approvals",
               "approvals_required", "edition", "error", "created_at", "updated_at"],
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "title": {"type": "string"},
    "description": {"type": "string"},
    "environment": {"type": "string"},
    "state": {"type": "string", "enum": ["open", "applied", "rejected", "withdrawn", "failed"]},
    "apply_at": {"type": ["string", "null"], "format": "date-time"},
    "author": @,
    "approvals": {"type": "integer", "description": "Of what it says now."},
    "approvals_required": {"type": "integer"},
    "edition": {"type": "integer", "description": "Rises with each edit; an approval is of one edition."},
    "error": {"type": ["string", "null"], "description": "Of a failed one: why, as a code."},
    "created_at": {"type": "string", "format": "date-time"},
    "updated_at": {"type": "string", "format": "date-time"},
    "outdated": {"type": "boolean", "description": "What it would replace has changed; it can't be applied as it is."},
    "changes": {"type": "array", "items": {"type": "object"}},
    "reviews": {"type": "array", "items": {
      "type": "object", "required": ["reviewer", "label", "edition", "decision", "comment", "at"],
      "properties": {
        "reviewer": {"type": "string", "format": "uuid"},
        "label": {"type": "string"},
        "edition": {"type": "integer"},
        "decision": {"type": "string", "enum": ["approved", "rejected"]},
        "comment": {"type": "string"},
        "at": {"type": "string", "format": "date-time"}}}}}})";

constexpr std::string_view kRequestListParameters = R"([
  {"name": "state", "in": "query",
   "schema": {"type": "string", "enum": ["open", "applied", "rejected", "withdrawn", "failed"]}},
  {"name": "limit", "in": "query", "description": "Items on a page, 1 to 100.",
   "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
  {"name": "cursor", "in": "query", "description": "next_cursor of the page before.",
   "schema": {"type": "string"}}])";

std::string request_schema() {
    std::string schema(kChangeRequestSchema);
    return schema.replace(schema.find('@'), 1, kAuthorSchema);
}

Json request_json(const ChangeRequests::View& view) {
    const auto& request = view.request;
    return {{"id", request.id.to_string()},
            {"title", request.title},
            {"description", request.description},
            {"environment", request.environment},
            {"state", request.state},
            {"apply_at", request.apply_at ? Json(base::format_rfc3339(*request.apply_at)) : Json()},
            {"author", author_json(request.author)},
            {"approvals", view.approvals},
            {"approvals_required", view.approvals_required},
            {"edition", request.edition},
            {"error", request.error.empty() ? Json() : Json(request.error)},
            {"created_at", base::format_rfc3339(request.created_at)},
            {"updated_at", base::format_rfc3339(request.updated_at)}};
}

Response request_answer(int status, const ChangeRequests::View& view) {
    Json body = request_json(view);
    body["outdated"] = view.outdated;
    body["changes"] = flags::to_json(view.request.changes, false);
    Json reviews = Json::array();
    for (const auto& review : view.reviews)
        reviews.push_back({{"reviewer", review.reviewer.to_string()},
                           {"label", review.label},
                           {"edition", review.edition},
                           {"decision", review.approved ? "approved" : "rejected"},
                           {"comment", review.comment},
                           {"at", base::format_rfc3339(review.reviewed_at)}});
    body["reviews"] = std::move(reviews);
    return json_answer(status, body, view.request.version);
}

// Reads a body's members; what is wrong with the changes themselves their service says.
class RequestReader {
 public:
    explicit RequestReader(const nlohmann::json& body) : body_(body) {
        if (!body.is_object()) fault("", "wrong_type", "The body must be a JSON object.");
    }

    std::string text(const char* name, bool needed) {
        const auto* const found = find(name);
        if (found == nullptr) {
            if (needed) fault(name, "required", "This member is required.");
            return {};
        }
        if (found->is_string()) return found->get<std::string>();
        fault(name, "wrong_type", "This member must be a string.");
        return {};
    }

    std::optional<base::Micros> time(const char* name) {
        const auto given = text(name, false);
        if (given.empty() && find(name) == nullptr) return std::nullopt;
        const auto time = base::parse_rfc3339(given);
        if (!time) fault(name, "invalid_time", "This member must be a time such as 2027-01-31T12:00:00Z.");
        return time;
    }

    std::string list(const char* name) {
        const auto* const found = find(name);
        if (found == nullptr) fault(name, "required", "This member is required.");
        return found == nullptr ? "[]" : found->dump();
    }

    base::Status finish() {
        if (body_.is_object())
            for (const auto& [name, value] : body_.items())
                if (std::find(asked_.begin(), asked_.end(), name) == asked_.end())
                    faults_.push_back(
                        {"/" + tenancy::pointer_token(name), "unknown_member", "There is no such member."});
        if (faults_.empty()) return {};
        return Error{ErrorKind::kInvalid,
                     "invalid_body",
                     "The body has faults; see `errors`.",
                     {},
                     std::move(faults_)};
    }

 private:
    const nlohmann::json* find(const char* name) {
        asked_.emplace_back(name);
        if (!body_.is_object()) return nullptr;
        const auto found = body_.find(name);
        return found == body_.end() || found->is_null() ? nullptr : &*found;
    }
    void fault(const std::string& name, std::string code, std::string detail) {
        faults_.push_back({name.empty() ? name : "/" + name, std::move(code), std::move(detail)});
    }

    const nlohmann::json& body_;
    std::vector<std::string> asked_;
    std::vector<base::FieldError> faults_;
};

Result<ChangeRequests::Text> read_request_text(const Call& call) {
    nlohmann::json body;
    MORTISE_TRY(tenancy::parse_strict_json(
        call.request.body, {.size = kMaxRequestBody, .depth = flags::kMaxRuleJsonDepth}, body));
    RequestReader reader(body);
    ChangeRequests::Text text{.title = reader.text("title", true),
                              .description = reader.text("description", false),
                              .changes = reader.list("changes"),
                              .apply_at = reader.time("apply_at")};
    MORTISE_TRY(reader.finish());
    return text;
}

// An API key acts for the user that owns it.
Result<base::Uuid> person_of(const Parts& parts, const Call& call) {
    const auto& who = call.context.actor.id.is_nil() ? call.context.principal : call.context.actor;
    if (who.kind != base::PrincipalKind::kApiKey) return who.id;
    auto key = parts.api_keys.get(call.context, *call.unit, who.id);
    if (key) return key->owner;
    auto platform = call.context;
    platform.tenant = {};
    MORTISE_TRY_ASSIGN(const auto of_platform, parts.api_keys.get(platform, *call.unit, who.id));
    return of_platform.owner;
}

// What is no id names nothing that there is.
base::Uuid request_id(const Call& call) {
    return base::Uuid::parse(call.parameter("id")).value_or(base::Uuid{});
}

Result<Response> create_request(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto text, read_request_text(call));
    MORTISE_TRY_ASSIGN(const auto person, person_of(parts, call));
    if (const auto based_on = call.request.head.header("if-match"))
        MORTISE_TRY(flags::check_exported(call.context, *call.unit, parts.flags, *based_on));
    MORTISE_TRY_ASSIGN(const auto view,
                       parts.flag_change_requests.create({call.context, person}, *call.unit, text));
    return request_answer(201, view);
}

Result<Response> list_request(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto request, page_request(call, {"state"}));
    const std::string* const state = call.query_value("state");
    constexpr std::array<std::string_view, 5> kStates{flags::kOpen, flags::kApplied, flags::kRejected,
                                                      flags::kWithdrawn, flags::kFailed};
    if (state != nullptr && std::find(kStates.begin(), kStates.end(), *state) == kStates.end())
        return Error{ErrorKind::kInvalid,
                     "invalid_state",
                     "The query has faults; see `errors`.",
                     {},
                     {{"state", "invalid_state", "There is no such state."}}};
    MORTISE_TRY_ASSIGN(const auto page, parts.flag_change_requests.list(
                                            call.context, *call.unit,
                                            state == nullptr ? std::string_view() : *state, request));
    return page_answer(page, request_json);
}

Result<Response> get_request(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto view,
                       parts.flag_change_requests.get(call.context, *call.unit, request_id(call)));
    return request_answer(200, view);
}

Result<Response> edit_request(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, true));
    MORTISE_TRY_ASSIGN(const auto text, read_request_text(call));
    MORTISE_TRY_ASSIGN(const auto person, person_of(parts, call));
    MORTISE_TRY_ASSIGN(const auto view, parts.flag_change_requests.edit({call.context, person}, *call.unit,
                                                                        request_id(call), text, version));
    return request_answer(200, view);
}

Result<Response> review_request(const Parts& parts, const Call& call, bool approve) {
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, true));
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto person, person_of(parts, call));
    MORTISE_TRY_ASSIGN(const auto view,
                       parts.flag_change_requests.review({context, person}, *call.unit, request_id(call),
                                                         approve, context.comment, version));
    return request_answer(200, view);
}

Result<Response> approve_request(const Parts& parts, const Call& call) {
    return review_request(parts, call, true);
}

Result<Response> reject_request(const Parts& parts, const Call& call) {
    return review_request(parts, call, false);
}

Result<Response> withdraw_request(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY_ASSIGN(const auto person, person_of(parts, call));
    MORTISE_TRY_ASSIGN(const auto view, parts.flag_change_requests.withdraw(
                                            {call.context, person}, *call.unit, request_id(call), version));
    return request_answer(200, view);
}

Result<Response> apply_request(const Parts& parts, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto view,
                       parts.flag_change_requests.apply(context, *call.unit, request_id(call)));
    return request_answer(200, view);
}

using RequestHandler = Result<Response> (*)(const Parts&, const Call&);

Route request_row(const Parts& parts, Method method, const std::string& pattern, const std::string& operation,
                  const std::string& summary, RequestHandler handler) {
    Route route;
    route.method = method;
    route.pattern = "/api/v1/flag-change-requests" + pattern;
    route.operation = operation;
    route.summary = summary;
    route.tag = "Flag change requests";
    route.realm = http::Realm::kEither;
    route.environments = true;
    route.work = method == Method::kGet ? http::Work::kCoreRead : http::Work::kCoreWrite;
    route.handler = [&parts, handler](const Call& call) { return handler(parts, call); };
    route.scope = method == Method::kGet ? "flags:read" : "flags:write";
    route.response_schema = request_schema();
    return route;
}

void takes(Route& route, std::string_view schema, std::uint64_t limit) {
    route.request_type = "application/json";
    route.request_schema = std::string(schema);
    route.body_limit = limit;
    route.json_depth = flags::kMaxRuleJsonDepth;
}

}  // namespace

std::vector<Route> flag_change_request_routes(const Parts& parts) {
    std::vector<Route> rows;
    rows.push_back(request_row(parts, Method::kPost, "", "create_flag_change_request",
                               "Propose changes of flags, for approval or for later", create_request));
    takes(rows.back(), kNewChangeRequestSchema, kMaxRequestBody);
    rows.back().success = 201;
    rows.back().idempotency_key = true;
    rows.push_back(request_row(parts, Method::kGet, "", "list_flag_change_requests", "List change requests",
                               list_request));
    rows.back().response_schema = page_schema(request_schema());
    rows.back().parameters = kRequestListParameters;
    rows.push_back(request_row(parts, Method::kGet, "/{id}", "get_flag_change_request",
                               "Read a change request", get_request));
    rows.push_back(request_row(parts, Method::kPut, "/{id}", "edit_flag_change_request",
                               "Replace what a change request says, which voids its approvals",
                               edit_request));
    takes(rows.back(), kNewChangeRequestSchema, kMaxRequestBody);
    rows.back().parameters = kIfMatchRequired;
    rows.push_back(request_row(parts, Method::kPost, "/{id}/approve", "approve_flag_change_request",
                               "Agree to what was read of a change request", approve_request));
    rows.push_back(request_row(parts, Method::kPost, "/{id}/reject", "reject_flag_change_request",
                               "Refuse a change request, which ends it", reject_request));
    for (auto* const reviewed : {&rows[rows.size() - 2], &rows[rows.size() - 1]}) {
        reviewed->scope = "flags:approve";
        reviewed->parameters = with_comment(kIfMatchRequired);
    }
    rows.push_back(request_row(parts, Method::kPost, "/{id}/withdraw", "withdraw_flag_change_request",
                               "Take an own change request back", withdraw_request));
    rows.back().parameters = kIfMatchParameter;
    rows.push_back(request_row(parts, Method::kPost, "/{id}/apply", "apply_flag_change_request",
                               "Make the changes of a change request, all or none", apply_request));
    rows.back().parameters = with_comment();
    return rows;
}

}  // namespace mortise::api
