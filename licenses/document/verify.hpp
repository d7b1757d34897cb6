#pragma once

#include "licenses/document/activation.hpp"
#include "licenses/document/keys.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/document/licence.hpp"
#include "licenses/document/result.hpp"
#include "licenses/document/revocations.hpp"
#include "licenses/document/roots.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::licenses {

// Signing, for the issuer. The footer is {"kid":"k4.pid…"} of the key.
std::string sign_document(const SecretKey& key, std::string_view payload, std::string_view type);
std::string sign_keyset(const Keyset& keyset, const SecretKey& root);
std::string sign_licence(const Licence& licence, const SecretKey& key);
std::string sign_revocations(const RevocationList& list, const SecretKey& key);

// The id in a token's footer, which must be exactly {"kid":"k4.pid…"}. Not authenticated: it only chooses the
// key.
Result<std::string> footer_kid(std::string_view footer);

// A keyset that one of the roots signed, and that isn't from the future.
Result<Keyset> verify_keyset(std::string_view token, const TrustedRoots& roots, Seconds now);
Result<Keyset> verify_keyset(std::string_view token, std::span<const PublicKey> roots, Seconds now);

struct SignedLicence {
    Licence licence;
    std::string signed_by;  // the kid of the key
};

// A licence that a key of `keyset` signed which may do so. It may have ended or not yet begun, be revoked, or
// be bound to another machine: ask evaluate().
Result<SignedLicence> verify_licence_token(std::string_view token, const Keyset& keyset, Seconds now);

// A revocation list that a key of `keyset` signed which may do so (use `crl`), and that isn't from the
// future.
Result<RevocationList> verify_revocations(std::string_view token, const Keyset& keyset, Seconds now);

// What a host holds from one install to the next.
struct Held {
    std::span<const PublicKey> roots;                   // compiled in
    std::span<const std::string> rotations;             // tokens, in the order in which they were accepted
    const Keyset* keyset = nullptr;                     // null: none yet
    std::shared_ptr<const RevocationList> revocations;  // null: none yet
};

// What is to be held afterwards. Tokens are given for what must be stored, and empty for what was held
// already.
struct Accepted {
    std::vector<std::string> rotations;  // all of them: Held::rotations and the new ones
    Keyset keyset;
    std::string keyset_token;
    std::shared_ptr<const RevocationList> revocations;  // the newer of both; null: none
    std::string revocations_token;
    std::optional<SignedLicence> licence;  // none in an update
    std::string licence_token;
    std::optional<Activation> activation;
    std::string activation_token;

    // The newest `iat` of what was accepted, for TimeMark::observe_signed().
    Seconds newest_issued_at() const noexcept;
};

// Checks a bundle, an update, or a bare licence token (one LF may follow) from the roots down. A keyset older
// than the held one is refused (keyset_rollback). An older revocation list is passed over in a bundle, where
// the licence is what was wanted, and refused in an update (crl_rollback). Says what is genuine; evaluate()
// says what it allows, and which licence replaces which is the host's to decide, by lic_seq.
//
// `now`: the effective time. Takes one signature check for each line, 50 µs, and for a list of a million ids
// some 150 ms.
Result<Accepted> accept(std::string_view text, const Held& held, Seconds now);

struct VerifiedLicence {
    Licence licence;
    Keyset keyset;  // the one it was checked with, to be held from now on
};

// accept() for callers that look at the period only: refuses (unsupported_claim) licences that are narrowed
// in another way, by fp, refresh_by or crl_seq_min, and updates (no licence: malformed_bundle).
Result<VerifiedLicence> verify_licence(std::string_view text, std::span<const PublicKey> roots,
                                       const Keyset* held, Seconds now);

}  // namespace mortise::licenses
