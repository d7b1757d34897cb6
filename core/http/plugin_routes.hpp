#pragma once

#include "core/http/route.hpp"

#include <memory>
#include <vector>

namespace mortise::host {
class Plugin;
}

namespace mortise::http {

// The rows of a plugin: its routes below /api/v1/<id>, each calling the plugin in the row's unit of work.
// Every row holds the plugin, so that a request under way keeps the generation it began with.
std::vector<Route> plugin_routes(const std::shared_ptr<host::Plugin>& plugin,
                                 std::uint64_t default_body_limit);

}  // namespace mortise::http
