#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mortise::licenses {

// Why a document is refused. The names behind these (to_string) are stable: they stand in the API's answers
// and in --json.
enum class RefusalCode : std::uint8_t {
    kTooLarge,          // too_large: beyond the size for its type; nothing was decoded
    kMalformedToken,    // malformed_token: no PASETO v4.public, or not canonically encoded
    kMalformedKey,      // malformed_key: no PASERK of the expected type
    kWrongPassphrase,   // wrong_passphrase: or the wrapped key was altered; the two can't be told apart
    kMalformedBundle,   // malformed_bundle: against the line format of bundles and updates
    kMalformedJson,     // malformed_json: signed, but not strict JSON
    kBadSignature,      // bad_signature: altered, signed by another key, or a document of another type
    kUnknownRoot,       // unknown_root: a keyset that no known root signed
    kUnknownKey,        // unknown_key: signed by a key that the keyset doesn't hold
    kWrongUse,          // wrong_use: the key may not sign this type of document
    kKeyCompromised,    // key_compromised: whatever this key signed counts no longer
    kKeyRetired,        // key_retired: issued after its key was retired
    kNoKeyset,          // no_keyset: a bare licence, and no keyset to check it with
    kKeysetRollback,    // keyset_rollback: older than the keyset that is held already
    kRootRetired,       // root_retired: a keyset signed by a root after another took its place
    kCrlRollback,       // crl_rollback: an update whose revocation list is older than the one held
    kCrlRequired,       // crl_required: the licence wants a newer revocation list than the one held
    kRevoked,           // revoked: the revocation list names the licence or the activation
    kWrongMachine,      // wrong_machine: bound to another machine
    kNotActivated,      // not_activated: counts only together with an activation of this machine
    kBrokenChain,       // broken_chain: a usage report that does not follow the one before
    kOtherKey,          // other_key: signed by another key than this installation's earlier documents
    kBadClaims,         // bad_claims: a claim is missing, of the wrong type, or out of range
    kUnsupportedClaim,  // unsupported_claim: restricts in a way that this version can't enforce
    kUnknownCritical,   // unknown_critical: `crit` names a claim that this version doesn't know
    kIssuedInFuture,    // issued_in_future: the issuer's clock or ours is wrong
};

std::string_view to_string(RefusalCode code) noexcept;

// `detail` is for people and holds no part of a secret or token.
struct Refusal {
    RefusalCode code;
    std::string detail;
};

// A value or the reason why there is none; asking for the side it hasn't throws std::bad_variant_access.
// (This library shares nothing with the host, hence a type of its own.)
template <class T>
class [[nodiscard]] Result {
 public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Refusal refusal) : state_(std::in_place_index<1>, std::move(refusal)) {}

    bool ok() const noexcept { return state_.index() == 0; }
    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    const Refusal& refusal() const& { return std::get<1>(state_); }
    Refusal&& refusal() && { return std::get<1>(std::move(state_)); }

 private:
    std::variant<T, Refusal> state_;
};

}  // namespace mortise::licenses
