#include "core/crypto/signature.hpp"

#include "core/crypto/hash.hpp"
#include "core/crypto/init.hpp"

#include <sodium.h>

#include <algorithm>

namespace mortise::crypto {
namespace {

static_assert(SecretKey::kSize == crypto_sign_SECRETKEYBYTES &&
              SecretKey::kSeedSize == crypto_sign_SEEDBYTES);
static_assert(sizeof(PublicKey) == crypto_sign_PUBLICKEYBYTES && sizeof(Signature) == crypto_sign_BYTES);

}  // namespace

std::optional<SecretKey> SecretKey::from_seed(std::string_view seed) noexcept {
    if (seed.size() != kSeedSize) return std::nullopt;
    init();
    SecretKey key;
    PublicKey ignored;
    crypto_sign_seed_keypair(ignored.data(), key.bytes_.data(), unsigned_bytes(seed));
    return key;
}

std::optional<SecretKey> SecretKey::from_bytes(std::string_view text) noexcept {
    if (text.size() != kSize) return std::nullopt;
    auto key = from_seed(text.substr(0, kSeedSize));
    if (!equal_constant_time(key->reveal(), text)) return std::nullopt;
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
    std::copy(bytes_.begin() + kSeedSize, bytes_.end(), key.begin());
    return key;
}

std::string_view SecretKey::reveal() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
}

KeyPair KeyPair::generate() noexcept {
    init();
    KeyPair pair{{}, SecretKey()};
    crypto_sign_keypair(pair.public_key.data(), pair.secret.bytes_.data());
    return pair;
}

Signature sign(const SecretKey& secret, std::string_view message) noexcept {
    init();
    Signature signature;
    crypto_sign_detached(signature.data(), nullptr, unsigned_bytes(message), message.size(),
                         unsigned_bytes(secret.reveal()));
    return signature;
}

bool verify(const PublicKey& key, std::string_view message, std::string_view signature) noexcept {
    if (signature.size() != sizeof(Signature)) return false;
    init();
    return crypto_sign_verify_detached(unsigned_bytes(signature), unsigned_bytes(message), message.size(),
                                       key.data()) == 0;
}

}  // namespace mortise::crypto
