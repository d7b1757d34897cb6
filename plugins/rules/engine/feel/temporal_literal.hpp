#pragma once

#include "feel/value.hpp"

#include <string_view>

namespace rules::feel {

// What an `@` literal is: a date, a date and time, a time or a duration; null if the text is none of them.
Value parse_temporal(std::string_view text);

}  // namespace rules::feel
