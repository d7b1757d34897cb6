#include "licenses/document/licence.hpp"

#include "licenses/document/test_chain.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;
using testing::kDay;
using testing::kNow;
using testing::refusal;
using testing::TestChain;

json good() {
    return json::parse(encode_licence(TestChain::make_licence()));
}

// What decoding says when one claim of a good licence has another value.
std::string with(const char* claim, const json& value) {
    json claims = good();
    claims[claim] = value;
    return refusal(decode_licence(claims.dump()));
}

std::string without(const char* claim) {
    json claims = good();
    claims.erase(claim);
    return refusal(decode_licence(claims.dump()));
}

TEST(Licence, RoundTrips) {
    const Licence licence = TestChain::make_licence();
    const auto back = decode_licence(encode_licence(licence));
    ASSERT_TRUE(back.ok()) << back.refusal().detail;
    EXPECT_EQ(*back, licence);
}

TEST(Licence, WrittenByHand) {
    const auto licence =
        decode_licence(R"({"iss":"V","sub":"C","aud":"mortise","jti":"1","iat":"2026-01-01T00:00:00Z",
        "exp":"2027-01-01T00:00:00Z","lic_ver":1,"lic_seq":5,"lic_model":"trial","plan":"standard",
        "plugins":{"milestones":{}},"unheard_of":{"x":[1]}})");
    ASSERT_TRUE(licence.ok()) << licence.refusal().detail;
    EXPECT_EQ(licence->not_before, licence->issued_at) << "nbf is iat unless it is said";
    EXPECT_EQ(licence->model, Model::kTrial);
    EXPECT_EQ(licence->grace, 0);
    EXPECT_TRUE(licence->plugins.contains("milestones"));
}

TEST(Licence, NeedsItsClaims) {
    for (const char* claim :
         {"iss", "sub", "aud", "jti", "iat", "lic_ver", "lic_seq", "lic_model", "plan", "exp"})
        EXPECT_EQ(without(claim), "bad_claims") << claim;
    for (const char* claim : {"nbf", "features", "limits", "plugins", "grace_s"}) {
        json claims = good();
        claims.erase("overage");
        claims.erase(claim);
        EXPECT_EQ(refusal(decode_licence(claims.dump())), "") << claim;
    }
}

TEST(Licence, ClaimsHaveTypesAndRanges) {
    EXPECT_EQ(with("aud", "another-product"), "bad_claims");
    EXPECT_EQ(with("aud", json::array({"mortise"})), "bad_claims");
    EXPECT_EQ(with("lic_ver", 2), "bad_claims");
    EXPECT_EQ(with("lic_ver", "1"), "bad_claims");
    EXPECT_EQ(with("lic_ver", 1.0), "bad_claims");
    EXPECT_EQ(with("lic_seq", -1), "bad_claims");
    EXPECT_EQ(with("lic_seq", 1ULL << 60), "bad_claims");
    EXPECT_EQ(with("iat", 1800000000), "bad_claims");
    EXPECT_EQ(with("exp", "2020-01-01T00:00:00Z"), "bad_claims") << "before nbf";
    EXPECT_EQ(with("exp", nullptr), "bad_claims");
    EXPECT_EQ(with("lic_model", "floating"), "bad_claims") << "a model that this version does not have";
    EXPECT_EQ(with("plan", "Standard"), "bad_claims");
    EXPECT_EQ(with("sub", ""), "bad_claims");
    EXPECT_EQ(with("sub", "a\nb"), "bad_claims");
    EXPECT_EQ(with("sub", std::string(256, 'a')), "bad_claims");
    EXPECT_EQ(with("grace_s", kMaxGrace), "");
    EXPECT_EQ(with("grace_s", kMaxGrace + 1), "bad_claims");
}

TEST(Licence, NamesAreAsciiAndOnce) {
    EXPECT_EQ(with("features", {"sso", "audit-log", "a.b_c"}), "");
    EXPECT_EQ(with("features", {"sso", "sso"}), "bad_claims");
    EXPECT_EQ(with("features", {"\u0455so"}), "bad_claims") << "Cyrillic letter dze";
    EXPECT_EQ(with("features", {"SSO"}), "bad_claims");
    EXPECT_EQ(with("features", {1}), "bad_claims");
    EXPECT_EQ(with("features", "sso"), "bad_claims");
    EXPECT_EQ(with("plugins", {{"mile_stones", json::object()}}), "bad_claims");
    EXPECT_EQ(with("plugins", {{"*", json::object()}}), "bad_claims");
    EXPECT_EQ(with("plugins", {{"m", json::object()}}), "bad_claims");
    EXPECT_EQ(with("plugins", json::array({"milestones"})), "bad_claims");
    EXPECT_EQ(with("limits", {{"users", -1}}), "bad_claims");
    EXPECT_EQ(with("limits", {{"users", "10"}}), "bad_claims");
    EXPECT_EQ(with("overage", {{"unheard", "soft"}}), "bad_claims");
    EXPECT_EQ(with("overage", {{"users", "boundless"}}), "bad_claims");
}

