#pragma once

#include "mortise/abi/types.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

// Text at the border, and the few questions about UTF-8 that validation asks.
namespace mortise::sdk {

constexpr mortise_text to_abi(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

constexpr std::string_view view(mortise_text text) noexcept {
    return text.size == 0 ? std::string_view{} : std::string_view{text.data, text.size};
}

namespace detail {

// Length of the UTF-8 sequence at the front of `text` (RFC 3629, section 4), or 0 if it is not one.
constexpr std::size_t sequence_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4 || !tail(1)) return 0;
    if (lead < 0xE0) return 2;
    const unsigned char second = byte(1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
    if (!tail(2)) return 0;
    if (lead < 0xF0) return 3;
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
    return tail(3) ? 4 : 0;
}

}  // namespace detail

// Whether the whole text is well-formed UTF-8 (no surrogates, no overlong forms).
constexpr bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = detail::sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

// Number of code points of well-formed UTF-8.
constexpr std::size_t count_code_points(std::string_view text) noexcept {
    std::size_t count = 0;
    for (const char c : text)
        count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
    return count;
}

// The beginning of well-formed UTF-8 that has at most `size` bytes and ends between two code points.
constexpr std::string_view cut_utf8(std::string_view text, std::size_t size) noexcept {
    if (text.size() <= size) return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        --size;
    return text.substr(0, size);
}

// Whether a control character (U+0000 to U+001F, U+007F to U+009F) stands in well-formed UTF-8; `allowed`
// lists exceptions among the ASCII ones, such as "\n\t".
constexpr bool has_control(std::string_view text, std::string_view allowed = {}) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        const bool c0 = (byte < 0x20 || byte == 0x7F) && allowed.find(text[i]) == std::string_view::npos;
        if (c0 || c1) return true;
    }
    return false;
}

}  // namespace mortise::sdk
