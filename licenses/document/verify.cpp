#include "licenses/document/verify.hpp"

#include "licenses/document/bundle.hpp"
#include "licenses/document/signed_document.hpp"

#include <algorithm>
#include <utility>

namespace mortise::licenses {
namespace {

std::optional<Refusal> take_rotations(const Bundle& bundle, TrustedRoots& roots, Accepted& out, Seconds now) {
    for (const std::string& token : bundle.rotations) {
        auto rotation = roots.rotate(token, now);
        if (!rotation.ok()) return std::move(rotation).refusal();
        if (std::find(out.rotations.begin(), out.rotations.end(), token) == out.rotations.end())
            out.rotations.push_back(token);
    }
    return std::nullopt;
}

std::optional<Refusal> take_keyset(const Bundle& bundle, const TrustedRoots& roots, const Keyset* held,
                                   Accepted& out, Seconds now) {
    auto keyset = verify_keyset(bundle.keyset, roots, now);
    if (!keyset.ok()) return std::move(keyset).refusal();
    if (held != nullptr && keyset->sequence < held->sequence)
        return Refusal{RefusalCode::kKeysetRollback,
                       "The bundle's keyset is older than the one already held."};
    out.keyset = std::move(keyset).value();
    out.keyset_token = bundle.keyset;
    return std::nullopt;
}

std::optional<Refusal> take_revocations(const Bundle& bundle, Accepted& out, Seconds now) {
    if (bundle.revocations.empty()) return std::nullopt;
    auto list = verify_revocations(bundle.revocations, out.keyset, now);
    if (!list.ok()) return std::move(list).refusal();
    // A held list whose signer counts no longer stands in nobody's way, whatever its sequence.
    const bool counts = out.revocations && is_trusted(out.keyset, out.revocations->signed_by());
    const bool older = counts && list->sequence() < out.revocations->sequence();
    if (older && bundle.licence.empty())
        return Refusal{RefusalCode::kCrlRollback,
                       "The update's revocation list is older than the one already held."};
    if (older) return std::nullopt;
    out.revocations = std::make_shared<const RevocationList>(std::move(list).value());
    out.revocations_token = bundle.revocations;
    return std::nullopt;
}

std::optional<Refusal> take_activation(const Bundle& bundle, Accepted& out, Seconds now) {
    if (bundle.activation.empty()) return std::nullopt;
    auto activation = verify_activation(bundle.activation, out.keyset, now);
    if (!activation.ok()) return std::move(activation).refusal();
    out.activation = std::move(activation).value();
    out.activation_token = bundle.activation;
    return std::nullopt;
}

std::optional<Refusal> take_licence(std::string_view token, Accepted& out, Seconds now) {
    if (token.empty()) return std::nullopt;
    auto licence = verify_licence_token(token, out.keyset, now);
    if (!licence.ok()) return std::move(licence).refusal();
    out.licence = std::move(licence).value();
    out.licence_token = token;
    return std::nullopt;
}

Result<Accepted> accept_token(std::string_view text, const Held& held, Accepted out, Seconds now) {
    if (held.keyset == nullptr)
        return Refusal{RefusalCode::kNoKeyset, "A bare licence needs a keyset. Install the bundle instead."};
    out.keyset = *held.keyset;
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.empty()) return Refusal{RefusalCode::kMalformedToken, "The text is empty."};
    if (auto refusal = take_licence(text, out, now)) return *std::move(refusal);
    return out;
}

Result<TrustedRoots> trusted_roots(const Held& held, Seconds now) {
    TrustedRoots roots(held.roots);
    for (const std::string& token : held.rotations)
        if (auto rotation = roots.rotate(token, now); !rotation.ok()) return std::move(rotation).refusal();
    return roots;
}

}  // namespace

std::string sign_keyset(const Keyset& keyset, const SecretKey& root) {
    return sign_document(root, encode_keyset(keyset), kKeysetType);
}

std::string sign_licence(const Licence& licence, const SecretKey& key) {
    return sign_document(key, encode_licence(licence), kLicenceType);
}

std::string sign_revocations(const RevocationList& list, const SecretKey& key) {
    return sign_document(key, encode_revocations(list), kRevocationsType);
}

