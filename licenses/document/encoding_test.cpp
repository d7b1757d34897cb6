#include "licenses/document/base64url.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/paseto.hpp"
#include "licenses/document/strict_json.hpp"
#include "licenses/document/test_chain.hpp"
#include "licenses/document/time.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using testing::refusal;

// RFC 4648, 10, in the URL alphabet and without padding.
TEST(Base64url, IsStrict) {
    EXPECT_EQ(base64url_encode("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64url_encode("fo"), "Zm8");
    EXPECT_EQ(base64url_encode(""), "");
    EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
    EXPECT_EQ(base64url_decode("Zm8"), "fo");
    for (const char* wrong :
         {"Zm8=", "Zm9", "Zg==", "Zh", "Z", "Zm9vY", "+_8", "-/8", "Zm 8", "Zm8\n", "Zm8.", "\xad_8",
          "-\xdf"
          "8"})
        EXPECT_EQ(base64url_decode(wrong), std::nullopt) << wrong;
    EXPECT_EQ(base64url_decode(std::string_view("Zm8\0", 4)), std::nullopt);
}

// Spec, docs/01-Protocol-Versions/Common.md, "PAE Definition".
TEST(Paseto, PreAuthenticationEncoding) {
    EXPECT_EQ(pae({}), std::string(8, '\0'));
    EXPECT_EQ(pae({""}), std::string("\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
    EXPECT_EQ(pae({"test"}), std::string("\x01\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0test", 20));
}

TEST(Paseto, RefusesOtherVersionsAndPurposes) {
    const SecretKey key = SecretKey::generate();
    const std::string token = sign_token(key, "{}", "", "");
    ASSERT_TRUE(parse_token(token, 4096).ok());
    const std::string body = token.substr(10);
    for (const char* header :
         {"v1.public.", "v2.public.", "v3.public.", "v4.local.", "V4.public.", "v4.public", "k4.public."})
        EXPECT_EQ(refusal(parse_token(header + body, 4096)), "malformed_token") << header;
    // A JWT with "alg":"none" and one with EdDSA's header.
    EXPECT_EQ(refusal(parse_token("eyJhbGciOiJub25lIn0.e30.", 4096)), "malformed_token");
    EXPECT_EQ(refusal(parse_token("eyJhbGciOiJFZERTQSJ9.e30." + body, 4096)), "malformed_token");
    EXPECT_EQ(refusal(parse_token(token + ".", 4096)), "malformed_token");
    EXPECT_EQ(refusal(parse_token(token + ".Zm8.Zm8", 4096)), "malformed_token");
    EXPECT_EQ(refusal(parse_token("v4.public.", 4096)), "malformed_token");
}

TEST(Paseto, SizeIsCheckedFirst) {
    const std::string huge = "v4.public." + std::string(1 << 20, 'A');
    EXPECT_EQ(refusal(parse_token(huge, 16384)), "too_large");
}

TEST(Paserk, RoundTripsAndRefusesOthers) {
    const SecretKey key = SecretKey::generate();
    const std::string secret = to_paserk(key);
    const std::string open = to_paserk(key.public_key());
    EXPECT_EQ(secret_key_from_paserk(secret)->reveal(), key.reveal());
    EXPECT_EQ(*public_key_from_paserk(open), key.public_key());
    EXPECT_EQ(refusal(public_key_from_paserk(secret)), "malformed_key");
    EXPECT_EQ(refusal(secret_key_from_paserk(open)), "malformed_key");
    EXPECT_EQ(refusal(public_key_from_paserk(open + "A")), "malformed_key");
    EXPECT_EQ(refusal(public_key_from_paserk("k3" + open.substr(2))), "malformed_key");
    EXPECT_EQ(refusal(public_key_from_paserk("")), "malformed_key");
    EXPECT_EQ(refusal(secret_key_from_paserk(secret.substr(0, 50) + "A" + secret.substr(51) + "AA")),
              "malformed_key");
}

TEST(Paserk, WrappedKey) {
    const WrapCost cheap{8ULL << 20, 1};
    const SecretKey key = SecretKey::generate();
    const std::string wrapped = wrap_secret_key(key, "correct horse", cheap);
    EXPECT_NE(wrapped, wrap_secret_key(key, "correct horse", cheap));
    EXPECT_EQ(unwrap_secret_key(wrapped, "correct horse")->reveal(), key.reveal());
    EXPECT_EQ(refusal(unwrap_secret_key(wrapped, "correct horsf")), "wrong_passphrase");
    std::string altered = wrapped;
    altered[80] = altered[80] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refusal(unwrap_secret_key(altered, "correct horse")), "wrong_passphrase");
    EXPECT_EQ(refusal(unwrap_secret_key(wrapped.substr(0, 100), "correct horse")), "malformed_key");
}

TEST(Paserk, AHostileCostIsRefusedBeforeItIsSpent) {
    std::string body(16, 's');
    body += std::string("\0\0\x40\0\0\0\0\0", 8);  // 64 TiB of memory
    body += std::string("\0\0\0\x01\0\0\0\x01", 8);
    body.resize(16 + 16 + 24 + 64 + 32);
    EXPECT_EQ(refusal(unwrap_secret_key("k4.secret-pw." + base64url_encode(body), "x")), "malformed_key");
}

TEST(StrictJson, TakesOrdinaryDocuments) {
    const auto parsed = parse_strict_json(R"({"a":[1,-2,3.5,{"b":"ü\u00fc"}],"c":null,"d":true,"e":{}})");
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->at("a").at(3).at("b"), "üü");
    EXPECT_EQ(parsed->at("a").size(), 4u);
    EXPECT_TRUE(parsed->at("e").is_object());
}

TEST(StrictJson, RefusesWhatTwoReadersCouldReadDifferently) {
    const std::string_view wrong[] = {
        "",
        "[]",
        "1",
        " {}",
        R"({"a":1,"a":2})",
        R"({"a":1,"\u0061":2})",
        R"({"x":{"a":1,"b":2,"a":3}})",
        R"({"x":[{"a":1,"a":1}]})",
        "\xef\xbb\xbf{}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\xaf\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        R"({"a":"\ud800"})",
        std::string_view("{\"a\":1}\0", 8),
        std::string_view("{\"a\":\0001}", 8),
        R"({"a":"\u0000"})",
        R"({"\u0000a":1})",
        "{\"a\":1} x",
        "{\"a\":1}{}",
        R"({"a":1,})",
        R"({"a":01})",
        R"({"a":1e999})",
        R"({"a":NaN})",
        R"({'a':1})",
        R"({"a":1 /* c */})",
        R"({"a":1)",
    };
    for (const auto text : wrong)
        EXPECT_EQ(refusal(parse_strict_json(text)), "malformed_json") << text;
}

TEST(StrictJson, DepthEightIsTheLimit) {
    const auto nested = [](int depth) {
        std::string text;
        for (int i = 0; i < depth; ++i)
            text += R"({"a":)";
        return text + "1" + std::string(static_cast<std::size_t>(depth), '}');
    };
    EXPECT_TRUE(parse_strict_json(nested(8)).ok());
    EXPECT_EQ(refusal(parse_strict_json(nested(9))), "malformed_json");
    EXPECT_EQ(refusal(parse_strict_json("{\"a\":" + std::string(100'000, '['))), "malformed_json");
}

TEST(Time, OneSpelling) {
    EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_time("2024-02-29T23:59:59Z"), 1709251199);  // date -u -d … +%s
    EXPECT_EQ(parse_time("9999-12-31T23:59:59Z"), 253402300799);
    EXPECT_EQ(format_time(1709251199), "2024-02-29T23:59:59Z");
    EXPECT_EQ(format_time(0), "1970-01-01T00:00:00Z");
    for (const char* wrong :
         {"", "2024-02-29", "2023-02-29T00:00:00Z", "2024-02-29T24:00:00Z", "2024-02-29T00:60:00Z",
          "2024-02-29T00:00:60Z", "2024-02-29t00:00:00Z", "2024-02-29T00:00:00z", "2024-02-29 00:00:00Z",
          "2024-02-29T00:00:00+00:00", "2024-02-29T00:00:00.0Z", "1969-12-31T23:59:59Z",
          "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "+024-01-01T00:00:00Z",
          "2024-02-29T00:00:00Z "})
        EXPECT_EQ(parse_time(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace mortise::licenses
