#pragma once

#include "core/base/unique_fd.hpp"

#include <string>
#include <string_view>

namespace mortise::host {

// An unnamed file in memory that holds `bytes` and can't be changed any more, by nobody; without a
// descriptor, and with errno, if the system has none to give. `name` is what /proc shows.
base::UniqueFd seal(std::string_view bytes, const std::string& name);

}  // namespace mortise::host
