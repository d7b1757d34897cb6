#pragma once

#include "core/telemetry/log.hpp"

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::host {

inline constexpr std::size_t kMaxLogBytes = 8192;  // of a message or a value
inline constexpr std::size_t kMaxLogFields = 32;
inline constexpr std::size_t kMaxLogName = 64;
inline constexpr std::size_t kMaxLogLine = 64UL * 1024;  // of all fields; a longer line is dropped

// A line that a plugin writes, cut to the limits above. Views live during the call that gets them.
struct PluginLogLine {
    telemetry::Level level = telemetry::Level::kInfo;
    std::string_view request_id;  // empty outside of a call
    std::string_view tenant;
    std::string_view message;
    std::vector<std::pair<std::string_view, std::string_view>> fields;
};

// Thread-safe.
using PluginLogWriter = std::function<void(const PluginLogLine&)>;

// Writes the line with the plugin's id; its own fields are named "plugin.<name>", so that they can't pass for
// the host's.
void write_plugin_log(telemetry::Log& log, std::string_view plugin, const PluginLogLine& line);

}  // namespace mortise::host
