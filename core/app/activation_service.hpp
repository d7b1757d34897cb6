#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <string>

namespace mortise::app {

// Has the vendor's service answer an activation request; the bundle with the answer, which is still to be
// checked by installing it. Errors: `activation_url_missing` (conflict: none is set), `activation_refused`
// (with the vendor's reason), and those of outbound::post().
base::Result<std::string> ask_activation_service(const std::string& url, const std::string& request,
                                                 std::chrono::milliseconds time);

}  // namespace mortise::app
