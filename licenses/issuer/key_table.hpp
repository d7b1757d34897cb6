#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/issuer/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::issuer {

struct RootRow {
    std::string id;
    licenses::PublicKey key;
    std::string rotation;  // the token that introduced it; "" for the first
};

struct SignedToken {
    std::uint64_t sequence = 0;
    std::string token;
};

// Roots, signing keys, keysets and revocation lists of a ledger. What changes something belongs into the
// caller's transaction and adds an entry to the trail.
class KeyTable {
 public:
    explicit KeyTable(Ledger& ledger) : ledger_(ledger) {}

    std::vector<RootRow> roots();  // in their order; the last is the present one
    void add_root(const licenses::PublicKey& key, std::string_view rotation);

    // As they shall be in the next keyset.
    std::vector<licenses::KeysetKey> signing_keys();
    void add_signing_key(const licenses::KeysetKey& key, std::string_view action = "key.added");
    // Throws Failure `unknown_key`.
    void set_key_status(std::string_view id, licenses::KeyStatus status, std::string_view reason);

    std::optional<SignedToken> newest_keyset();
    void add_keyset(std::uint64_t sequence, std::string_view token);

    std::uint64_t next_keyset_sequence();

    std::optional<SignedToken> newest_revocations();
    std::uint64_t next_revocations_sequence();
    std::uint64_t newest_revocations_sequence();  // 0: none
    void add_revocations(std::uint64_t sequence, std::string_view token, std::size_t ids);

    // What this home's root signed as the keyset of this sequence, or "".
    std::string root_signature(std::uint64_t sequence);
    std::uint64_t newest_root_signature();  // 0: none
    void add_root_signature(std::uint64_t sequence, std::string_view payload);

 private:
    Ledger& ledger_;
};

std::string_view to_string(licenses::KeyStatus status) noexcept;

}  // namespace mortise::issuer
