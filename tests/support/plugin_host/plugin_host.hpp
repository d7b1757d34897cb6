#pragma once

#include "mortise/abi/plugin.h"
#include "tests/support/plugin_host/answer.hpp"
#include "tests/support/plugin_host/host_services.hpp"
#include "tests/support/plugin_host/request_target.hpp"
#include "tests/support/plugin_host/tenant_database.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::test {

using Headers = Pairs;  // names in lower case

// The plugin that a PluginHost runs, and what its tenant has set.
struct PluginUnderTest {
    const mortise_plugin_entry_v1* entry = nullptr;
    std::filesystem::path sql;  // the package's sql/sqlite
    std::string settings = "{}";
};

// A host for a plugin's unit tests: its real entry and its real statements, over one SQLite database in
// memory. Like the server it has each call in a unit of work that a problem rolls back, denies writing to
// what only reads, and makes a call of a route that reads first again where that came to write. Unlike it, it
// checks neither requests nor events against manifest and schemas.
class PluginHost {
 public:
    // Throws std::runtime_error if a migration is wrong or the plugin does not start.
    explicit PluginHost(const PluginUnderTest& plugin);
    ~PluginHost();
    PluginHost(const PluginHost&) = delete;
    PluginHost& operator=(const PluginHost&) = delete;

    // `target` is relative to the plugin's root, such as "/models?limit=2". Throws std::runtime_error if
    // there is no such route.
    Answer call(std::string_view method, std::string_view target, std::string_view body = {},
                const Headers& headers = {});
    Answer get(std::string_view target) { return call("GET", target); }
    Answer post(std::string_view target, const nlohmann::json& body) {
        return call("POST", target, body.dump());
    }
    // Has a method of an interface, such as "rules.decisions/1", run for the plugin "caller". Throws
    // std::runtime_error if it provides none of that name.
    Answer serve(std::string_view interface, std::string_view method, const nlohmann::json& input);

    // Types and subjects of the events of the last call that was committed, as "milestone.created K1".
    const std::vector<std::string>& events() const noexcept { return events_; }
    // How often the last call ran: twice if it read first and came to write, else once.
    int runs() const noexcept { return runs_; }
    // The number of statements that the last call's last run has run.
    int statements() const noexcept { return services_.run.statements; }
    // The query plan of a statement, a step a line; of its choices the first.
    std::string explain(const std::string& name) { return database_.explain(name); }

    std::int64_t now = 1'700'000'000'000'000;  // microseconds
    std::string settings;                      // one JSON object
    mortise_uuid actor{};                      // who really calls; the principal is all zero

 private:
    using Function = std::function<mortise_status(const mortise_context&)>;

    Answer answer(Access access, std::string_view body, const Function& function);
    void run(Access access, std::string_view body, const Function& function);

    const mortise_plugin_entry_v1& entry_;
    TenantDatabase database_;
    HostServices services_;
    void* instance_ = nullptr;
    std::vector<std::string> events_;
    int runs_ = 0;
};

}  // namespace mortise::test
