#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::licenses {

// Whole seconds since 1970-01-01T00:00:00Z.
using Seconds = std::int64_t;

// The one form that times have in documents: RFC 3339 in UTC without fraction, 2026-11-21T00:00:00Z; years
// 1970 to 9999. nullopt for every other spelling and for dates that don't exist.
std::optional<Seconds> parse_time(std::string_view text) noexcept;
std::string format_time(Seconds time);

}  // namespace mortise::licenses
