#pragma once

#include "core/flags/arena.hpp"
#include "core/flags/value.hpp"

#include <optional>
#include <string_view>

namespace mortise::flags {

// Deterministic CBOR (RFC 8949, 4.2.1), what the third version of flagd's `fractional` hashes. A number
// without a fraction from -2^63 to 2^64 - 1 is an integer; any other takes the shortest float that holds it.
// Members are in the order of their encoded names. Deeper than 64, or beyond the arena's limit: nothing.
std::optional<std::string_view> encode_cbor(const Value& value, Arena& arena) noexcept;

}  // namespace mortise::flags
