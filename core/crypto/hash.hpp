#pragma once

#include "core/crypto/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mortise::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view data) noexcept;       // FIPS 180-4
Digest blake2b_256(std::string_view data) noexcept;  // RFC 7693, 32 bytes of output

// BLAKE2b's own keyed mode, a MAC. The key has 16 to 64 bytes; another size is a programming error and throws
// std::invalid_argument.
Digest blake2b_256_keyed(std::string_view key, std::string_view data);

enum class HashAlgorithm : std::uint8_t { kSha256, kBlake2b256 };

// A hash of data that comes in pieces. Not for two threads at once; after finish() only destruction.
class Hasher {
 public:
    explicit Hasher(HashAlgorithm algorithm) noexcept;
    Hasher& update(std::string_view data) noexcept;
    Digest finish() noexcept;

 private:
    HashAlgorithm algorithm_;
    alignas(64) std::array<std::byte, 384> state_;  // room for libsodium's states, checked in hash.cpp
};

// Compares in a time that depends on the sizes only. Different sizes are unequal.
bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace mortise::crypto