TEST(Licence, TooManyNames) {
    json limits = json::object();
    for (int i = 0; i < 256; ++i)
        limits["l" + std::to_string(i)] = i;
    json claims = good();
    claims.erase("overage");
    claims["limits"] = limits;
    EXPECT_EQ(refusal(decode_licence(claims.dump())), "");
    claims["limits"]["one-more"] = 1;
    EXPECT_EQ(refusal(decode_licence(claims.dump())), "bad_claims");
}

TEST(Licence, CriticalClaims) {
    EXPECT_EQ(with("crit", json::array({"plugins", "limits"})), "");
    EXPECT_EQ(with("crit", json::array({"plugins", "x-new"})), "unknown_critical");
    EXPECT_EQ(with("crit", "x-new"), "bad_claims");
    EXPECT_EQ(with("crit", json::array({1})), "bad_claims");
}

// To skip what narrows a licence would grant more than was sold: nothing unknown is passed over inside it.
TEST(Licence, WhatNarrowsIsReadStrictly) {
    EXPECT_EQ(with("fp", {{"rule", "activation"}}), "");
    EXPECT_EQ(with("fp", {{"match", "any"}}), "bad_claims");
    EXPECT_EQ(with("fp", {{"rule", "activation"}, {"unless", "x"}}), "bad_claims");
    EXPECT_EQ(with("refresh_by", "2027-02-01T00:00:00Z"), "");
    EXPECT_EQ(with("refresh_by", "2027-01-01T00:00:00Z"), "bad_claims") << "before it was issued";
    EXPECT_EQ(with("crl_seq_min", 3), "");
    EXPECT_EQ(with("crl_seq_min", "3"), "bad_claims");
    EXPECT_EQ(with("plugins", {{"milestones", {{"versions", "<2"}}}}), "bad_claims");
    EXPECT_EQ(with("limits", {{"users", {{"max", 3}, {"unless", 1}}}}), "bad_claims");
}

// Who judges by the period alone must not be given a licence that is narrowed otherwise.
TEST(Licence, VerifyByPeriodRefusesWhatItCannotEnforce) {
    TestChain chain;
    EXPECT_EQ(refusal(chain.check(chain.bundle())), "");
    chain.licence.binding = Binding{.by_activation = true};
    EXPECT_EQ(refusal(chain.check(chain.bundle())), "unsupported_claim");
    chain.licence.binding.reset();
    chain.licence.refresh_by = kNow + kDay;
    EXPECT_EQ(refusal(chain.check(chain.bundle())), "unsupported_claim");
    chain.licence.refresh_by.reset();
    chain.licence.crl_sequence_min = 1;
    EXPECT_EQ(refusal(chain.check(chain.bundle())), "unsupported_claim");
}

TEST(Evaluate, EdgesAreExactToTheSecond) {
    Licence licence = TestChain::make_licence();
    licence.not_before = kNow;
    licence.not_after = kNow + kDay;
    licence.grace = 3600;
    EXPECT_EQ(evaluate(licence, kNow - 1), Validity::kNotYetValid);
    EXPECT_EQ(evaluate(licence, kNow), Validity::kValid);
    EXPECT_EQ(evaluate(licence, kNow + kDay - 1), Validity::kValid);
    EXPECT_EQ(evaluate(licence, kNow + kDay), Validity::kGrace);
    EXPECT_EQ(evaluate(licence, kNow + kDay + 3599), Validity::kGrace);
    EXPECT_EQ(evaluate(licence, kNow + kDay + 3600), Validity::kLimited);
    licence.grace = 0;
    EXPECT_EQ(evaluate(licence, kNow + kDay), Validity::kLimited);
}

TEST(Evaluate, PerpetualNeverEnds) {
    Licence licence = TestChain::make_licence();
    licence.model = Model::kPerpetual;
    licence.not_after.reset();
    licence.maintained_until = kNow;
    const auto back = decode_licence(encode_licence(licence));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(evaluate(*back, kNow + 100LL * 365 * kDay), Validity::kValid);
}

}  // namespace
}  // namespace mortise::licenses
