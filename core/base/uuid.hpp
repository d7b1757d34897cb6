#pragma once

#include "core/base/clock.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::base {

// A 128-bit identifier (RFC 9562). The zero value is the nil UUID and means "none".
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;
    bool is_nil() const noexcept { return *this == Uuid{}; }
    std::string_view as_bytes() const noexcept {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    // Lower case with hyphens, 36 characters.
    std::string to_string() const;

    // Accepts exactly the 36-character form, either case.
    static std::optional<Uuid> parse(std::string_view text) noexcept;
    // Takes exactly 16 bytes, as stored.
    static std::optional<Uuid> from_bytes(std::string_view bytes) noexcept;
};

// A new version 7 UUID: 48 bits of milliseconds, then a counter that rises within the process so that ids
// sort by creation, then random bits. Thread-safe.
Uuid new_uuid(const Clock& clock);

}  // namespace mortise::base

template <>
struct std::hash<mortise::base::Uuid> {
    std::size_t operator()(const mortise::base::Uuid& id) const noexcept {
        std::uint64_t low = 0;
        for (int i = 8; i < 16; ++i)
            low = (low << 8) | id.bytes[static_cast<std::size_t>(i)];
        return low;
    }
};
