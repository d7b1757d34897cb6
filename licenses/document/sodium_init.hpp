#pragma once

#include <string_view>

namespace mortise::licenses {

// Makes libsodium ready (internal to this library). Thread-safe; aborts if the machine has no randomness.
void sodium_ready() noexcept;

// The bytes as libsodium takes them.
inline const unsigned char* sodium_bytes(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace mortise::licenses
