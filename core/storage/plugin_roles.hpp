#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mortise::storage {

// PostgreSQL's role of each plugin that has been migrated. Thread-safe.
class PluginRoles {
 public:
    // `role` is empty where the server did not let us make one.
    void set(std::string_view plugin, std::string role) {
        std::lock_guard lock(mutex_);
        roles_.insert_or_assign(std::string(plugin), std::move(role));
    }
    // Null for an unknown plugin.
    std::optional<std::string> find(std::string_view plugin) const {
        std::lock_guard lock(mutex_);
        const auto found = roles_.find(plugin);
        if (found == roles_.end()) return std::nullopt;
        return found->second;
    }

 private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> roles_;
};

}  // namespace mortise::storage
