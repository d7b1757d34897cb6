#include "licenses/document/verify.hpp"

#include "licenses/document/test_chain.hpp"
#include "licenses/document/test_changes.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;
using testing::expect_every_change_refused;
using testing::kDay;
using testing::kNow;
using testing::refusal;
using testing::TestChain;

TEST(VerifyLicence, AcceptsAGoodBundle) {
    const TestChain chain;
    const auto verified = chain.check(chain.bundle());
    ASSERT_TRUE(verified.ok()) << verified.refusal().detail;
    EXPECT_EQ(verified->licence, chain.licence);
    EXPECT_EQ(verified->keyset.sequence, 3u);
}

TEST(VerifyLicence, ABareTokenNeedsAHeldKeyset) {
    const TestChain chain;
    EXPECT_EQ(refusal(chain.check(chain.licence_token())), "no_keyset");
    EXPECT_EQ(refusal(chain.check(chain.licence_token(), kNow, &chain.keyset)), "");
    EXPECT_EQ(refusal(chain.check(chain.licence_token() + "\n", kNow, &chain.keyset)), "");
    EXPECT_EQ(refusal(chain.check(chain.licence_token() + "\n\n", kNow, &chain.keyset)), "malformed_token");
    EXPECT_EQ(refusal(chain.check(" " + chain.licence_token(), kNow, &chain.keyset)), "malformed_token");
}

TEST(VerifyLicence, EveryBitAndEveryCutOfALicence) {
    const TestChain chain;
    expect_every_change_refused(chain.licence_token(), [&](const std::string& text) {
        return verify_licence_token(text, chain.keyset, kNow).ok();
    });
}

TEST(VerifyLicence, EveryBitAndEveryCutOfAKeyset) {
    const TestChain chain;
    expect_every_change_refused(chain.keyset_token(),
                                [&](const std::string& text) { return chain.check_keyset(text).ok(); });
}

TEST(VerifyLicence, EveryBitAndEveryCutOfABundle) {
    const TestChain chain;
    expect_every_change_refused(chain.bundle(),
                                [&](const std::string& text) { return chain.check(text).ok(); });
}

TEST(VerifyLicence, AnotherRootIsRefused) {
    const TestChain chain, stranger;
    EXPECT_EQ(refusal(stranger.check(chain.bundle())), "unknown_root");
    EXPECT_EQ(refusal(verify_licence(chain.bundle(), {}, nullptr, kNow)), "unknown_root");
    // The stranger's signature under our root's id.
    const std::string forged =
        sign_token(stranger.root, encode_keyset(chain.keyset), TestChain::footer(chain.root), kKeysetType);
    EXPECT_EQ(refusal(chain.check_keyset(forged)), "bad_signature");
}

TEST(VerifyLicence, OneOfSeveralRootsIsEnough) {
    const TestChain chain, other;
    const PublicKey roots[] = {other.root.public_key(), chain.root.public_key()};
    EXPECT_TRUE(verify_licence(chain.bundle(), roots, nullptr, kNow).ok());
}

TEST(VerifyLicence, SignerMustBeInTheKeyset) {
    const TestChain chain, stranger;
    const std::string by_stranger = sign_licence(chain.licence, stranger.signer);
    EXPECT_EQ(refusal(verify_licence_token(by_stranger, chain.keyset, kNow)), "unknown_key");
    const std::string under_our_id = sign_token(stranger.signer, encode_licence(chain.licence),
                                                TestChain::footer(chain.signer), kLicenceType);
    EXPECT_EQ(refusal(verify_licence_token(under_our_id, chain.keyset, kNow)), "bad_signature");
    // The root itself signs keysets only.
    EXPECT_EQ(refusal(verify_licence_token(sign_licence(chain.licence, chain.root), chain.keyset, kNow)),
              "unknown_key");
}

TEST(VerifyLicence, ADocumentOfAnotherTypeIsRefused) {
    const TestChain chain;
    EXPECT_EQ(refusal(verify_licence_token(chain.keyset_token(), chain.keyset, kNow)), "unknown_key");
    EXPECT_EQ(refusal(chain.check_keyset(chain.licence_token())), "unknown_root");
    // Even when one key would do for both: a licence signed by the root, offered as keyset, and so on.
    const std::string payload = encode_keyset(chain.keyset);
    EXPECT_EQ(refusal(chain.check_keyset(
                  sign_token(chain.root, payload, TestChain::footer(chain.root), kLicenceType))),
              "bad_signature");
    for (const char* type : {"crl/v1", "usage/v1", "keyset/v1", "lic/v2", ""})
        EXPECT_EQ(refusal(verify_licence_token(sign_token(chain.signer, encode_licence(chain.licence),
                                                          TestChain::footer(chain.signer), type),
                                               chain.keyset, kNow)),
                  "bad_signature")
            << type;
    EXPECT_EQ(refusal(chain.check(format_bundle({chain.licence_token(), chain.keyset_token()}))),
              "unknown_root");
}

