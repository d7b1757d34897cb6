#pragma once

#include "core/flags/value.hpp"

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

// A value that rules compute with, as JSON. A number that is whole is written as one.
nlohmann::ordered_json to_json(const Value& value);

}  // namespace mortise::flags
