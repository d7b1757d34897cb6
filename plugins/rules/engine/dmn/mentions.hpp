#pragma once

#include "dmn/model.hpp"

#include <string_view>

namespace rules::dmn {

// Whether a name may be used somewhere in an expression: whether it stands in one of its texts.
bool mentions(const Expression& expression, std::string_view name);

}  // namespace rules::dmn
