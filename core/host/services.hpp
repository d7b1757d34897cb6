#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/host/call_answer.hpp"
#include "core/host/call_table.hpp"
#include "core/host/manifest.hpp"
#include "core/host/plugin_log.hpp"
#include "core/host/service_backend.hpp"
#include "core/host/unit_gate.hpp"
#include "core/storage/database.hpp"

#include <functional>
#include <memory>

struct mortise_context;
struct mortise_host;

namespace mortise::host {

// One call while it runs. On the stack of the thread that runs it.
struct CallState {
    const base::RequestContext& context;
    storage::Access access;
    ServiceBackend& backend;
    const std::function<void()>* given_up = nullptr;  // of PluginRequest
    bool of_method = false;                           // not of a route
    // A service is filling a sink of the plugin's, or another plugin runs; another can't be used meanwhile.
    bool in_service = false;
    CallAnswer answer = {};
    UnitGate gate = {};
};

// The function tables of the ABI for one plugin, over the calls that are running in it; the same in the host
// and in a worker. The ABI's functions are noexcept in effect: what throws inside becomes MORTISE_E_INTERNAL.
class Services {
 public:
    // The clock outlives the services.
    Services(const Manifest& manifest, const base::Clock& clock, PluginLogWriter log);
    ~Services();
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    const mortise_host& host() const noexcept;

    // Whether the plugin wants to be told of flags that have changed.
    bool watches_flags() const noexcept;
    // From now on it can't ask for that any more: start has returned.
    void end_start() noexcept;
    // Tells it of a flag, on the thread of the call. The plugin was asked to throw nothing.
    void tell_of_flag(CallTable::Handle call, const mortise_context& about, std::string_view key) const;

    CallTable& calls() noexcept;

 private:
    struct Tables;
    std::unique_ptr<Tables> tables_;
};

}  // namespace mortise::host
