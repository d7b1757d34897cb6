#pragma once

#include "core/base/unique_fd.hpp"

namespace mortise::http {

using base::UniqueFd;

}  // namespace mortise::http
