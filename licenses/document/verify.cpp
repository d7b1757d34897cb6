#include "licenses/document/verify.hpp"

#include "licenses/document/bundle.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/paseto.hpp"

#include <algorithm>

namespace mortise::licenses {
namespace {

constexpr std::string_view kFooterStart = "{\"kid\":\"";
constexpr std::string_view kFooterEnd = "\"}";
constexpr std::string_view kPid = "k4.pid.";
constexpr std::size_t kPidSize = 7 + 44;  // base64url of 33 bytes

std::string sign(const SecretKey& key, std::string_view payload, std::string_view type) {
    const std::string footer = std::string(kFooterStart) + key_id(key.public_key()) + std::string(kFooterEnd);
    return sign_token(key, payload, footer, type);
}

Refusal bad_signature(std::string_view what) {
    return {RefusalCode::kBadSignature, "The signature of the " + std::string(what) + " is wrong."};
}

Refusal from_the_future(std::string_view what, Seconds issued_at) {
    return {RefusalCode::kIssuedInFuture, "The " + std::string(what) + " was issued at " +
                                              format_time(issued_at) +
                                              ", which is in the future. Check this machine's clock."};
}

std::optional<Refusal> check_signer(const KeysetKey& key, Seconds issued_at) {
    if (key.status == KeyStatus::kCompromised)
        return Refusal{RefusalCode::kKeyCompromised,
                       "The key that signed the licence was declared compromised. Ask for a new licence."};
    if (key.status == KeyStatus::kRetired && issued_at >= *key.retired_at)
        return Refusal{RefusalCode::kKeyRetired,
                       "The licence was issued after the key that signed it was retired."};
    return std::nullopt;
}

}  // namespace

std::string sign_keyset(const Keyset& keyset, const SecretKey& root) {
    return sign(root, encode_keyset(keyset), kKeysetType);
}

std::string sign_licence(const Licence& licence, const SecretKey& key) {
    return sign(key, encode_licence(licence), kLicenceType);
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

Result<Keyset> verify_keyset(std::string_view text, std::span<const PublicKey> roots, Seconds now) {
    auto token = parse_token(text, kMaxKeysetBytes);
    if (!token.ok()) return std::move(token).refusal();
    const auto kid = footer_kid(token->footer);
    if (!kid.ok()) return kid.refusal();
    const auto root =
        std::find_if(roots.begin(), roots.end(), [&](const PublicKey& key) { return key_id(key) == *kid; });
    if (root == roots.end())
        return Refusal{RefusalCode::kUnknownRoot,
                       "The keyset is not signed by a root that this program trusts."};
    if (!verify_token(*token, *root, kKeysetType)) return bad_signature("keyset");
    auto keyset = decode_keyset(token->payload);
    if (keyset.ok() && keyset->issued_at > now) return from_the_future("keyset", keyset->issued_at);
    return keyset;
}

Result<Licence> verify_licence_token(std::string_view text, const Keyset& keyset, Seconds now) {
    auto token = parse_token(text, kMaxLicenceBytes);
    if (!token.ok()) return std::move(token).refusal();
    const auto kid = footer_kid(token->footer);
    if (!kid.ok()) return kid.refusal();
    const KeysetKey* key = keyset.find(*kid);
    if (key == nullptr)
        return Refusal{RefusalCode::kUnknownKey,
                       "The licence is signed by a key that the keyset does not hold."};
    if (!key->allows("lic"))
        return Refusal{RefusalCode::kWrongUse, "The key that signed the licence may not sign licences."};
    if (!verify_token(*token, key->key, kLicenceType)) return bad_signature("licence");
    auto licence = decode_licence(token->payload);
    if (!licence.ok()) return licence;
    if (auto refusal = check_signer(*key, licence->issued_at)) return *refusal;
    if (licence->issued_at > now) return from_the_future("licence", licence->issued_at);
    return licence;
}

Result<VerifiedLicence> verify_licence(std::string_view text, std::span<const PublicKey> roots,
                                       const Keyset* held, Seconds now) {
    const auto with_keyset = [&](std::string_view token, const Keyset& keyset) -> Result<VerifiedLicence> {
        auto licence = verify_licence_token(token, keyset, now);
        if (!licence.ok()) return std::move(licence).refusal();
        return VerifiedLicence{std::move(licence).value(), keyset};
    };
    if (!text.starts_with(kBundleHeader)) {
        if (held == nullptr)
            return Refusal{RefusalCode::kNoKeyset,
                           "A bare licence needs a keyset. Install the bundle instead."};
        if (text.ends_with('\n')) text.remove_suffix(1);
        return with_keyset(text, *held);
    }
    const auto bundle = parse_bundle(text);
    if (!bundle.ok()) return bundle.refusal();
    const auto keyset = verify_keyset(bundle->keyset, roots, now);
    if (!keyset.ok()) return keyset.refusal();
    if (held != nullptr && keyset->sequence < held->sequence)
        return Refusal{RefusalCode::kKeysetRollback,
                       "The bundle's keyset is older than the one already held."};
    return with_keyset(bundle->licence, *keyset);
}

}  // namespace mortise::licenses
