#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mortise::licenses {

// Ed25519 keys (RFC 8032), by libsodium.
struct PublicKey {
    std::array<std::uint8_t, 32> bytes{};

    bool operator==(const PublicKey&) const = default;
    std::string_view view() const noexcept {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    // nullopt unless there are 32 bytes.
    static std::optional<PublicKey> from_bytes(std::string_view bytes) noexcept;
};

// Seed and public key, 64 bytes; zeroes itself when destroyed and when moved from.
class SecretKey {
 public:
    static constexpr std::size_t kSize = 64;

    static SecretKey generate() noexcept;
    // nullopt unless there are 64 bytes and the second half is the public key of the first.
    static std::optional<SecretKey> from_bytes(std::string_view bytes) noexcept;

    SecretKey(SecretKey&& other) noexcept;
    SecretKey& operator=(SecretKey&& other) noexcept;
    SecretKey(const SecretKey&) = delete;
    SecretKey& operator=(const SecretKey&) = delete;
    ~SecretKey();

    PublicKey public_key() const noexcept;
    // The 64 bytes, as long as this object lives unmoved. Never log them.
    std::string_view reveal() const noexcept {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }

 private:
    SecretKey() = default;
    std::array<std::uint8_t, kSize> bytes_{};
};

}  // namespace mortise::licenses
