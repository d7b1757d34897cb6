#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/host/manifest.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::host {

// A plugin's route, copied from its table.
struct PluginRoute {
    enum class Method : std::uint8_t { kGet = 1, kPost, kPut, kPatch, kDelete };
    Method method = Method::kGet;
    storage::Access access = storage::Access::kRead;
    bool idempotency_key = false;
    bool reads_first = false;  // of kWrite: begins in a unit that reads, see kNeedsWriter
    std::string pattern;       // below /api/v1/<id>
    std::string name;
    std::string summary;
    std::string scope;
    std::string entitlement;
    std::string flag;
    std::string request_type;
    std::uint64_t body_limit = 0;
    std::string request_schema;
    std::uint32_t success_status = 200;
    std::string response_type;
    std::string response_schema;
    std::string parameters;

    bool operator==(const PluginRoute&) const = default;
};

// A method that a plugin provides to others, copied from its table.
struct PluginMethod {
    storage::Access access = storage::Access::kRead;
    std::string interface;
    std::string name;

    bool operator==(const PluginMethod&) const = default;
};

// What a plugin's entry says that it serves.
struct PluginTables {
    std::vector<PluginRoute> routes;
    std::vector<PluginMethod> methods;

    bool operator==(const PluginTables&) const = default;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

// A request as a plugin sees it. Views live during the call.
struct PluginRequest {
    std::uint32_t route = 0;
    const Pairs* path = nullptr;
    const Pairs* query = nullptr;
    const Pairs* headers = nullptr;  // names in lower case
    std::string_view body;
    // May be null. Called once, on another thread, if the plugin holds the calling thread beyond the
    // deadline: the unit was taken from it if that was possible, so that whoever waits can be told. Must not
    // block.
    const std::function<void()>* given_up = nullptr;
};

// An error in a plugin's words.
struct PluginProblem {
    std::uint32_t status = 0;  // 400 to 599
    std::string code;
    std::string detail;
    std::string errors;      // JSON array, or empty
    std::string extensions;  // JSON object, or empty
};

// What a plugin answered: a problem if there is one, else status, headers and body.
struct PluginResponse {
    std::uint32_t status = 0;
    Pairs headers;
    std::string body;
    std::optional<PluginProblem> problem;
};

// The code of an error after which the call is to be run again from the start.
inline constexpr std::string_view kPluginBusy = "plugin_busy";
// The code of an error that asks to make the call again in a unit that writes: it reads first, and has come
// to write. Never answered to a client.
inline constexpr std::string_view kNeedsWriter = "needs_writer";

// Where a plugin runs.
enum class HostKind : std::uint8_t { kInProcess, kWorker };

enum class PluginState : std::uint8_t {
    kRunning,
    kRestarting,  // no worker is alive; one will be started
    kQuarantined  // failed too often; only a reload starts it again
};

struct WorkerCount {
    std::size_t wanted = 0;   // from 1 on
    std::size_t serving = 0;  // at this moment; the others are being started, or wait for that
};

std::string_view to_string(HostKind host) noexcept;
std::string_view to_string(PluginState state) noexcept;

struct Effects;
struct MethodRequest;

// A loaded plugin, wherever it runs. Thread-safe.
class Plugin {
 public:
    virtual ~Plugin() = default;
    virtual const Manifest& manifest() const noexcept = 0;
    virtual const PluginTables& tables() const noexcept = 0;
    const std::vector<PluginRoute>& routes() const noexcept { return tables().routes; }
    const std::vector<PluginMethod>& methods() const noexcept { return tables().methods; }
    // What a call of a route may do at most; of one that is not there it reads.
    storage::Access access_of(std::uint32_t route) const noexcept {
        return route < routes().size() ? routes()[route].access : storage::Access::kRead;
    }
    virtual HostKind host() const noexcept = 0;
    virtual PluginState state() const = 0;

    // Of a plugin in workers, each of which serves one call at a time; without a value it runs in process.
    virtual std::optional<WorkerCount> workers() const = 0;

    // Whether the manifest's schema accepts these settings, a JSON object. Error `invalid_settings` (400),
    // with each fault.
    virtual base::Status check_settings(std::string_view settings) const = 0;

    // Runs one call in `unit`, which the caller opened and will commit if the answer is no error and no
    // problem. Errors are those of storage (to be retried or answered), `plugin_failed`, `plugin_busy`,
    // `plugin_unavailable`, `deadline_exceeded`, and kNeedsWriter if the unit only reads and the route may
    // write.
    virtual base::Result<PluginResponse> call(const base::RequestContext& context, storage::Unit& unit,
                                              const PluginRequest& request) = 0;

    // Runs a method for another plugin's call, in that call's unit and on its thread; the answer has a body
    // or a problem. Events and what was counted are left to the caller, as is what else `effects` tells, also
    // of a failure. Errors as of call().
    virtual base::Result<PluginResponse> serve(const base::RequestContext& context, storage::Unit& unit,
                                               const MethodRequest& request, Effects& effects) = 0;
};

}  // namespace mortise::host
