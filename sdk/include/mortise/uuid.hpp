#pragma once

#include "mortise/abi/types.h"

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::sdk {

// A 128-bit identifier (RFC 9562), in network order. All zero: none.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    constexpr auto operator<=>(const Uuid&) const = default;
    constexpr bool is_nil() const noexcept { return *this == Uuid{}; }

    static constexpr Uuid from_abi(const mortise_uuid& id) noexcept {
        Uuid result;
        for (std::size_t i = 0; i < 16; ++i)
            result.bytes[i] = id.bytes[i];
        return result;
    }

    // Lower case with hyphens, 36 characters.
    std::string to_string() const {
        static constexpr std::string_view kDigits = "0123456789abcdef";
        std::string text;
        text.reserve(36);
        for (std::size_t i = 0; i < 16; ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
            text += kDigits[bytes[i] >> 4U];
            text += kDigits[bytes[i] & 15U];
        }
        return text;
    }

    // Accepts exactly the 36-character form, either case.
    static constexpr std::optional<Uuid> parse(std::string_view text) noexcept {
        if (text.size() != 36) return std::nullopt;
        Uuid id;
        std::size_t nibble = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (i == 8 || i == 13 || i == 18 || i == 23) {
                if (text[i] != '-') return std::nullopt;
                continue;
            }
            const int value = hex_value(text[i]);
            if (value < 0) return std::nullopt;
            auto& byte = id.bytes[nibble / 2];
            byte = static_cast<std::uint8_t>((unsigned{byte} << 4U) | static_cast<unsigned>(value));
            ++nibble;
        }
        return id;
    }

 private:
    static constexpr int hex_value(char c) noexcept {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    }
};

}  // namespace mortise::sdk

template <>
struct std::hash<mortise::sdk::Uuid> {
    std::size_t operator()(const mortise::sdk::Uuid& id) const noexcept {
        std::uint64_t low = 0;
        for (std::size_t i = 8; i < 16; ++i)
            low = (low << 8U) | id.bytes[i];
        return low;
    }
};
