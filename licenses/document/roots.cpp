#include "licenses/document/roots.hpp"

#include "licenses/document/claim_reader.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/signed_document.hpp"
#include "licenses/document/strict_json.hpp"
#include "licenses/document/verify.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::string_view kRotation = "root rotation";

json rotation_json(const RootRotation& rotation) {
    return {{"iss", rotation.issuer},
            {"iat", format_time(rotation.issued_at)},
            {"from", to_paserk(rotation.from)},
            {"to", to_paserk(rotation.to)},
            {"ks_seq", rotation.keyset_sequence}};
}

Result<RootRotation> read_rotation(const json& claims) {
    ClaimReader reader(claims);
    reader.only({"iss", "iat", "from", "to", "ks_seq", "proof"});
    RootRotation out;
    out.issuer = reader.text("iss");
    out.issued_at = reader.time("iat").value_or(0);
    const auto from = public_key_from_paserk(reader.text("from"));
    const auto to = public_key_from_paserk(reader.text("to"));
    if (!from.ok() || !to.ok() || *from == *to) reader.fail("from and to", "must be two k4.public keys");
    out.keyset_sequence = reader.number("ks_seq", kMaxNumber);
    if (reader.refusal()) return *reader.refusal();
    out.from = *from;
    out.to = *to;
    return out;
}

// That the new root signed the same claims; `proof` is its token.
std::optional<Refusal> check_proof(const json& claims, const RootRotation& rotation) {
    const auto proof = claims.find("proof");
    if (proof == claims.end() || !proof->is_string())
        return Refusal{RefusalCode::kBadClaims, "Claim proof must be a token of the new root."};
    const auto opened = open_token(proof->get_ref<const std::string&>(), kMaxRootBytes);
    if (!opened.ok()) return opened.refusal();
    if (auto refusal = check_signed_by(*opened, rotation.to, kRootProofType, kRotation)) return refusal;
    const auto proven = parse_strict_json(opened->token.payload);
    if (!proven.ok()) return proven.refusal();
    json same = claims;
    same.erase("proof");
    if (*proven != same)
        return Refusal{RefusalCode::kBadClaims, "The two roots signed different statements."};
    return std::nullopt;
}

// That both roots signed it. Both stand in it, so that this needs no trust in either.
Result<RootRotation> verify_rotation(std::string_view token, Seconds now) {
    const auto opened = open_token(token, kMaxRootBytes);
    if (!opened.ok()) return opened.refusal();
    const auto claims = parse_strict_json(opened->token.payload);
    if (!claims.ok()) return claims.refusal();
    auto rotation = read_rotation(*claims);
    if (!rotation.ok()) return rotation;
    if (auto refusal = check_signed_by(*opened, rotation->from, kRootType, kRotation))
        return *std::move(refusal);
    if (auto refusal = check_proof(*claims, *rotation)) return *std::move(refusal);
    if (auto refusal = check_not_from_future(kRotation, rotation->issued_at, now)) return *std::move(refusal);
    return rotation;
}

}  // namespace

std::string sign_root_rotation(const RootRotation& rotation, const SecretKey& from, const SecretKey& to) {
    json claims = rotation_json(rotation);
    claims["proof"] = sign_document(to, claims.dump(), kRootProofType);
    return sign_document(from, claims.dump(), kRootType);
}

TrustedRoots::TrustedRoots(std::span<const PublicKey> compiled) {
    for (const PublicKey& key : compiled)
        roots_.push_back({key, key_id(key)});
}

const TrustedRoots::Root* TrustedRoots::find(std::string_view id) const noexcept {
    const auto found = std::find_if(roots_.begin(), roots_.end(), [&](const Root& r) { return r.id == id; });
    return found == roots_.end() ? nullptr : &*found;
}

TrustedRoots::Root* TrustedRoots::find(const PublicKey& key) noexcept {
    const auto found =
        std::find_if(roots_.begin(), roots_.end(), [&](const Root& r) { return r.key == key; });
    return found == roots_.end() ? nullptr : &*found;
}

Result<RootRotation> TrustedRoots::rotate(std::string_view token, Seconds now) {
    auto rotation = verify_rotation(token, now);
    if (!rotation.ok()) return rotation;
    Root* from = find(rotation->from);
    const bool known = find(rotation->to) != nullptr;
    if (from == nullptr && !known)
        return Refusal{RefusalCode::kUnknownRoot,
                       "The root rotation is not signed by a root that this program trusts."};
    if (from == nullptr || (known && from->keysets_below <= rotation->keyset_sequence)) return rotation;
    if (rotations_ == kMaxRootRotations)
        return Refusal{RefusalCode::kTooLarge, "There are more than 16 root rotations. Update first."};
    ++rotations_;
    from->keysets_below = std::min(from->keysets_below, rotation->keyset_sequence);
    if (!known) roots_.push_back({rotation->to, key_id(rotation->to)});
    return rotation;
}

}  // namespace mortise::licenses
