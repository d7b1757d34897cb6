#include "core/host/registry.hpp"

#include "core/host/in_process.hpp"
#include "core/host/worker_confinement.hpp"
#include "core/host/worker_plugin.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <optional>
#include <system_error>
#include <thread>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

// "1.10.0" is later than "1.9.3". Both were checked to be three numbers.
bool version_at_least(const std::string& version, const std::string& least) {
    const auto numbers = [](const std::string& text) {
        std::array<unsigned long, 3> parts{};
        std::sscanf(text.c_str(), "%lu.%lu.%lu", &parts[0], &parts[1], &parts[2]);
        return parts;
    };
    return numbers(version) >= numbers(least);
}

RefusedPlugin refusal(std::string folder, const Error& error) {
    return {std::move(folder), error.code, error.detail};
}

}  // namespace

Registry::Registry(RegistrySettings settings, storage::Database& database, ServiceParts parts,
                   Entitlement entitled, Acceptance accept)
    : settings_(std::move(settings)),
      database_(database),
      parts_(std::move(parts)),
      entitled_(std::move(entitled)),
      accept_(std::move(accept)),
      retirement_(parts_.log) {}

Registry::~Registry() {
    std::vector<std::jthread> ending;
    for (auto& [id, plugin] : running_) {
        try {
            ending.emplace_back([last = std::move(plugin)]() mutable { last.reset(); });
        } catch (const std::system_error&) {
            // There was no thread for it: it has ended here, with what the thread would have been given.
        }
    }
}

void Registry::load_all() {
    const std::lock_guard loading(loading_);
    std::vector<RefusedPlugin> refused;
    Found found = open_new_packages(refused);
    // A plugin is loaded after those that it depends on, whatever their names.
    std::map<std::string, Error> waiting;
    for (bool progress = true; progress && !found.empty();) {
        progress = false;
        waiting.clear();
        for (auto next = found.begin(); next != found.end();) {
            const auto& [folder, package] = *next;
            if (const Status ready = check_dependencies(package.manifest); !ready.ok()) {
                waiting.emplace(folder, ready.error());
                ++next;
                continue;
            }
            auto plugin = load(Package(package));
            if (plugin.ok())
                publish(std::move(*plugin));
            else
                refused.push_back(refusal(folder, plugin.error()));
            next = found.erase(next);
            progress = true;
        }
    }
    for (const auto& [folder, error] : waiting)
        refused.push_back(refusal(folder, error));
    log_refused(refused);
    const std::lock_guard lock(mutex_);
    refused_ = std::move(refused);
}

Registry::Found Registry::open_new_packages(std::vector<RefusedPlugin>& refused) const {
    Found found;
    std::error_code error;
    for (fs::directory_iterator entries(settings_.directory, error), end; !error && entries != end;
         entries.increment(error)) {
        std::error_code unreadable;  // a link that leads nowhere is no folder
        if (!entries->is_directory(unreadable)) continue;
        const std::string folder = entries->path().filename().string();
        auto package = open_package(entries->path(), settings_.publishers, settings_.allow_unsigned);
        if (!package.ok())
            refused.push_back(refusal(folder, package.error()));
        else if (package->manifest.id != folder)
            refused.push_back(
                {folder, "package_invalid",
                 fmt::format("the folder of plugin {} must have its name", package->manifest.id)});
        else if (!is_running(folder))
            found.emplace(folder, std::move(*package));
    }
    if (error) refused.push_back({settings_.directory.string(), "plugins_unreadable", error.message()});
    return found;
}

Status Registry::check_dependencies(const Manifest& manifest) const {
    const std::lock_guard lock(mutex_);
    for (const Dependency& needed : manifest.dependencies) {
        const auto plugin = running_.find(needed.id);
        if (plugin == running_.end() || !version_at_least(plugin->second->manifest().version, needed.version))
            return Error{
                ErrorKind::kInvalid, "dependency_missing",
                fmt::format("plugin {} needs plugin {} {} or later", manifest.id, needed.id, needed.version)};
    }
    return {};
}

Result<std::shared_ptr<Plugin>> Registry::load(Package package) {
    MORTISE_TRY(entitled_(package.manifest));
    MORTISE_TRY(check_sql(package, database_.engine()));
    MORTISE_TRY_ASSIGN(const auto migrations, package_migrations(package, database_.engine()));
    auto started = runs_in_process(package)
                       ? load_in_process(std::move(package), database_.engine(), parts_)
                       : load_in_workers(std::move(package), database_.engine(), parts_, settings_.workers);
    if (!started.ok()) return std::move(started).error();
    auto plugin = retirement_.keep(std::move(*started));
    MORTISE_TRY(accept_(plugin));
    // Last, since it can't be taken back. Nothing of the plugin uses the database before it is called.
    MORTISE_TRY(database_.migrate_tenants(migrations));
    return plugin;
}

// An unsigned one, which only the development switch lets in, has no publisher that is trusted so far.
bool Registry::runs_in_process(const Package& package) const {
    return verify_signature(package.manifest, package.files, settings_.in_process).ok();
}

Status Registry::reload(const std::string& id) {
    const std::lock_guard loading(loading_);
    if (!is_plugin_id(id) || !is_running(id))
        return Error{ErrorKind::kNotFound, "plugin_not_found", "There is no such plugin."};
    MORTISE_TRY_ASSIGN(Package package, open_package(settings_.directory / id, settings_.publishers,
                                                     settings_.allow_unsigned));
    if (package.manifest.id != id)
        return Error{ErrorKind::kInvalid, "package_invalid", "The folder holds another plugin now."};
    MORTISE_TRY(check_dependencies(package.manifest));
    MORTISE_TRY_ASSIGN(auto plugin, load(std::move(package)));
    publish(std::move(plugin));
    return {};
}

bool Registry::is_running(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    return running_.find(id) != running_.end();
}

void Registry::publish(std::shared_ptr<Plugin> plugin) {
    const Manifest& manifest = plugin->manifest();
    parts_.log.info("plugin running", {{"plugin", std::string_view(manifest.id)},
                                       {"version", std::string_view(manifest.version)},
                                       {"host", to_string(plugin->host())}});
    if (plugin->host() == HostKind::kWorker && landlock_version() == 0 && !warned_of_landlock_.exchange(true))
        parts_.log.warn("this kernel has no Landlock: workers can read what any user of the system can");
    const std::lock_guard lock(mutex_);
    running_[manifest.id].swap(plugin);
}

void Registry::log_refused(const std::vector<RefusedPlugin>& refused) const {
    for (const RefusedPlugin& one : refused)
        parts_.log.warn("plugin refused", {{"plugin", std::string_view(one.folder)},
                                           {"code", std::string_view(one.code)},
                                           {"reason", std::string_view(one.detail)}});
}

std::vector<std::shared_ptr<Plugin>> Registry::running() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Plugin>> all;
    for (const auto& [id, plugin] : running_)
        all.push_back(plugin);
    return all;
}

std::shared_ptr<Plugin> Registry::find(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(id);
    return found == running_.end() ? nullptr : found->second;
}

std::vector<RefusedPlugin> Registry::refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
}

}  // namespace mortise::host
