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

}  // namespace mortise::crypto
