#pragma once

#include "core/host/package.hpp"
#include "core/host/plugin.hpp"
#include "core/host/retirement.hpp"
#include "core/host/service_parts.hpp"
#include "core/host/worker_settings.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::host {

struct RegistrySettings {
    std::filesystem::path directory;  // a folder for each plugin
    std::vector<TrustedPublisher> publishers;
    bool allow_unsigned = false;
    // Whose plugins run in this process; those of all others run in workers.
    std::vector<TrustedPublisher> in_process;
    WorkerSettings workers;
};

// A folder that was found and is not running, and why.
struct RefusedPlugin {
    std::string folder;
    std::string code;
    std::string detail;
};

// Whether the licence lets a plugin be loaded, in its version and with the features that it needs.
using Entitlement = std::function<base::Status(const Manifest& manifest)>;
// Whether the server can serve what a plugin that was started says of itself: its routes.
using Acceptance = std::function<base::Status(const std::shared_ptr<Plugin>& plugin)>;

// The plugins of this process: finds, verifies, migrates, loads and replaces them. Thread-safe; loading holds
// a lock of its own, so running() never waits for it.
class Registry {
 public:
    // Database and what `parts` refers to outlive the registry.
    Registry(RegistrySettings settings, storage::Database& database, ServiceParts parts, Entitlement entitled,
             Acceptance accept);
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;
    // Ends the plugins side by side: one that takes its time, or hangs, keeps no other waiting.
    ~Registry();

    // Loads what is in the directory and not yet running. One that can't be loaded is refused, logged and
    // left out; the others run. May be called again, after a licence was installed.
    void load_all();
    // Reads a plugin's folder again and puts the new generation in the place of the running one, which is
    // stopped when its last call has ended. Whatever is wrong with the new one, its files, code, routes or
    // migrations, is found before: then the running one goes on. `plugin_not_found`, or why it can't be
    // loaded.
    base::Status reload(const std::string& id);

    // By id.
    std::vector<std::shared_ptr<Plugin>> running() const;
    // Null: it is not running.
    std::shared_ptr<Plugin> find(std::string_view id) const;
    std::vector<RefusedPlugin> refused() const;

 private:
    using Found = std::map<std::string, Package>;  // by folder

    Found open_new_packages(std::vector<RefusedPlugin>& refused) const;
    base::Status check_dependencies(const Manifest& manifest) const;
    base::Result<std::shared_ptr<Plugin>> load(Package package);
    bool runs_in_process(const Package& package) const;
    bool is_running(std::string_view id) const;
    void publish(std::shared_ptr<Plugin> plugin);
    void log_refused(const std::vector<RefusedPlugin>& refused) const;

    const RegistrySettings settings_;
    storage::Database& database_;
    const ServiceParts parts_;
    const Entitlement entitled_;
    const Acceptance accept_;
    Retirement retirement_;
    std::atomic<bool> warned_of_landlock_ = false;
    std::mutex loading_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Plugin>, std::less<>> running_;  // under mutex_
    std::vector<RefusedPlugin> refused_;                                   // under mutex_
};

}  // namespace mortise::host
