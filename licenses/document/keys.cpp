#include "licenses/document/keys.hpp"

#include "licenses/document/sodium_init.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace mortise::licenses {

void sodium_ready() noexcept {
    static const bool ready = [] {
        if (sodium_init() >= 0) return true;
        std::fputs("libsodium finds no source of randomness\n", stderr);
        std::abort();
    }();
    static_cast<void>(ready);
}

std::optional<PublicKey> PublicKey::from_bytes(std::string_view bytes) noexcept {
    PublicKey key;
    if (bytes.size() != key.bytes.size()) return std::nullopt;
    std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
    return key;
}

SecretKey SecretKey::generate() noexcept {
    sodium_ready();
    SecretKey key;
    PublicKey ignored;
    crypto_sign_keypair(ignored.bytes.data(), key.bytes_.data());
    return key;
}

std::optional<SecretKey> SecretKey::from_bytes(std::string_view bytes) noexcept {
    if (bytes.size() != kSize) return std::nullopt;
    sodium_ready();
    SecretKey key;
    PublicKey ignored;
    crypto_sign_seed_keypair(ignored.bytes.data(), key.bytes_.data(),
                             reinterpret_cast<const unsigned char*>(bytes.data()));
    if (sodium_memcmp(key.bytes_.data(), bytes.data(), kSize) != 0) return std::nullopt;
    return key;
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
    sodium_memzero(other.bytes_.data(), kSize);
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
    if (this != &other) {
        bytes_ = other.bytes_;
        sodium_memzero(other.bytes_.data(), kSize);
    }
    return *this;
}

SecretKey::~SecretKey() {
    sodium_memzero(bytes_.data(), kSize);
}

PublicKey SecretKey::public_key() const noexcept {
    PublicKey key;
    std::copy(bytes_.end() - 32, bytes_.end(), key.bytes.begin());
    return key;
}

}  // namespace mortise::licenses
