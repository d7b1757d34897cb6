#include "core/identity/jwt.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::identity {
namespace {

using nlohmann::json;

constexpr std::int64_t kLastSecond = 253'402'300'799;  // of year 9999

base::Error invalid_access_token(std::string why) {
    return {base::ErrorKind::kUnauthenticated, "invalid_token",
            "The credential is not valid, or no longer; log in again.", "access token: " + std::move(why)};
}

struct Parts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signed_text;  // header, dot, payload
};

std::optional<Parts> split(std::string_view token) noexcept {
    const auto first = token.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return std::nullopt;
    return Parts{.header = token.substr(0, first),
                 .payload = token.substr(first + 1, second - first - 1),
                 .signature = token.substr(second + 1),
                 .signed_text = token.substr(0, second)};
}

// The JSON object behind a part; null if it is none.
json decode_object(std::string_view part) {
    json out;
    const auto text = base::base64url_decode(part);
    if (!text || !tenancy::parse_strict_json(*text, {.size = kMaxTokenSize, .depth = 4}, out) ||
        !out.is_object())
        return nullptr;
    return out;
}

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<base::Uuid> uuid_of(const json& object, const char* name) {
    return base::Uuid::parse(text_of(object, name));
}

// A NumericDate (RFC 7519, 2), in whole seconds.
std::optional<std::int64_t> time_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    const auto seconds = found->get<std::uint64_t>();
    if (seconds > std::uint64_t{kLastSecond}) return std::nullopt;
    return static_cast<std::int64_t>(seconds);
}

const VerificationKey* find_key(const std::vector<VerificationKey>& keys, std::string_view kid) {
    const auto found =
        std::find_if(keys.begin(), keys.end(), [=](const auto& key) { return key.kid == kid; });
    return found == keys.end() ? nullptr : &*found;
}

// The key that the header names, if the header is exactly {alg, kid, typ} as we make it.
base::Result<const VerificationKey*> check_header(std::string_view part,
                                                  const std::vector<VerificationKey>& keys) {
    const json header = decode_object(part);
    if (header.is_null() || header.size() != 3) return invalid_access_token("header");
    if (text_of(header, "typ") != "at+jwt") return invalid_access_token("typ");
    if (text_of(header, "alg") != "EdDSA") return invalid_access_token("alg");
    const auto* const key = find_key(keys, text_of(header, "kid"));
    if (key == nullptr) return invalid_access_token("kid");
    return key;
}

base::Result<AccessClaims> read_claims(std::string_view part) {
    const json payload = decode_object(part);
    if (payload.is_null()) return invalid_access_token("payload");
    const auto subject = uuid_of(payload, "sub");
    const auto session = uuid_of(payload, "sid");
    const auto token = uuid_of(payload, "jti");
    const auto issued_at = time_of(payload, "iat");
    const auto expires_at = time_of(payload, "exp");
    if (!subject || !session || !token || !issued_at || !expires_at) return invalid_access_token("claims");
    const auto tenant = payload.contains("tenant") ? uuid_of(payload, "tenant") : base::Uuid{};
    if (!tenant || (payload.contains("tenant") && tenant->is_nil())) return invalid_access_token("tenant");
    if (payload.contains("nbf") && time_of(payload, "nbf") > issued_at) return invalid_access_token("nbf");
    if (!payload.contains("scope") || !payload["scope"].is_string()) return invalid_access_token("scope");
    return AccessClaims{.issuer = text_of(payload, "iss"),
                        .audience = text_of(payload, "aud"),
                        .subject = *subject,
                        .tenant = *tenant,
                        .session = *session,
                        .token = *token,
                        .issued_at = *issued_at,
                        .expires_at = *expires_at,
                        .scope = text_of(payload, "scope")};
}

}  // namespace

std::string thumbprint(const crypto::PublicKey& key) {
    // The members in lexicographic order, without spaces (RFC 7638, 3).
    const std::string jwk =
        R"({"crv":"Ed25519","kty":"OKP","x":")" + base::base64url_encode(crypto::as_bytes(key)) + R"("})";
    return base::base64url_encode(crypto::as_bytes(crypto::sha256(jwk)));
}

std::string jwks_document(const std::vector<VerificationKey>& keys) {
    json set = json::array();
    for (const auto& key : keys)
        set.push_back({{"kty", "OKP"},
                       {"crv", "Ed25519"},
                       {"x", base::base64url_encode(crypto::as_bytes(key.key))},
                       {"kid", key.kid},
                       {"alg", "EdDSA"},
                       {"use", "sig"}});
    return json{{"keys", std::move(set)}}.dump();
}

std::string sign_access_token(const AccessClaims& claims, std::string_view kid,
                              const crypto::SecretKey& key) {
    const json header{{"alg", "EdDSA"}, {"typ", "at+jwt"}, {"kid", kid}};
    json payload{{"iss", claims.issuer},
                 {"aud", claims.audience},
                 {"sub", claims.subject.to_string()},
                 {"client_id", "mortise"},  // required by RFC 9068, 2.2: our own login, no other client
                 {"sid", claims.session.to_string()},
                 {"jti", claims.token.to_string()},
                 {"iat", claims.issued_at},
                 {"exp", claims.expires_at},
                 {"scope", claims.scope}};
    if (!claims.tenant.is_nil()) payload["tenant"] = claims.tenant.to_string();
    std::string token = base::base64url_encode(header.dump()) + "." + base::base64url_encode(payload.dump());
    const auto signature = crypto::sign(key, token);
    return token + "." + base::base64url_encode(crypto::as_bytes(signature));
}

base::Result<AccessClaims> verify_access_token(std::string_view token,
                                               const std::vector<VerificationKey>& keys,
                                               const TokenSettings& settings, base::Micros now) {
    if (token.size() > kMaxTokenSize) return invalid_access_token("size");
    const auto parts = split(token);
    if (!parts) return invalid_access_token("form");
    MORTISE_TRY_ASSIGN(const auto* const key, check_header(parts->header, keys));
    const auto signature = base::base64url_decode(parts->signature);
    if (!signature || !crypto::verify(key->key, parts->signed_text, *signature))
        return invalid_access_token("signature");

    MORTISE_TRY_ASSIGN(auto claims, read_claims(parts->payload));
    if (claims.issuer != settings.issuer) return invalid_access_token("iss");
    if (claims.audience != settings.audience) return invalid_access_token("aud");
    if ((claims.expires_at + settings.leeway_s) * base::kMicrosPerSecond <= now)
        return invalid_access_token("expired");
    if ((claims.issued_at - settings.leeway_s) * base::kMicrosPerSecond > now)
        return invalid_access_token("issued in the future");
    return claims;
}

}  // namespace mortise::identity
