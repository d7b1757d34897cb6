// /health, /health/live and /health/ready: for load balancers and supervisors.
#include "core/api/answers.hpp"
#include "core/api/resources.hpp"
#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "core/host/plugin.hpp"
#include "core/host/registry.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/storage/database.hpp"
#include "core/storage/recent_fault.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

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
  "properties": {
    "status": {"type": "string", "enum": ["ok", "failing"]},
    "code": {"type": "string", "description": "If it fails: why, such as storage_full. Stable."}}})";

constexpr std::string_view kHealthSchema = R"({
  "type": "object", "required": ["status", "checks"],
  "properties": {
    "status": {"type": "string", "enum": ["ok", "failing"]},
    "code": {"type": "string", "description": "If it fails: why. Stable."},
    "version": {"type": "string"},
    "checks": {"type": "object", "additionalProperties": {"type": "string"}}}})";

constexpr std::chrono::seconds kPingPatience{2};
constexpr std::chrono::seconds kPingAge{1};

// The process runs and its reactor answers; says nothing of what it depends on.
Result<Response> live(const Call&) {
    return Response{.content_type = "application/json", .body = R"({"status":"ok"})"};
}

struct Checks {
    std::string fault;  // the first code that is not "ok"
    Json named = Json::object();

    void add(std::string_view name, std::string_view code) {
        if (code != "ok" && fault.empty()) fault = code;
        tell(name, code);
    }
    // What does not count.
    void tell(std::string_view name, std::string_view said) { named[std::string(name)] = said; }
};

// Whether the database takes a commit, asked anew after a second: however many want to know, it costs no
// more.
class DatabaseProbe {
 public:
    std::string code(const Parts& parts, base::Monotonic deadline) {
        const std::lock_guard lock(mutex_);
        const auto now = parts.clock.monotonic();
        if (code_.empty() || now - asked_ >= kPingAge) {
            // Who asks gives up long before a request's deadline, and asks again.
            const auto ping = parts.database.ping(std::min(deadline, now + kPingPatience));
            code_ = ping.ok() ? "ok" : ping.error().code;
            asked_ = parts.clock.monotonic();
        }
        return code_ == "ok" ? parts.faults.code(parts.clock.monotonic()).value_or(code_) : code_;
    }

 private:
    std::mutex mutex_;
    std::string code_;
    base::Monotonic asked_{};
};

// Whether a file could be opened.
std::string_view descriptors() {
    const base::UniqueFd opened(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (opened) return "ok";
    const auto lack = base::lack_of(errno);
    return lack.empty() ? "internal_error" : lack;
}

Checks check(const Parts& parts, DatabaseProbe& probe, const Call& call) {
    Checks checks;
    checks.add("descriptors", descriptors());
    checks.add("database", probe.code(parts, call.context.deadline));
    checks.add("server", parts.draining() ? "draining" : "ok");
    return checks;
}

Response answer(const Checks& checks, Json body) {
    const bool ready = checks.fault.empty();
    body["status"] = ready ? "ok" : "failing";
    if (!ready) body["code"] = checks.fault;
    return json_answer(ready ? 200 : 503, body);
}

}  // namespace

std::vector<Route> health_routes(const Parts& parts) {
    const auto probe = std::make_shared<DatabaseProbe>();
    const auto ready = [&parts, probe](const Call& call) -> Result<Response> {
        return answer(check(parts, *probe, call), Json{{"status", ""}});
    };
    const auto health = [&parts, probe](const Call& call) -> Result<Response> {
        Checks checks = check(parts, *probe, call);
        const auto licence = parts.licence.snapshot();
        checks.tell("license", licence->warning.empty() ? licensing::to_string(licence->state)
                                                        : std::string_view(licence->warning));
        for (const auto& plugin : parts.plugins.running())
            checks.tell("plugin:" + plugin->manifest().id, host::to_string(plugin->state()));
        for (const auto& refused : parts.plugins.refused())
            checks.tell("plugin:" + refused.folder, refused.code);
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
         .response_schema = std::string(kStatusSchema),
         .probe = true},
        {.method = Method::kGet,
         .pattern = "/health",
         .operation = "health",
         .summary = "How each part is",
         .tag = "Health",
         .realm = kPublic,
         .work = kPool,
         .handler = health,
         .response_schema = std::string(kHealthSchema),
         .probe = true},
    };
}

}  // namespace mortise::api
