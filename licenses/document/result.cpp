#include "licenses/document/result.hpp"

namespace mortise::licenses {

std::string_view to_string(RefusalCode code) noexcept {
    switch (code) {
        case RefusalCode::kTooLarge:
            return "too_large";
        case RefusalCode::kMalformedToken:
            return "malformed_token";
        case RefusalCode::kMalformedKey:
            return "malformed_key";
        case RefusalCode::kWrongPassphrase:
            return "wrong_passphrase";
        case RefusalCode::kMalformedBundle:
            return "malformed_bundle";
        case RefusalCode::kMalformedJson:
            return "malformed_json";
        case RefusalCode::kBadSignature:
            return "bad_signature";
        case RefusalCode::kUnknownRoot:
            return "unknown_root";
        case RefusalCode::kUnknownKey:
            return "unknown_key";
        case RefusalCode::kWrongUse:
            return "wrong_use";
        case RefusalCode::kKeyCompromised:
            return "key_compromised";
        case RefusalCode::kKeyRetired:
            return "key_retired";
        case RefusalCode::kNoKeyset:
            return "no_keyset";
        case RefusalCode::kKeysetRollback:
            return "keyset_rollback";
        case RefusalCode::kRootRetired:
            return "root_retired";
        case RefusalCode::kCrlRollback:
            return "crl_rollback";
        case RefusalCode::kCrlRequired:
            return "crl_required";
        case RefusalCode::kRevoked:
            return "revoked";
        case RefusalCode::kWrongMachine:
            return "wrong_machine";
        case RefusalCode::kNotActivated:
            return "not_activated";
        case RefusalCode::kBrokenChain:
            return "broken_chain";
        case RefusalCode::kOtherKey:
            return "other_key";
        case RefusalCode::kBadClaims:
            return "bad_claims";
        case RefusalCode::kUnsupportedClaim:
            return "unsupported_claim";
        case RefusalCode::kUnknownCritical:
            return "unknown_critical";
        case RefusalCode::kIssuedInFuture:
            return "issued_in_future";
    }
    return "refused";
}

}  // namespace mortise::licenses
