#include "core/identity/jwt.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::identity {
namespace {

using nlohmann::json;

// RFC 8037, appendix A.1 and A.2.
constexpr char kSeed[] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
constexpr char kPublic[] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

crypto::SecretKey rfc_key() {
    return *crypto::SecretKey::from_seed(*base::base64url_decode(kSeed));
}

constexpr base::Micros kNow = 1'700'000'000'000'000;

class JwtTest : public ::testing::Test {
 protected:
    JwtTest() : secret(rfc_key()), keys({{"k1", secret.public_key()}}) {
        claims.issuer = settings.issuer;
        claims.audience = settings.audience;
        claims.subject = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000001");
        claims.tenant = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000002");
        claims.session = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000003");
        claims.token = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000004");
        claims.issued_at = kNow / 1'000'000;
        claims.expires_at = claims.issued_at + 900;
        claims.scope = "flags:read";
    }

    std::string good() const { return sign_access_token(claims, "k1", secret); }
    base::Result<AccessClaims> verify(std::string_view token, base::Micros now = kNow) const {
        return verify_access_token(token, keys, settings, now);
    }
    // Any header and payload under a signature that is right.
    std::string forge(const std::string& header, const std::string& payload) const {
        std::string text = base::base64url_encode(header) + "." + base::base64url_encode(payload);
        const auto signature = crypto::sign(secret, text);
        return text + "." + base::base64url_encode(crypto::as_bytes(signature));
    }
    std::string payload_with(const char* member, const json& value) const {
        const auto token = good();
        const auto dot = token.find('.');
        json payload =
            json::parse(*base::base64url_decode(token.substr(dot + 1, token.rfind('.') - dot - 1)));
        if (value.is_discarded())
            payload.erase(member);
        else
            payload[member] = value;
        return payload.dump();
    }

