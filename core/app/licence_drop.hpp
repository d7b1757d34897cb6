#pragma once

#include "core/base/result.hpp"
#include "core/telemetry/log.hpp"

#include <filesystem>
#include <functional>
#include <string_view>

namespace mortise::app {

// Installs what lies in a folder: the files that end in .license, by name. Each is renamed to
// <name>.installed, or to <name>.refused with the reason in <name>.reason. A file that was written less than
// a second ago is left for the next time, since its writer may not be done. Nothing happens without the
// folder. True if something was installed.
bool drop_licences(const std::filesystem::path& folder, telemetry::Log& log,
                   const std::function<base::Status(std::string_view text)>& install);

}  // namespace mortise::app
