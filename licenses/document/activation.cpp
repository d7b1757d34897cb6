#include "licenses/document/activation.hpp"

#include "licenses/document/claim_reader.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/signed_document.hpp"
#include "licenses/document/strict_json.hpp"
#include "licenses/document/verify.hpp"

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

PublicKey read_public_key(ClaimReader& reader) {
    const auto key = public_key_from_paserk(reader.text("pub"));
    if (!key.ok()) reader.fail("pub", "must be a k4.public key");
    return key.ok() ? *key : PublicKey{};
}

json request_json(const ActivationRequest& request) {
    json claims = {{"jti", request.id},
                   {"iat", format_time(request.issued_at)},
                   {"inst", request.installation},
                   {"lic", request.licence_id},
                   {"pub", to_paserk(request.key)},
                   {"fp", fingerprint_json(request.fingerprint)}};
    if (!request.version.empty()) claims["ver"] = request.version;
    return claims;
}

Result<ActivationRequest> read_request(const json& claims) {
    ClaimReader reader(claims);
    ActivationRequest out;
    out.id = reader.text("jti");
    out.issued_at = reader.time("iat").value_or(0);
    out.installation = reader.text("inst");
    out.licence_id = reader.text("lic");
    out.key = read_public_key(reader);
    out.version = reader.text("ver", false);
    if (!reader.has("fp")) reader.fail("fp", "is missing");
    if (reader.refusal()) return *reader.refusal();
    auto fingerprint = read_fingerprint(claims.at("fp"));
    if (!fingerprint.ok()) return std::move(fingerprint).refusal();
    out.fingerprint = std::move(fingerprint).value();
    return out;
}

json activation_json(const Activation& activation) {
    json claims = {{"iss", activation.issuer},
                   {"sub", activation.subject},
                   {"jti", activation.id},
                   {"req", activation.request_id},
                   {"iat", format_time(activation.issued_at)},
                   {"lic", activation.licence_id},
                   {"inst", activation.installation},
                   {"pub", to_paserk(activation.key)},
                   {"fp", binding_json(activation.binding)}};
    if (activation.not_after) claims["exp"] = format_time(*activation.not_after);
    return claims;
}

Result<Activation> read_activation(const json& claims) {
    ClaimReader reader(claims);
    reader.only({"iss", "sub", "jti", "req", "iat", "exp", "lic", "inst", "pub", "fp"});
    Activation out;
    out.issuer = reader.text("iss");
    out.subject = reader.text("sub");
    out.id = reader.text("jti");
    out.request_id = reader.text("req");
    out.issued_at = reader.time("iat").value_or(0);
    out.not_after = reader.time("exp", false);
    out.licence_id = reader.text("lic");
    out.installation = reader.text("inst");
    out.key = read_public_key(reader);
    if (out.not_after && *out.not_after <= out.issued_at) reader.fail("exp", "must be later than iat");
    if (!reader.has("fp")) reader.fail("fp", "is missing");
    if (reader.refusal()) return *reader.refusal();
    auto binding = read_binding(claims.at("fp"));
    if (!binding.ok()) return std::move(binding).refusal();
    if (binding->by_activation)
        return Refusal{RefusalCode::kBadClaims, "Claim fp of an activation must name a machine."};
    out.binding = std::move(binding).value();
    return out;
}

}  // namespace

std::string sign_activation_request(ActivationRequest request, const SecretKey& key) {
    request.key = key.public_key();
    return sign_document(key, request_json(request).dump(), kActivationRequestType);
}

Result<ActivationRequest> verify_activation_request(std::string_view token) {
    const auto opened = open_token(token, kMaxActivationBytes);
    if (!opened.ok()) return opened.refusal();
    const auto claims = parse_strict_json(opened->token.payload);
    if (!claims.ok()) return claims.refusal();
    auto request = read_request(*claims);
    if (!request.ok()) return request;
    if (auto refusal = check_signed_by(*opened, request->key, kActivationRequestType, "activation request"))
        return *std::move(refusal);
    return request;
}

std::string sign_activation(const Activation& activation, const SecretKey& key) {
    return sign_document(key, activation_json(activation).dump(), kActivationType);
}

Result<Activation> decode_activation(std::string_view text) {
    const auto claims = parse_strict_json(text);
    if (!claims.ok()) return claims.refusal();
    return read_activation(*claims);
}

Result<Activation> verify_activation(std::string_view token, const Keyset& keyset, Seconds now) {
    const auto opened = open_token(token, kMaxActivationBytes);
    if (!opened.ok()) return opened.refusal();
    const auto key = find_signer(*opened, keyset, "act", kActivationType, "activation");
    if (!key.ok()) return key.refusal();
    auto activation = decode_activation(opened->token.payload);
    if (!activation.ok()) return activation;
    if (auto refusal = check_signer(**key, "activation", activation->issued_at, now))
        return *std::move(refusal);
    activation->signed_by = opened->kid;
    return activation;
}

}  // namespace mortise::licenses
