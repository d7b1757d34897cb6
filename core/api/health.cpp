// /health, /health/live and /health/ready: for load balancers and supervisors.
#include "core/api/answers.hpp"
#include "core/api/resources.hpp"
#include "core/host/plugin.hpp"
#include "core/host/registry.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/storage/database.hpp"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

using base::Result;
using http::Call;
using http::Method;
using http::Response;
using http::Route;
using Json = nlohmann::ordered_json;

constexpr std::string_view kStatusSchema = R"({
  "type": "object", "required": ["status"],
  "properties": {"status": {"type": "string", "enum": ["ok", "failing"]}}})";

constexpr std::string_view kHealthSchema = R"({
  "type": "object", "required": ["status", "checks"],
  "properties": {
    "status": {"type": "string", "enum": ["ok", "failing"]},
    "version": {"type": "string"},
    "checks": {"type": "object", "additionalProperties": {"type": "string"}}}})";

constexpr std::chrono::seconds kPingPatience{2};

// The process runs and its reactor answers; says nothing of what it depends on.
Result<Response> live(const Call&) {
    return Response{.content_type = "application/json", .body = R"({"status":"ok"})"};
}

struct Checks {
    bool ready = true;
    Json named = Json::object();

    void add(std::string_view name, bool good, std::string_view said) {
        ready = ready && good;
        named[std::string(name)] = said;
    }
};

Checks check(const Parts& parts, const Call& call) {
    Checks checks;
    // Who asks gives up long before a request's deadline, and asks again.
    const auto ping =
        parts.database.ping(std::min(call.context.deadline, parts.clock.monotonic() + kPingPatience));
    checks.add("database", ping.ok(), ping.ok() ? "ok" : ping.error().code);
    const bool draining = parts.draining();
    checks.add("server", !draining, draining ? "draining" : "ok");
    return checks;
}

Response answer(const Checks& checks, Json body) {
    body["status"] = checks.ready ? "ok" : "failing";
    return json_answer(checks.ready ? 200 : 503, body);
}

}  // namespace

std::vector<Route> health_routes(const Parts& parts) {
    const auto ready = [&parts](const Call& call) -> Result<Response> {
        return answer(check(parts, call), Json{{"status", ""}});
    };
    const auto health = [&parts](const Call& call) -> Result<Response> {
        Checks checks = check(parts, call);
        checks.add("license", true, licensing::to_string(parts.licence.snapshot()->state));
        for (const auto& plugin : parts.plugins.running())
            checks.add("plugin:" + plugin->manifest().id, true, host::to_string(plugin->state()));
        for (const auto& refused : parts.plugins.refused())
            checks.add("plugin:" + refused.folder, true, refused.code);
        return answer(checks, Json{{"status", ""}, {"version", parts.version}, {"checks", checks.named}});
    };
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kGet,
         .pattern = "/health/live",
         .operation = "health_live",
         .summary = "Whether the process runs",
         .tag = "Health",
         .realm = kPublic,
         .work = kInline,
         .handler = live,
         .response_schema = std::string(kStatusSchema)},
        {.method = Method::kGet,
         .pattern = "/health/ready",
         .operation = "health_ready",
         .summary = "Whether requests can be served",
         .tag = "Health",
         .realm = kPublic,
         .work = kPool,
         .handler = ready,
         .response_schema = std::string(kStatusSchema)},
        {.method = Method::kGet,
         .pattern = "/health",
         .operation = "health",
         .summary = "How each part is",
         .tag = "Health",
         .realm = kPublic,
         .work = kPool,
         .handler = health,
         .response_schema = std::string(kHealthSchema)},
    };
}

}  // namespace mortise::api
