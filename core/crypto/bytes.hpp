#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mortise::crypto {

// A view of a digest, key or signature, as long as the array lives.
template <std::size_t Size>
std::string_view as_bytes(const std::array<std::uint8_t, Size>& bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), Size};
}

// The same bytes as libraries in C take them.
inline const unsigned char* unsigned_bytes(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace mortise::crypto
