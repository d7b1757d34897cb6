#pragma once

#include <cstdint>
#include <string_view>

namespace mortise::flags {

// MurmurHash3, the 32-bit variant for x86, with seed 0: where flagd's `fractional` puts somebody.
std::uint32_t murmur3(std::string_view bytes) noexcept;

}  // namespace mortise::flags
