#include "licenses/document/paserk.hpp"
#include "licenses/document/paseto.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

// The vectors of paseto-standard/test-vectors (ISC), read from the folder that MORTISE_CONFORMANCE names.
namespace mortise::licenses {
namespace {

using nlohmann::json;

std::string unhex(const std::string& hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return out;
}

std::filesystem::path vectors() {
    const char* folder = std::getenv("MORTISE_CONFORMANCE");
    return std::filesystem::path(folder != nullptr ? folder : MORTISE_CONFORMANCE_DEFAULT) / "paseto";
}

class Conformance : public ::testing::Test {
 protected:
    // The cases of a file, or none after saying that it is missing.
    static json cases(const char* file) {
        std::ifstream in(vectors() / file);
        if (in) return json::parse(in).at("tests");
        const char* ci = std::getenv("CI");
        if (ci != nullptr && std::string(ci) == "true") ADD_FAILURE() << (vectors() / file) << " is missing";
        return json::array();
    }
};

#define CASES_OR_SKIP(name, file)                                         \
    const json name = cases(file);                                        \
    if (name.empty())                                                     \
    GTEST_SKIP() << (vectors() / (file)) << " is missing: it comes from " \
                 << "github.com/paseto-standard/test-vectors; set MORTISE_CONFORMANCE"

TEST_F(Conformance, V4Public) {
    CASES_OR_SKIP(all, "v4.json");
    int signed_cases = 0, refused = 0;
    for (const json& test : all) {
        SCOPED_TRACE(test.at("name").get<std::string>());
        const std::string text = test.at("token");
        const bool expect_fail = test.at("expect-fail");
        const auto token = parse_token(text, 4096);
        if (!text.starts_with("v4.public.")) {
            EXPECT_FALSE(token.ok());
            continue;
        }
        const std::string implicit = test.at("implicit-assertion");
        const auto key = PublicKey::from_bytes(unhex(test.value("public-key", test.value("key", ""))));
        ASSERT_TRUE(key.has_value());
        if (expect_fail) {
            EXPECT_FALSE(token.ok() && verify_token(*token, *key, implicit));
            ++refused;
            continue;
        }
        ASSERT_TRUE(token.ok());
        EXPECT_TRUE(verify_token(*token, *key, implicit));
        EXPECT_EQ(token->payload, test.at("payload").get<std::string>());
        EXPECT_EQ(token->footer, test.at("footer").get<std::string>());
        const auto secret = SecretKey::from_bytes(unhex(test.at("secret-key")));
        ASSERT_TRUE(secret.has_value());
        EXPECT_EQ(sign_token(*secret, token->payload, token->footer, implicit), text);
        ++signed_cases;
    }
    EXPECT_GE(signed_cases, 3);
    EXPECT_GE(refused, 1);
}

TEST_F(Conformance, K4Public) {
    CASES_OR_SKIP(all, "k4.public.json");
    for (const json& test : all) {
        SCOPED_TRACE(test.at("name").get<std::string>());
        const auto key = PublicKey::from_bytes(unhex(test.at("key")));
        ASSERT_EQ(key.has_value(), !test.at("expect-fail").get<bool>());
        if (!key) continue;
        EXPECT_EQ(to_paserk(*key), test.at("paserk").get<std::string>());
        const auto back = public_key_from_paserk(test.at("paserk").get<std::string>());
        ASSERT_TRUE(back.ok());
        EXPECT_EQ(*back, *key);
    }
}

TEST_F(Conformance, K4Secret) {
    CASES_OR_SKIP(all, "k4.secret.json");
    for (const json& test : all) {
        SCOPED_TRACE(test.at("name").get<std::string>());
        const auto key = SecretKey::from_bytes(unhex(test.at("key")));
        ASSERT_EQ(key.has_value(), !test.at("expect-fail").get<bool>());
        if (!key) continue;
        EXPECT_EQ(to_paserk(*key), test.at("paserk").get<std::string>());
        const auto back = secret_key_from_paserk(test.at("paserk").get<std::string>());
        ASSERT_TRUE(back.ok());
        EXPECT_EQ(back->reveal(), key->reveal());
        EXPECT_EQ(key->public_key().view(), unhex(test.at("public-key")));
    }
}

TEST_F(Conformance, K4Pid) {
    CASES_OR_SKIP(all, "k4.pid.json");
    for (const json& test : all) {
        SCOPED_TRACE(test.at("name").get<std::string>());
        const auto key = PublicKey::from_bytes(unhex(test.at("key")));
        ASSERT_EQ(key.has_value(), !test.at("expect-fail").get<bool>());
        if (key) {
            EXPECT_EQ(key_id(*key), test.at("paserk").get<std::string>());
        }
    }
}

TEST_F(Conformance, K4Sid) {
    CASES_OR_SKIP(all, "k4.sid.json");
    for (const json& test : all) {
        SCOPED_TRACE(test.at("name").get<std::string>());
        const auto key = SecretKey::from_bytes(unhex(test.at("key")));
        ASSERT_EQ(key.has_value(), !test.at("expect-fail").get<bool>());
        if (key) {
            EXPECT_EQ(key_id(*key), test.at("paserk").get<std::string>());
        }
    }
}

TEST_F(Conformance, K4SecretPw) {
    CASES_OR_SKIP(all, "k4.secret-pw.json");
    for (const json& test : all) {
        SCOPED_TRACE(test.at("name").get<std::string>());
        // The passphrase is the text as it stands, also where it looks hexadecimal.
        const auto key =
            unwrap_secret_key(test.at("paserk").get<std::string>(), test.at("password").get<std::string>());
        ASSERT_EQ(key.ok(), !test.at("expect-fail").get<bool>());
        if (key.ok()) {
            EXPECT_EQ(key->reveal(), unhex(test.at("unwrapped")));
        }
    }
}

}  // namespace
}  // namespace mortise::licenses
