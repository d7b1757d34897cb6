#pragma once

#include "core/crypto/bytes.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mortise::crypto {

// Ed25519 (RFC 8032) by libsodium, which also refuses what the RFC leaves open: S not below the group order,
// and keys or points of small order.
using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

// A secret key: the seed and the public key, 64 bytes. Zeroes itself when destroyed and when moved from, and
// can't be copied, so that each secret has one place in memory.
class SecretKey {
 public:
    static constexpr std::size_t kSeedSize = 32;
    static constexpr std::size_t kSize = 64;

    // nullopt unless the seed has 32 bytes.
    static std::optional<SecretKey> from_seed(std::string_view seed) noexcept;
    // nullopt unless these are 64 bytes whose second half is the public key of the first.
    static std::optional<SecretKey> from_bytes(std::string_view bytes) noexcept;

    SecretKey(SecretKey&& other) noexcept;
    SecretKey& operator=(SecretKey&& other) noexcept;
    SecretKey(const SecretKey&) = delete;
    SecretKey& operator=(const SecretKey&) = delete;
    ~SecretKey();

    PublicKey public_key() const noexcept;
    // A view of the 64 bytes, as long as this object lives unmoved. Never log it.
    std::string_view reveal() const noexcept;

 private:
    friend struct KeyPair;
    SecretKey() = default;

    std::array<std::uint8_t, kSize> bytes_{};
};

struct KeyPair {
    PublicKey public_key;
    SecretKey secret;

    static KeyPair generate() noexcept;
};

Signature sign(const SecretKey& secret, std::string_view message) noexcept;

// A signature that hasn't 64 bytes is wrong, not an error.
bool verify(const PublicKey& key, std::string_view message, std::string_view signature) noexcept;

}  // namespace mortise::crypto
