#include "core/host/plugin_log.hpp"

#include "core/base/text.hpp"

#include <string>

namespace mortise::host {

void write_plugin_log(telemetry::Log& log, std::string_view plugin, const PluginLogLine& line) {
    std::vector<telemetry::Field> all = {{"plugin", plugin}};
    if (!line.request_id.empty()) all.push_back({"request_id", line.request_id});
    if (!line.tenant.empty()) all.push_back({"tenant", line.tenant});
    std::vector<std::string> names;
    names.reserve(line.fields.size());
    for (const auto& [name, value] : line.fields) {
        std::string& prefixed = names.emplace_back("plugin.");
        base::append_json_escaped(prefixed, name);
        all.push_back({prefixed, value});
    }
    log.write(line.level, line.message, all);
}

}  // namespace mortise::host
