#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/events/outbox.hpp"
#include "core/host/call_table.hpp"
#include "core/host/manifest.hpp"
#include "core/host/plugin.hpp"
#include "core/storage/statement_file.hpp"
#include "core/telemetry/log.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct mortise_host;

namespace mortise::host {

using Statements = std::map<std::string, std::unique_ptr<const storage::StatementTemplate>, std::less<>>;

// The settings of a plugin in a tenant, as a JSON object.
using SettingsSource = std::function<std::string(const base::Uuid& tenant, std::string_view plugin)>;

// What the services are made of; the references outlive them.
struct ServiceParts {
    const base::Clock& clock;
    telemetry::Log& log;
    SettingsSource settings;
};

// One call while it runs. On the stack of the thread that runs it.
struct CallState {
    const base::RequestContext& context;
    storage::Unit& unit;
    const PluginRequest& request;
    std::size_t body_read = 0;
    bool responded = false;
    PluginResponse response = {};
    std::vector<events::Event> events = {};
    // The first error of storage: what the call failed of, whatever the plugin made of it.
    std::optional<base::Error> storage_error = {};
};

// The function tables of the ABI for one plugin, over the calls that are running in it. The ABI's functions
// are noexcept in effect: what throws inside becomes MORTISE_E_INTERNAL.
class Services {
 public:
    Services(const Manifest& manifest, Statements statements, ServiceParts parts);
    ~Services();
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    const mortise_host& host() const noexcept;
    CallTable& calls() noexcept;

 private:
    struct Tables;
    std::unique_ptr<Tables> tables_;
};

}  // namespace mortise::host
