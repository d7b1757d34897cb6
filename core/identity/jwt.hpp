#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/crypto/signature.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {

// Access tokens: JWS compact serialisation (RFC 7515) of a JWT (RFC 7519) signed with EdDSA over Ed25519
// (RFC 8037), with the claims of RFC 9068.

inline constexpr std::size_t kMaxTokenSize = 4096;  // bytes; a longer text is refused unread

struct TokenSettings {
    std::string issuer = "mortise";
    std::string audience = "mortise";
    std::int64_t access_lifetime_s = 900;
    std::int64_t session_lifetime_s = 30LL * 24 * 3600;  // absolute, however often tokens are refreshed
    std::int64_t replay_window_s = 10;                   // of a refresh whose answer was lost
    std::int64_t leeway_s = 5;                           // for the clocks of other nodes
};

struct AccessClaims {
    std::string issuer;
    std::string audience;
    base::Uuid subject;  // the user
    base::Uuid tenant;   // nil: no such claim, a user of the platform
    base::Uuid session;
    base::Uuid token;             // jti
    std::int64_t issued_at = 0;   // seconds since 1970
    std::int64_t expires_at = 0;  // seconds since 1970
    std::string scope;            // separated by spaces
};

struct VerificationKey {
    std::string kid;
    crypto::PublicKey key;
};

// The thumbprint of an Ed25519 public key (RFC 7638 over the members crv, kty and x; RFC 8037 appendix A.3).
std::string thumbprint(const crypto::PublicKey& key);

// The JWK set (RFC 7517, 5) of the keys, as JSON.
std::string jwks_document(const std::vector<VerificationKey>& keys);

std::string sign_access_token(const AccessClaims& claims, std::string_view kid, const crypto::SecretKey& key);

// The claims, if everything about the token is as sign_access_token makes it: size, three parts in canonical
// base64url, typ "at+jwt", alg "EdDSA", a known kid, no other header member ("crit", "jwk", "jku", …), no
// member twice, a good signature, our issuer and audience, and a time within [iat, exp) give or take the
// leeway. The error is always `invalid_token` (401); its log_text says which check failed, never the token.
base::Result<AccessClaims> verify_access_token(std::string_view token,
                                               const std::vector<VerificationKey>& keys,
                                               const TokenSettings& settings, base::Micros now);

}  // namespace mortise::identity
