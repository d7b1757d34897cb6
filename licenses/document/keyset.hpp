#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/result.hpp"
#include "licenses/document/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::licenses {

inline constexpr std::string_view kKeysetType = "keyset/v1";
inline constexpr std::size_t kMaxKeysetBytes = 64 * 1024;

enum class KeyStatus : std::uint8_t {
    kActive,
    kRetired,      // keeps what it signed before `retired_at`
    kCompromised,  // keeps nothing
};

struct KeysetKey {
    PublicKey key;
    // Sorted. "lic" signs licences, "crl" revocation lists, "act" activations; others are kept and allow
    // nothing here.
    std::vector<std::string> uses;
    KeyStatus status = KeyStatus::kActive;
    std::optional<Seconds> retired_at;  // with kRetired only
    std::string id;  // k4.pid…, as decode_keyset() sets it; "": find() computes it each time

    bool allows(std::string_view use) const noexcept;
};

// The keys that may sign licences, vouched for by a root.
struct Keyset {
    std::string issuer;
    Seconds issued_at = 0;
    std::uint64_t sequence = 0;  // ks_seq: only rises
    std::vector<KeysetKey> keys;

    // Null if there is none of this id (k4.pid.…). Lives as long as the keyset.
    const KeysetKey* find(std::string_view kid) const;
};

// Whether what the key of this id has signed still counts: the keyset holds it, and not as compromised. An
// empty id is that of a document that was never verified: the caller's own word, which counts.
bool is_trusted(const Keyset& keyset, std::string_view kid);

std::string encode_keyset(const Keyset& keyset);
Result<Keyset> decode_keyset(std::string_view json);

}  // namespace mortise::licenses
