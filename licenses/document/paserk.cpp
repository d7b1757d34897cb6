#include "licenses/document/paserk.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/sodium_init.hpp"

#include <sodium.h>

#include <array>
#include <new>
#include <optional>

namespace mortise::licenses {
namespace {

constexpr std::string_view kPublic = "k4.public.";
constexpr std::string_view kSecret = "k4.secret.";
constexpr std::string_view kWrapped = "k4.secret-pw.";

unsigned char* mutable_bytes(std::string& text) noexcept {
    return reinterpret_cast<unsigned char*>(text.data());
}
Refusal malformed_key(std::string_view type) {
    return {RefusalCode::kMalformedKey, "The text is not a key of the form " + std::string(type) + "…"};
}

std::optional<std::string> decode(std::string_view text, std::string_view header) {
    constexpr std::size_t kLongest = 512;
    if (text.size() > kLongest || !text.starts_with(header)) return std::nullopt;
    return base64url_decode_secret(text.substr(header.size()));
}

// PASERK, operations/ID: BLAKE2b of 33 bytes over the id's header and the key's own PASERK.
std::string make_id(std::string_view header, std::string_view paserk) {
    sodium_ready();
    std::string id(33, '\0');
    const std::string input = std::string(header) + std::string(paserk);
    crypto_generichash(mutable_bytes(id), id.size(), sodium_bytes(input), input.size(), nullptr, 0);
    return std::string(header) + base64url_encode(id);
}

// PASERK, operations/PBKW, version 4: salt, memory, time and lanes (big-endian), nonce, ciphertext, tag.
constexpr std::size_t kSalt = crypto_pwhash_SALTBYTES;
constexpr std::size_t kNonceAt = kSalt + 8 + 4 + 4;
constexpr std::size_t kCipherAt = kNonceAt + crypto_stream_xchacha20_NONCEBYTES;
constexpr std::size_t kTagAt = kCipherAt + SecretKey::kSize;
constexpr std::size_t kTag = 32;

void append_be(std::string& out, std::uint64_t value, int size) {
    for (int i = size - 1; i >= 0; --i)
        out += static_cast<char>((value >> (8 * i)) & 0xff);
}

std::uint64_t read_be(std::string_view text) noexcept {
    std::uint64_t value = 0;
    for (const char c : text)
        value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
}

// The two keys that a passphrase gives: one encrypts, one authenticates. Zeroed at the end.
struct WrapKeys {
    using Key = std::array<std::uint8_t, 32>;
    Key encryption{}, authentication{};

    WrapKeys(std::string_view passphrase, std::string_view salt, WrapCost cost) {
        std::array<std::uint8_t, 33> labelled{};  // a label byte, then the stretched passphrase
        if (crypto_pwhash(labelled.data() + 1, 32, passphrase.data(), passphrase.size(), sodium_bytes(salt),
                          cost.passes, cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
            throw std::bad_alloc();
        labelled[0] = 0xff;
        crypto_generichash(encryption.data(), 32, labelled.data(), labelled.size(), nullptr, 0);
        labelled[0] = 0xfe;
        crypto_generichash(authentication.data(), 32, labelled.data(), labelled.size(), nullptr, 0);
        sodium_memzero(labelled.data(), labelled.size());
    }
    WrapKeys(const WrapKeys&) = delete;
    WrapKeys& operator=(const WrapKeys&) = delete;
    ~WrapKeys() {
        sodium_memzero(encryption.data(), encryption.size());
        sodium_memzero(authentication.data(), authentication.size());
    }

    std::array<std::uint8_t, kTag> tag(std::string_view body) const {
        const std::string input = std::string(kWrapped) + std::string(body);
        std::array<std::uint8_t, kTag> out;
        crypto_generichash(out.data(), out.size(), sodium_bytes(input), input.size(), authentication.data(),
                           32);
        return out;
    }
};

}  // namespace

std::string to_paserk(const PublicKey& key) {
    return std::string(kPublic) + base64url_encode(key.view());
}

Result<PublicKey> public_key_from_paserk(std::string_view text) {
    const auto decoded = decode(text, kPublic);
    const auto key = decoded ? PublicKey::from_bytes(*decoded) : std::nullopt;
    if (!key) return malformed_key(kPublic);
    return *key;
}

std::string to_paserk(const SecretKey& key) {
    return std::string(kSecret) + base64url_encode(key.reveal());
}

Result<SecretKey> secret_key_from_paserk(std::string_view text) {
    auto decoded = decode(text, kSecret);
    if (!decoded) return malformed_key(kSecret);
    auto key = SecretKey::from_bytes(*decoded);
    sodium_memzero(decoded->data(), decoded->size());
    if (!key) return malformed_key(kSecret);
    return std::move(*key);
}

std::string key_id(const PublicKey& key) {
    return make_id("k4.pid.", to_paserk(key));
}

std::string key_id(const SecretKey& key) {
    std::string paserk = to_paserk(key);
    std::string id = make_id("k4.sid.", paserk);
    sodium_memzero(paserk.data(), paserk.size());
    return id;
}

std::string wrap_secret_key(const SecretKey& key, std::string_view passphrase, WrapCost cost) {
    sodium_ready();
    std::string body(kSalt, '\0');
    randombytes_buf(body.data(), kSalt);
    const WrapKeys keys(passphrase, body, cost);
    append_be(body, cost.memory_bytes, 8);
    append_be(body, cost.passes, 4);
    append_be(body, 1, 4);
    body.resize(kTagAt);
    randombytes_buf(body.data() + kNonceAt, crypto_stream_xchacha20_NONCEBYTES);
    crypto_stream_xchacha20_xor(mutable_bytes(body) + kCipherAt, sodium_bytes(key.reveal()), SecretKey::kSize,
                                sodium_bytes(body) + kNonceAt, keys.encryption.data());
    const auto tag = keys.tag(body);
    body.append(tag.begin(), tag.end());
    return std::string(kWrapped) + base64url_encode(body);
}

Result<SecretKey> unwrap_secret_key(std::string_view text, std::string_view passphrase) {
    const auto decoded = decode(text, kWrapped);
    if (!decoded || decoded->size() != kTagAt + kTag) return malformed_key(kWrapped);
    const std::string_view body(*decoded);
    const WrapCost cost{read_be(body.substr(kSalt, 8)),
                        static_cast<std::uint32_t>(read_be(body.substr(kSalt + 8, 4)))};
    const bool sane = cost.memory_bytes >= crypto_pwhash_MEMLIMIT_MIN && cost.memory_bytes <= 1ULL << 30 &&
                      cost.passes >= 1 && cost.passes <= 64 && read_be(body.substr(kSalt + 12, 4)) == 1;
    if (!sane) return malformed_key(kWrapped);
    sodium_ready();
    const WrapKeys keys(passphrase, body, cost);
    const auto tag = keys.tag(body.substr(0, kTagAt));
    if (sodium_memcmp(tag.data(), body.data() + kTagAt, kTag) != 0)
        return Refusal{RefusalCode::kWrongPassphrase,
                       "The passphrase does not open this key, or the key's file was altered."};
    std::string secret(SecretKey::kSize, '\0');
    crypto_stream_xchacha20_xor(mutable_bytes(secret), sodium_bytes(body) + kCipherAt, secret.size(),
                                sodium_bytes(body) + kNonceAt, keys.encryption.data());
    auto key = SecretKey::from_bytes(secret);
    sodium_memzero(secret.data(), secret.size());
    if (!key) return malformed_key(kWrapped);
    return std::move(*key);
}

}  // namespace mortise::licenses
