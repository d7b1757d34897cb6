#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace mortise::tenancy {

struct JsonLimits {
    std::size_t size = 64 * 1024;  // bytes
    std::size_t depth = 32;        // of objects and arrays in each other
};

// Reads one JSON text (RFC 8259) into `out`: well-formed UTF-8 within the limits, no member twice in an
// object (also not by escapes), no NUL in a string, nothing after it. The error is `invalid_json` (400), or
// `json_too_large` (413); `out` is then null.
base::Status parse_strict_json(std::string_view text, const JsonLimits& limits, nlohmann::json& out);

// One reference token of a JSON pointer, escaped (RFC 6901, 3).
std::string pointer_token(std::string_view token);

}  // namespace mortise::tenancy