Result<Keyset> verify_keyset(std::string_view text, const TrustedRoots& roots, Seconds now) {
    const auto opened = open_token(text, kMaxKeysetBytes);
    if (!opened.ok()) return opened.refusal();
    const TrustedRoots::Root* root = roots.find(opened->kid);
    if (root == nullptr)
        return Refusal{RefusalCode::kUnknownRoot,
                       "The keyset is not signed by a root that this program trusts."};
    if (!verify_token(opened->token, root->key, kKeysetType)) return bad_signature("keyset");
    auto keyset = decode_keyset(opened->token.payload);
    if (!keyset.ok()) return keyset;
    if (keyset->sequence >= root->keysets_below)
        return Refusal{RefusalCode::kRootRetired,
                       "The keyset is signed by a root after another took its place."};
    if (auto refusal = check_not_from_future("keyset", keyset->issued_at, now)) return *std::move(refusal);
    return keyset;
}

Result<Keyset> verify_keyset(std::string_view text, std::span<const PublicKey> roots, Seconds now) {
    return verify_keyset(text, TrustedRoots(roots), now);
}

Result<SignedLicence> verify_licence_token(std::string_view text, const Keyset& keyset, Seconds now) {
    auto opened = open_token(text, kMaxLicenceBytes);
    if (!opened.ok()) return std::move(opened).refusal();
    const auto key = find_signer(*opened, keyset, "lic", kLicenceType, "licence");
    if (!key.ok()) return key.refusal();
    auto licence = decode_licence(opened->token.payload);
    if (!licence.ok()) return std::move(licence).refusal();
    if (auto refusal = check_signer(**key, "licence", licence->issued_at, now)) return *std::move(refusal);
    return SignedLicence{std::move(licence).value(), std::move(opened->kid)};
}

Result<RevocationList> verify_revocations(std::string_view text, const Keyset& keyset, Seconds now) {
    const auto opened = open_token(text, kMaxRevocationsBytes);
    if (!opened.ok()) return opened.refusal();
    const auto key = find_signer(*opened, keyset, "crl", kRevocationsType, "revocation list");
    if (!key.ok()) return key.refusal();
    auto list = decode_revocations(opened->token.payload);
    if (!list.ok()) return list;
    if (auto refusal = check_signer(**key, "revocation list", list->issued_at(), now))
        return *std::move(refusal);
    list->set_signed_by(opened->kid);
    return list;
}

Seconds Accepted::newest_issued_at() const noexcept {
    Seconds newest = keyset.issued_at;
    if (revocations) newest = std::max(newest, revocations->issued_at());
    if (licence) newest = std::max(newest, licence->licence.issued_at);
    if (activation) newest = std::max(newest, activation->issued_at);
    return newest;
}

Result<Accepted> accept(std::string_view text, const Held& held, Seconds now) {
    auto roots = trusted_roots(held, now);
    if (!roots.ok()) return std::move(roots).refusal();
    Accepted out;
    out.rotations.assign(held.rotations.begin(), held.rotations.end());
    out.revocations = held.revocations;
    if (!is_bundle(text)) return accept_token(text, held, std::move(out), now);
    const auto bundle = parse_bundle(text);
    if (!bundle.ok()) return bundle.refusal();
    auto refusal = take_rotations(*bundle, *roots, out, now);
    if (!refusal) refusal = take_keyset(*bundle, *roots, held.keyset, out, now);
    if (!refusal) refusal = take_revocations(*bundle, out, now);
    if (!refusal) refusal = take_activation(*bundle, out, now);
    if (!refusal) refusal = take_licence(bundle->licence, out, now);
    if (refusal) return *std::move(refusal);
    return out;
}

Result<VerifiedLicence> verify_licence(std::string_view text, std::span<const PublicKey> roots,
                                       const Keyset* held, Seconds now) {
    auto accepted = accept(text, {roots, {}, held, nullptr}, now);
    if (!accepted.ok()) return std::move(accepted).refusal();
    if (!accepted->licence)
        return Refusal{RefusalCode::kMalformedBundle, "The file is an update, which holds no licence."};
    Licence& licence = accepted->licence->licence;
    if (licence.binding || licence.refresh_by || licence.crl_sequence_min > 0)
        return Refusal{
            RefusalCode::kUnsupportedClaim,
            "The licence has the claim fp, refresh_by or crl_seq_min, which can not be enforced here."};
    return VerifiedLicence{std::move(licence), std::move(accepted->keyset)};
}

}  // namespace mortise::licenses
