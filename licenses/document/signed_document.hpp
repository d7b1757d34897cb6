#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/document/paseto.hpp"
#include "licenses/document/result.hpp"
#include "licenses/document/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::licenses {

// What all documents have in common: a token whose footer names the key. Internal to this library.

struct OpenedToken {
    UnverifiedToken token;
    std::string kid;
};

// Nothing in it may be believed yet.
Result<OpenedToken> open_token(std::string_view text, std::size_t max_bytes);

// `what` names the document for people, such as "licence".
Refusal bad_signature(std::string_view what);
std::optional<Refusal> check_not_from_future(std::string_view what, Seconds issued_at, Seconds now);

// The key of the keyset that signed the token as a document of `type`; it must have the use. On success the
// payload is genuine but for the key's status, which check_signer() looks at when the payload's `iat` is
// known.
Result<const KeysetKey*> find_signer(const OpenedToken& opened, const Keyset& keyset, std::string_view use,
                                     std::string_view type, std::string_view what);
std::optional<Refusal> check_signer(const KeysetKey& key, std::string_view what, Seconds issued_at,
                                    Seconds now);

// That `key` signed the token as a document of `type`, and that the footer names it.
std::optional<Refusal> check_signed_by(const OpenedToken& opened, const PublicKey& key, std::string_view type,
                                       std::string_view what);

}  // namespace mortise::licenses