    static constexpr char kHeader[] = R"({"alg":"EdDSA","kid":"k1","typ":"at+jwt"})";
    TokenSettings settings;
    crypto::SecretKey secret;
    std::vector<VerificationKey> keys;
    AccessClaims claims;
};

TEST_F(JwtTest, Rfc8037AppendixA) {
    EXPECT_EQ(base::base64url_encode(crypto::as_bytes(secret.public_key())), kPublic);           // A.2
    EXPECT_EQ(thumbprint(secret.public_key()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");   // A.3
    const std::string signed_text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";  // A.4
    EXPECT_EQ(base::base64url_encode(crypto::as_bytes(crypto::sign(secret, signed_text))),
              "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST_F(JwtTest, Rfc8037ExampleIsNoAccessToken) {
    // A.4's JWS verifies, but it has neither typ nor kid.
    const auto result = verify(
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, "invalid_token");
}

TEST_F(JwtTest, WhatIsSignedIsReadBack) {
    const auto result = verify(good());
    ASSERT_TRUE(result) << result.error().log_text;
    EXPECT_EQ(result->subject, claims.subject);
    EXPECT_EQ(result->tenant, claims.tenant);
    EXPECT_EQ(result->session, claims.session);
    EXPECT_EQ(result->token, claims.token);
    EXPECT_EQ(result->scope, "flags:read");
    claims.tenant = {};
    EXPECT_EQ(json::parse(payload_with("x", 1)).count("tenant"), 0U);
    EXPECT_TRUE(verify(good())->tenant.is_nil());
}

TEST_F(JwtTest, HasTheMembersOfRfc9068) {
    const auto token = good();
    const auto header = json::parse(*base::base64url_decode(token.substr(0, token.find('.'))));
    EXPECT_EQ(header, json::parse(kHeader));
    const auto payload = json::parse(payload_with("x", 1));
    for (const auto* const name : {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope"})
        EXPECT_TRUE(payload.contains(name)) << name;
}

TEST_F(JwtTest, AnyFlippedBitIsNoticed) {
    const auto token = good();
    for (std::size_t i = 0; i < token.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = token;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            EXPECT_FALSE(verify(bad)) << i << " " << bit;
        }
    }
}

TEST_F(JwtTest, AnyTruncationIsNoticed) {
    const auto token = good();
    for (std::size_t size = 0; size < token.size(); ++size)
        EXPECT_FALSE(verify(token.substr(0, size))) << size;
    EXPECT_FALSE(verify(token + "A"));
    EXPECT_FALSE(verify(token + "="));
    EXPECT_FALSE(verify(token + "."));
    EXPECT_FALSE(verify(" " + token));
    EXPECT_FALSE(verify(token + "\n"));
}

TEST_F(JwtTest, OtherHeadersAreRefusedThoughTheSignatureIsRight) {
    const auto payload = payload_with("x", 1);
    ASSERT_TRUE(verify(forge(kHeader, payload)));
    for (const std::string bad : {
             R"({"alg":"none","kid":"k1","typ":"at+jwt"})",
             R"({"alg":"HS256","kid":"k1","typ":"at+jwt"})",
             R"({"alg":"eddsa","kid":"k1","typ":"at+jwt"})",
             R"({"alg":["EdDSA"],"kid":"k1","typ":"at+jwt"})",
             R"({"alg":"EdDSA","kid":"k2","typ":"at+jwt"})",
             R"({"alg":"EdDSA","kid":"","typ":"at+jwt"})",
             R"({"alg":"EdDSA","typ":"at+jwt"})",
             R"({"alg":"EdDSA","kid":"k1"})",
             R"({"alg":"EdDSA","kid":"k1","typ":"JWT"})",
             R"({"alg":"EdDSA","kid":"k1","typ":"at+jwt","crit":["x"],"x":1})",
             R"({"alg":"EdDSA","kid":"k1","typ":"at+jwt","jku":"http://127.0.0.1/"})",
             R"({"alg":"none","alg":"EdDSA","kid":"k1","typ":"at+jwt"})",
             R"({"alg":"EdDSA","kid":"k1","typ":"at+jwt"} )"
             "x",
             "[]",
             "",
         })
        EXPECT_FALSE(verify(forge(bad, payload))) << bad;
}

TEST_F(JwtTest, ASymmetricSignatureWithThePublicKeyIsRefused) {
    // The classic confusion: HMAC (here BLAKE2b's) keyed with what everyone may know.
    const std::string text = base::base64url_encode(R"({"alg":"HS256","kid":"k1","typ":"at+jwt"})") + "." +
                             base::base64url_encode(payload_with("x", 1));
    const auto mac = crypto::blake2b_256_keyed(crypto::as_bytes(secret.public_key()), text);
    EXPECT_FALSE(verify(text + "." + base::base64url_encode(crypto::as_bytes(mac))));
    EXPECT_FALSE(verify(text + "."));
}

TEST_F(JwtTest, OtherClaimsAreRefusedThoughTheSignatureIsRight) {
    const json gone(json::value_t::discarded);
    const std::vector<std::pair<const char*, json>> bad{{"iss", "other"},
                                                        {"iss", gone},
                                                        {"aud", "other"},
                                                        {"aud", json::array({"mortise"})},
                                                        {"aud", gone},
                                                        {"sub", "root"},
                                                        {"sub", gone},
                                                        {"sid", gone},
                                                        {"jti", gone},
                                                        {"iat", gone},
                                                        {"exp", gone},
                                                        {"exp", "9999999999"},
                                                        {"exp", 1.7e18},
                                                        {"exp", -1},
                                                        {"exp", 18446744073709551615ULL},
                                                        {"exp", true},
                                                        {"scope", gone},
                                                        {"scope", json::array({"*"})},
                                                        {"tenant", ""},
                                                        {"tenant", nullptr},
                                                        {"tenant", "00000000-0000-0000-0000-000000000000"},
                                                        {"nbf", claims.issued_at + 100}};
    for (const auto& [member, value] : bad)
        EXPECT_FALSE(verify(forge(kHeader, payload_with(member, value)))) << member;
    std::string twice = payload_with("x", 1);
    twice.insert(1, R"("scope":"*",)");
    EXPECT_FALSE(verify(forge(kHeader, twice)));
}

TEST_F(JwtTest, TimeIsKeptToTheSecondAndTheLeeway) {
    const auto token = good();
    const auto at = [&](std::int64_t seconds) { return verify(token, kNow + seconds * 1'000'000).ok(); };
    EXPECT_TRUE(at(0));
    EXPECT_TRUE(at(900 + settings.leeway_s - 1));
    EXPECT_FALSE(at(900 + settings.leeway_s));
    EXPECT_TRUE(at(-settings.leeway_s));
    EXPECT_FALSE(at(-settings.leeway_s - 1));
}

TEST_F(JwtTest, SizeIsLimitedBeforeAnythingIsRead) {
    claims.scope = std::string(4096, 'a');
    const auto result = verify(good());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().log_text, "access token: size");
}

TEST_F(JwtTest, ErrorsNeverShowTheToken) {
    const auto bad = good() + "x";
    const auto result = verify(bad);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().log_text.find(bad.substr(0, 20)), std::string::npos);
}

TEST_F(JwtTest, KeySetIsOfRfc7517) {
    const auto set = json::parse(jwks_document(keys));
    ASSERT_EQ(set["keys"].size(), 1U);
    EXPECT_EQ(set["keys"][0],
              json::parse(R"({"kty":"OKP","crv":"Ed25519","kid":"k1","alg":"EdDSA","use":"sig",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"));
}

}  // namespace
}  // namespace mortise::identity
