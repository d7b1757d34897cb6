#pragma once

#include "licenses/document/result.hpp"

#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace mortise::licenses {

// One JSON object (RFC 8259) and nothing after it, stricter than the RFC where two readers could differ: at
// most 8 levels deep, no key twice in an object (after escapes), no byte-order mark, valid UTF-8, no NUL,
// neither raw nor escaped, and every number finite. Internal to this library (it shows nlohmann's type).
Result<nlohmann::json> parse_strict_json(std::string_view text);

}  // namespace mortise::licenses