TEST(VerifyLicence, UseAndStatusOfTheKey) {
    TestChain chain;
    chain.keyset.keys[0].uses = {"crl"};
    EXPECT_EQ(refusal(chain.check(chain.bundle())), "wrong_use");
    chain.keyset.keys[0].uses = {"lic"};
    chain.keyset.keys[0].status = KeyStatus::kCompromised;
    EXPECT_EQ(refusal(chain.check(chain.bundle())), "key_compromised");
    chain.licence.issued_at = chain.licence.not_before = kNow - 1000 * kDay;
    EXPECT_EQ(refusal(chain.check(chain.bundle())), "key_compromised") << "whatever iat says";
}

TEST(VerifyLicence, ARetiredKeyKeepsWhatItSignedBefore) {
    TestChain chain;
    chain.keyset.keys[0].status = KeyStatus::kRetired;
    chain.keyset.keys[0].retired_at = chain.licence.issued_at + 1;
    EXPECT_EQ(refusal(chain.check(chain.bundle())), "");
    chain.keyset.keys[0].retired_at = chain.licence.issued_at;
    EXPECT_EQ(refusal(chain.check(chain.bundle())), "key_retired");
}

TEST(VerifyLicence, IssuedInTheFutureToTheSecond) {
    TestChain chain;
    chain.licence.issued_at = kNow;
    EXPECT_EQ(refusal(chain.check(chain.bundle(), kNow)), "");
    EXPECT_EQ(refusal(chain.check(chain.bundle(), kNow - 1)), "issued_in_future");
    chain.keyset.issued_at = kNow + 1;
    EXPECT_EQ(refusal(chain.check(chain.bundle(), kNow)), "issued_in_future");
}

