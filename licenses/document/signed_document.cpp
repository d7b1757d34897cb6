#include "licenses/document/signed_document.hpp"

#include "licenses/document/paserk.hpp"
#include "licenses/document/verify.hpp"

namespace mortise::licenses {
namespace {

constexpr std::string_view kFooterStart = "{\"kid\":\"";
constexpr std::string_view kFooterEnd = "\"}";
constexpr std::string_view kPid = "k4.pid.";
constexpr std::size_t kPidSize = 7 + 44;  // base64url of 33 bytes

std::string the(std::string_view what) {
    return "The " + std::string(what);
}

}  // namespace

std::string sign_document(const SecretKey& key, std::string_view payload, std::string_view type) {
    std::string footer(kFooterStart);
    footer += key_id(key.public_key());
    footer += kFooterEnd;
    return sign_token(key, payload, footer, type);
}

// Compared as text, so that no parser sees what nobody has signed yet.
Result<std::string> footer_kid(std::string_view footer) {
    const bool framed = footer.size() == kFooterStart.size() + kPidSize + kFooterEnd.size() &&
                        footer.starts_with(kFooterStart) && footer.ends_with(kFooterEnd);
    const std::string_view kid = framed ? footer.substr(kFooterStart.size(), kPidSize) : std::string_view();
    if (!kid.starts_with(kPid))
        return Refusal{RefusalCode::kMalformedToken, "The token's footer is not {\"kid\":\"k4.pid…\"}."};
    return std::string(kid);
}

Result<OpenedToken> open_token(std::string_view text, std::size_t max_bytes) {
    auto token = parse_token(text, max_bytes);
    if (!token.ok()) return std::move(token).refusal();
    auto kid = footer_kid(token->footer);
    if (!kid.ok()) return std::move(kid).refusal();
    return OpenedToken{std::move(token).value(), std::move(kid).value()};
}

Refusal bad_signature(std::string_view what) {
    return {RefusalCode::kBadSignature, "The signature of the " + std::string(what) + " is wrong."};
}

std::optional<Refusal> check_not_from_future(std::string_view what, Seconds issued_at, Seconds now) {
    if (issued_at <= now) return std::nullopt;
    return Refusal{RefusalCode::kIssuedInFuture, the(what) + " was issued at " + format_time(issued_at) +
                                                     ", which is in the future. Check this machine's clock."};
}

Result<const KeysetKey*> find_signer(const OpenedToken& opened, const Keyset& keyset, std::string_view use,
                                     std::string_view type, std::string_view what) {
    const KeysetKey* key = keyset.find(opened.kid);
    if (key == nullptr)
        return Refusal{RefusalCode::kUnknownKey,
                       the(what) + " is signed by a key that the keyset does not hold."};
    if (!key->allows(use))
        return Refusal{RefusalCode::kWrongUse,
                       "The key that signed the " + std::string(what) + " may not sign such a document."};
    if (!verify_token(opened.token, key->key, type)) return bad_signature(what);
    return key;
}

std::optional<Refusal> check_signer(const KeysetKey& key, std::string_view what, Seconds issued_at,
                                    Seconds now) {
    if (key.status == KeyStatus::kCompromised)
        return Refusal{RefusalCode::kKeyCompromised, "The key that signed the " + std::string(what) +
                                                         " was declared compromised. Ask for a new one."};
    if (key.status == KeyStatus::kRetired && issued_at >= *key.retired_at)
        return Refusal{RefusalCode::kKeyRetired,
                       the(what) + " was issued after the key that signed it was retired."};
    return check_not_from_future(what, issued_at, now);
}

std::optional<Refusal> check_signed_by(const OpenedToken& opened, const PublicKey& key, std::string_view type,
                                       std::string_view what) {
    if (opened.kid != key_id(key))
        return Refusal{RefusalCode::kOtherKey,
                       the(what) + " is signed by another key than the one expected."};
    if (!verify_token(opened.token, key, type)) return bad_signature(what);
    return std::nullopt;
}

}  // namespace mortise::licenses
