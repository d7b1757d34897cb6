#pragma once

#include "core/base/result.hpp"
#include "core/flags/arena.hpp"
#include "core/flags/value.hpp"

#include <cstddef>
#include <string_view>

namespace mortise::flags {

struct ReaderLimits {
    std::size_t size = 64 * 1024;  // bytes of text
    std::size_t depth = 64;        // of objects and arrays in each other
};

// Reads one JSON text (RFC 8259) in one pass into `arena`, as strictly as tenancy::parse_strict_json does: no
// member twice in an object, no NUL in a string, nothing after it. The error is `invalid_json` (400) or
// `json_too_large` (413).
base::Result<Value> read_value(std::string_view text, const ReaderLimits& limits, Arena& arena);

}  // namespace mortise::flags