// Verifying says who signed what; whether it counts now is evaluate()'s answer.
TEST(VerifyLicence, EndedAndFutureLicencesAreGenuine) {
    const TestChain chain;
    EXPECT_TRUE(chain.check(chain.bundle(), kNow + 10'000 * kDay).ok());
    TestChain early;
    early.licence.not_before = kNow + kDay;
    const auto verified = early.check(early.bundle());
    ASSERT_TRUE(verified.ok());
    EXPECT_EQ(evaluate(verified->licence, kNow), Validity::kNotYetValid);
}

TEST(VerifyLicence, KeysetSequenceOnlyRises) {
    TestChain chain;
    Keyset held = chain.keyset;
    EXPECT_EQ(refusal(chain.check(chain.bundle(), kNow, &held)), "");
    held.sequence = 4;
    EXPECT_EQ(refusal(chain.check(chain.bundle(), kNow, &held)), "keyset_rollback");
    held.sequence = 2;
    EXPECT_EQ(refusal(chain.check(chain.bundle(), kNow, &held)), "");
}

TEST(VerifyLicence, SignedNonsenseIsRefused) {
    const TestChain chain;
    const std::string good = encode_licence(chain.licence);
    const auto check = [&](const std::string& payload) {
        return refusal(verify_licence_token(chain.raw_licence(payload), chain.keyset, kNow));
    };
    EXPECT_EQ(check(good), "");
    EXPECT_EQ(check(""), "malformed_json");
    EXPECT_EQ(check("\xef\xbb\xbf" + good), "malformed_json");
    EXPECT_EQ(check(good + " "), "") << "white space is JSON";
    EXPECT_EQ(check(good + "x"), "malformed_json");
    EXPECT_EQ(check(good.substr(0, good.size() - 1) + R"(,"plan":"enterprise"})"), "malformed_json");
    EXPECT_EQ(check(good.substr(0, good.size() - 1) + R"(,"pl\u0061n":"enterprise"})"), "malformed_json");
    EXPECT_EQ(check("[" + good + "]"), "malformed_json");
    EXPECT_EQ(check("{}"), "bad_claims");
}

TEST(VerifyLicence, TheFooterIsExact) {
    const TestChain chain;
    const std::string payload = encode_licence(chain.licence);
    const std::string kid = key_id(chain.signer.public_key());
    const std::string footers[] = {"",
                                   kid,
                                   "{}",
                                   R"({"kid": ")" + kid + R"("})",
                                   R"({"kid":")" + kid + R"(","x":1})",
                                   R"({"kid":")" + kid + R"(","kid":")" + kid + R"("})",
                                   R"({"kid":"k4.lid)" + kid.substr(6) + R"("})",
                                   R"({"wpk":")" + kid + R"("})"};
    for (const std::string& footer : footers)
        EXPECT_EQ(refusal(verify_licence_token(sign_token(chain.signer, payload, footer, kLicenceType),
                                               chain.keyset, kNow)),
                  "malformed_token")
            << footer;
}

TEST(VerifyLicence, SizesAreCheckedBeforeDecoding) {
    TestChain chain;
    const std::string huge = chain.licence_token() + std::string(1 << 20, 'A');
    EXPECT_EQ(refusal(chain.check(huge, kNow, &chain.keyset)), "too_large");
    EXPECT_EQ(refusal(chain.check(format_bundle({chain.keyset_token(), huge}))), "too_large");
    EXPECT_EQ(
        refusal(chain.check(format_bundle({chain.keyset_token(), std::string(kMaxLicenceBytes + 1, 'A')}))),
        "too_large");
    EXPECT_EQ(refusal(chain.check_keyset(std::string(kMaxKeysetBytes + 1, 'A'))), "too_large");
}

TEST(Keyset, ClaimsAreStrict) {
    const TestChain chain;
    const json good = json::parse(encode_keyset(chain.keyset));
    const auto check = [](const json& claims) { return refusal(decode_keyset(claims.dump())); };
    const auto with_key = [&](const char* name, const json& value) {
        json claims = good;
        claims["keys"][0][name] = value;
        return check(claims);
    };
    EXPECT_EQ(check(good), "");
    EXPECT_EQ(with_key("kid", key_id(chain.root.public_key())), "bad_claims") << "not the id of pub";
    EXPECT_EQ(with_key("pub", "k4.public.AAAA"), "bad_claims");
    EXPECT_EQ(with_key("status", "sleeping"), "bad_claims");
    EXPECT_EQ(with_key("status", "retired"), "bad_claims") << "without retired_at";
    EXPECT_EQ(with_key("retired_at", "2026-01-01T00:00:00Z"), "bad_claims") << "but active";
    EXPECT_EQ(with_key("use", "lic"), "bad_claims");
    EXPECT_EQ(with_key("use", {"lic", "newer-use"}), "");
    json twice = good;
    twice["keys"].push_back(good["keys"][0]);
    EXPECT_EQ(check(twice), "bad_claims");
    json none = good;
    none["keys"] = json::array();
    EXPECT_EQ(check(none), "bad_claims");
    none["keys"] = 1;
    EXPECT_EQ(check(none), "bad_claims");
    json critical = good;
    critical["crit"] = {"x-new"};
    EXPECT_EQ(check(critical), "unknown_critical");
    json negative = good;
    negative["ks_seq"] = -1;
    EXPECT_EQ(check(negative), "bad_claims");
}

TEST(Bundle, FormIsStrict) {
    const TestChain chain;
    const std::string good = chain.bundle();
    const std::string ks = "keyset: " + chain.keyset_token() + "\n",
                      lic = "license: " + chain.licence_token() + "\n";
    const std::string head = "mortise-license-bundle v1\n";
    ASSERT_EQ(good, head + ks + lic);
    const std::string wrong[] = {head + lic + ks,
                                 head + ks,
                                 head + ks + lic + lic,
                                 head + ks + ks + lic,
                                 head + "\n" + ks + lic,
                                 head + ks + lic + "\n",
                                 head + ks + lic + "note: x\n",
                                 "mortise-license-bundle v2\n" + ks + lic,
                                 "mortise-license-bundle v1 \n" + ks + lic,
                                 "mortise-license-bundle v1\r\n" + ks + lic,
                                 head + ks + lic.substr(0, lic.size() - 1)};
    for (const std::string& text : wrong)
        EXPECT_EQ(refusal(chain.check(text)), "malformed_bundle") << text;
    EXPECT_EQ(refusal(chain.check("\xef\xbb\xbf" + good)), "no_keyset") << "not taken for a bundle at all";
}

}  // namespace
}  // namespace mortise::licenses
