#include "core/crypto/hash.hpp"

#include "core/crypto/init.hpp"

#include <sodium.h>

#include <new>
#include <stdexcept>

namespace mortise::crypto {
namespace {

static_assert(sizeof(crypto_generichash_state) <= 384 && alignof(crypto_generichash_state) <= 64);
static_assert(sizeof(crypto_hash_sha256_state) <= 384);

template <class State, class Storage>
State* state_in(Storage& storage) noexcept {
    return std::launder(reinterpret_cast<State*>(storage.data()));
}

}  // namespace

Digest sha256(std::string_view data) noexcept {
    init();
    Digest out;
    crypto_hash_sha256(out.data(), unsigned_bytes(data), data.size());
    return out;
}

Digest blake2b_256(std::string_view data) noexcept {
    init();
    Digest out;
    crypto_generichash(out.data(), out.size(), unsigned_bytes(data), data.size(), nullptr, 0);
    return out;
}

Digest blake2b_256_keyed(std::string_view key, std::string_view data) {
    if (key.size() < crypto_generichash_KEYBYTES_MIN || key.size() > crypto_generichash_KEYBYTES_MAX)
        throw std::invalid_argument("a BLAKE2b key has 16 to 64 bytes");
    init();
    Digest out;
    crypto_generichash(out.data(), out.size(), unsigned_bytes(data), data.size(), unsigned_bytes(key),
                       key.size());
    return out;
}

Hasher::Hasher(HashAlgorithm algorithm) noexcept : algorithm_(algorithm) {
    init();
    if (algorithm_ == HashAlgorithm::kSha256)
        crypto_hash_sha256_init(new (state_.data()) crypto_hash_sha256_state);
    else
        crypto_generichash_init(new (state_.data()) crypto_generichash_state, nullptr, 0, sizeof(Digest));
}

Hasher& Hasher::update(std::string_view data) noexcept {
    if (algorithm_ == HashAlgorithm::kSha256)
        crypto_hash_sha256_update(state_in<crypto_hash_sha256_state>(state_), unsigned_bytes(data),
                                  data.size());
    else
        crypto_generichash_update(state_in<crypto_generichash_state>(state_), unsigned_bytes(data),
                                  data.size());
    return *this;
}

Digest Hasher::finish() noexcept {
    Digest out;
    if (algorithm_ == HashAlgorithm::kSha256)
        crypto_hash_sha256_final(state_in<crypto_hash_sha256_state>(state_), out.data());
    else
        crypto_generichash_final(state_in<crypto_generichash_state>(state_), out.data(), out.size());
    return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace mortise::crypto
