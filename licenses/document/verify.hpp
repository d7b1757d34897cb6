#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/document/licence.hpp"
#include "licenses/document/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mortise::licenses {

// Signing, for the issuer. The footer is {"kid":"k4.pid…"} of the key.
std::string sign_keyset(const Keyset& keyset, const SecretKey& root);
std::string sign_licence(const Licence& licence, const SecretKey& key);

// The id in a token's footer, which must be exactly {"kid":"k4.pid…"}. Not authenticated: it only chooses the
// key.
Result<std::string> footer_kid(std::string_view footer);

// A keyset that one of `roots` signed, and that isn't from the future.
Result<Keyset> verify_keyset(std::string_view token, std::span<const PublicKey> roots, Seconds now);

// A licence that a key of `keyset` signed which may do so. It may have ended or not yet begun: ask
// evaluate().
Result<Licence> verify_licence_token(std::string_view token, const Keyset& keyset, Seconds now);

struct VerifiedLicence {
    Licence licence;
    Keyset keyset;  // the one it was checked with, to be held from now on
};

// A bundle, or a bare licence token (one LF may follow) to be checked with `held`. The chain is checked from
// the roots down; a bundle's keyset may not be older than the held one.
Result<VerifiedLicence> verify_licence(std::string_view text, std::span<const PublicKey> roots,
                                       const Keyset* held, Seconds now);

}  // namespace mortise::licenses
