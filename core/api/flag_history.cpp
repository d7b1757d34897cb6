// /api/v1/flags/{key}/history and /api/v1/flag-set/history: what was done, and how it is undone.
#include "core/flags/flag_history.hpp"

#include "core/api/answers.hpp"
#include "core/api/flag_writes.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/storage/database.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using flags::FlagHistory;
using flags::HistoryEntry;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

// An entry; `@` stands for the schema of its author.
constexpr std::string_view kHistorySchema = R"({
  "type": "object",
  "required": ["version", "kind", "targeting_key", "plan", "action", "before", "after", "author", "actor",
               "comment", "change_request", "at"],
  "properties": {
    "version": {"type": "integer", "description": "Rises by one with each entry of the key."},
    "kind": {"type": "string", "description": "What was changed.",
      "enum": ["flag", "state", "overrides", "flag_set", "segment", "user_override", "tenant_override", "plan_override"]},
    "targeting_key": {"type": ["string", "null"], "description": "Of a user's override."},
    "plan": {"type": ["string", "null"], "description": "Of a plan's override."},
    "action": {"type": "string", "enum": ["created", "updated", "deleted"]},
    "before": {"type": ["object", "null"], "description": "A definition, an override's variant, what is killed and archived, or how many overrides went with a flag and were kept; null: it was not there."},
    "after": {"type": ["object", "null"], "description": "The same; null: it is gone."},
    "author": @,
    "actor": {"type": ["string", "null"], "format": "uuid", "description": "Who really acted, if it is another."},
    "comment": {"type": "string"},
    "change_request": {"type": ["string", "null"], "format": "uuid", "description": "By which it was applied."},
    "at": {"type": "string", "format": "date-time"},
    "overrides_restored": {"type": "integer", "minimum": 0,
      "description": "Of a restoration alone: how many overrides came back with the flag."}}})";

std::string history_schema() {
    std::string schema(kHistorySchema);
    return schema.replace(schema.find('@'), 1, kAuthorSchema);
}

bool is_override(const HistoryEntry& entry) {
    return entry.kind.ends_with("_override");
}

Json state_json(const HistoryEntry& entry, const std::optional<std::string>& state) {
    if (!state) return {};
    return is_override(entry) ? Json{{"variant", *state}} : Json::parse(*state);
}

Json entry_json(const HistoryEntry& entry) {
    const auto subject = [&](std::string_view kind) {
        return entry.kind == kind ? Json(entry.subject) : Json();
    };
    return {{"version", entry.number},
            {"kind", entry.kind},
            {"targeting_key", subject(flags::kUserOverride)},
            {"plan", subject(flags::kPlanOverride)},
            {"action", entry.action},
            {"before", state_json(entry, entry.was)},
            {"after", state_json(entry, entry.became)},
            {"author", author_json(entry.author)},
            {"actor", id_or_null(entry.actor)},
            {"comment", entry.comment},
            {"change_request", id_or_null(entry.change_request)},
            {"at", base::format_rfc3339(entry.done_at)}};
}

// Of what the routes are; a set has no key.
struct HistorySpace {
    std::string_view name;
    std::string_view path;
    std::string_view operation;
    std::string_view words;
};
constexpr HistorySpace kFlagHistory{flags::kFlagSpace, "/api/v1/flags/{key}", "flag", "a flag, newest first"};
constexpr HistorySpace kSegmentHistory{flags::kSegmentSpace, "/api/v1/flag-segments/{key}", "flag_segment",
                                       "a segment, newest first"};
constexpr HistorySpace kSetHistory{flags::kFlagSetSpace, "/api/v1/flag-set", "flag_set",
                                   "what all flags share"};

std::string key_of(const HistorySpace& space, const Call& call) {
    return space.name == flags::kFlagSetSpace ? std::string() : call.parameter("key");
}

// What is no number is no version that there is.
std::int64_t version_of(const Call& call) {
    return base::parse_i64(call.parameter("version")).value_or(0);
}

Result<Response> list(FlagHistory& history, const HistorySpace& space, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto request, page_request(call));
    MORTISE_TRY_ASSIGN(const auto page,
                       history.list(call.context, *call.unit, space.name, key_of(space, call), request));
    return page_answer(page, entry_json);
}

Result<Response> get(FlagHistory& history, const HistorySpace& space, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto entry, history.get(call.context, *call.unit, space.name,
                                                     key_of(space, call), version_of(call)));
    return json_answer(200, entry_json(entry));
}

Result<Response> restore(FlagHistory& history, const HistorySpace& space, const Call& call) {
    MORTISE_TRY_ASSIGN(const auto version, if_match(call, false));
    MORTISE_TRY_ASSIGN(const auto context, writing(call));
    MORTISE_TRY_ASSIGN(const auto restored, history.restore(context, *call.unit, space.name,
                                                            key_of(space, call), version_of(call), version));
    Json answer = entry_json(restored.entry);
    answer["overrides_restored"] = restored.overrides;
    return json_answer(200, answer);
}

using HistoryHandler = Result<Response> (*)(FlagHistory&, const HistorySpace&, const Call&);

void add_history_routes(std::vector<Route>& rows, FlagHistory& history, const HistorySpace& space) {
    const auto row = [&](Method method, const std::string& pattern, const std::string& operation,
                         const std::string& summary, HistoryHandler handler) {
        Route route;
        route.method = method;
        route.pattern = std::string(space.path) + pattern;
        route.operation = operation;
        route.summary = summary;
        route.tag = "Flags";
        route.realm = http::Realm::kEither;
        route.environments = true;
        route.work = method == Method::kGet ? http::Work::kCoreRead : http::Work::kCoreWrite;
        route.handler = [&history, &space, handler](const Call& call) {
            return handler(history, space, call);
        };
        route.scope = method == Method::kGet ? "flags:read" : "flags:write";
        route.response_schema = history_schema();
        rows.push_back(std::move(route));
    };
    const std::string of(space.operation), words(space.words);
    row(Method::kGet, "/history", "list_" + of + "_history", "List what was done to " + words, list);
    rows.back().response_schema = page_schema(history_schema());
    rows.back().parameters = kPageParameters;
    row(Method::kGet, "/history/{version}", "get_" + of + "_version",
        "Read one entry of the history of " + of, get);
    row(Method::kPost, "/history/{version}/restore", "restore_" + of + "_version",
        "Make it again what it was after this version", restore);
    rows.back().parameters = with_comment(kIfMatchParameter);
}

}  // namespace

std::vector<Route> flag_history_routes(const Parts& parts) {
    std::vector<Route> rows;
    add_history_routes(rows, parts.flag_history, kFlagHistory);
    add_history_routes(rows, parts.flag_history, kSegmentHistory);
    add_history_routes(rows, parts.flag_history, kSetHistory);
    return rows;
}

}  // namespace mortise::api
