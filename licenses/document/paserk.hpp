#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mortise::licenses {

// PASERK, version 4 (paseto-standard/paserk): keys as text, and the ids of keys.

std::string to_paserk(const PublicKey& key);  // k4.public.…
Result<PublicKey> public_key_from_paserk(std::string_view text);

std::string to_paserk(const SecretKey& key);  // k4.secret.…, a secret: only into files of mode 0600
Result<SecretKey> secret_key_from_paserk(std::string_view text);

std::string key_id(const PublicKey& key);  // k4.pid.…, may be shown
std::string key_id(const SecretKey& key);  // k4.sid.…, may be shown

// Cost of Argon2id for a wrapped key. The default is libsodium's "moderate".
struct WrapCost {
    std::uint64_t memory_bytes = 256ULL << 20;
    std::uint32_t passes = 3;
};

// k4.secret-pw.…: the key under a passphrase, fit to lie on a disk. Throws std::bad_alloc without the memory.
std::string wrap_secret_key(const SecretKey& key, std::string_view passphrase, WrapCost cost = {});
// Refuses costs beyond 1 GiB or 64 passes before it spends them.
Result<SecretKey> unwrap_secret_key(std::string_view text, std::string_view passphrase);

}  // namespace mortise::licenses
