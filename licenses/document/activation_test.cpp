#include "licenses/document/activation.hpp"

#include "licenses/document/lease.hpp"
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

const MachineIds kMachine{{"machine_id", {"0123456789abcdef"}}};

struct Customer {
    SecretKey key = SecretKey::generate();
    ActivationRequest request{"0192f0c1-0000-7000-8000-00000000000a",
                              kNow,
                              "0192f0c1-0000-7000-8000-00000000000b",
                              "0192f0c1-2b3c-7d4e-8f50-61728394a5b6",
                              {},
                              make_fingerprint(kMachine),
                              "0.1.0"};

    std::string token() const { return sign_activation_request(request, key); }
};

Activation answer(const Customer& customer) {
    Activation out;
    out.issuer = "Tenon Ltd";
    out.subject = "Customer GmbH";
    out.id = "0192f0c1-0000-7000-8000-00000000000c";
    out.request_id = customer.request.id;
    out.issued_at = kNow;
    out.licence_id = customer.request.licence_id;
    out.installation = customer.request.installation;
    out.key = customer.key.public_key();
    out.binding = {false, MatchRule::kMost, customer.request.fingerprint};
    return out;
}

TEST(ActivationRequest, RoundTripsAndShowsPossession) {
    const Customer customer;
    const auto read = verify_activation_request(customer.token());
    ASSERT_TRUE(read.ok()) << read.refusal().detail;
    ActivationRequest expected = customer.request;
    expected.key = customer.key.public_key();
    EXPECT_EQ(*read, expected);
}

// A request that names somebody else's key.
TEST(ActivationRequest, AnothersKeyIsRefused) {
    const Customer customer, other;
    json claims = json::parse(parse_token(customer.token(), kMaxActivationBytes)->payload);
    claims["pub"] = to_paserk(other.key.public_key());
    EXPECT_EQ(refusal(verify_activation_request(
                  sign_document(customer.key, claims.dump(), kActivationRequestType))),
              "other_key");
    EXPECT_EQ(refusal(verify_activation_request(sign_token(
                  customer.key, claims.dump(), TestChain::footer(other.key), kActivationRequestType))),
              "bad_signature");
}

TEST(ActivationRequest, IsOfItsTypeOnly) {
    const Customer customer;
    const std::string payload = parse_token(customer.token(), kMaxActivationBytes)->payload;
    for (const auto type : {kActivationType, kLicenceType, std::string_view("usage/v1"), std::string_view()})
        EXPECT_EQ(refusal(verify_activation_request(sign_document(customer.key, payload, type))),
                  "bad_signature");
}

TEST(ActivationRequest, ClaimsAreNeeded) {
    const Customer customer;
    const json good = json::parse(parse_token(customer.token(), kMaxActivationBytes)->payload);
    for (const char* claim : {"jti", "iat", "inst", "lic", "pub", "fp"}) {
        json claims = good;
        claims.erase(claim);
        EXPECT_EQ(refusal(verify_activation_request(
                      sign_document(customer.key, claims.dump(), kActivationRequestType))),
                  "bad_claims")
            << claim;
    }
}

TEST(Activation, RoundTrips) {
    TestChain chain;
    chain.keyset.keys[0].uses = {"act"};
    Activation activation = answer(Customer());
    activation.not_after = kNow + kDay;
    const auto read = verify_activation(sign_activation(activation, chain.signer), chain.keyset, kNow);
    ASSERT_TRUE(read.ok()) << read.refusal().detail;
    activation.signed_by = key_id(chain.signer.public_key());
    EXPECT_EQ(*read, activation);
    EXPECT_TRUE(matches(read->binding, kMachine));
}

TEST(Activation, SignedByAKeyThatMay) {
    TestChain chain;
    const std::string token = sign_activation(answer(Customer()), chain.signer);
    const auto check = [&](Seconds now) { return refusal(verify_activation(token, chain.keyset, now)); };
    EXPECT_EQ(check(kNow), "wrong_use") << "a key for licences and lists";
    chain.keyset.keys[0].uses = {"act", "lic"};
    EXPECT_EQ(check(kNow), "");
    EXPECT_EQ(check(kNow - 1), "issued_in_future");
    chain.keyset.keys[0].status = KeyStatus::kCompromised;
    EXPECT_EQ(check(kNow), "key_compromised");
}

TEST(Activation, MustNameAMachine) {
    TestChain chain;
    chain.keyset.keys[0].uses = {"act"};
    Activation activation = answer(Customer());
    activation.binding = {.by_activation = true};
    EXPECT_EQ(refusal(verify_activation(sign_activation(activation, chain.signer), chain.keyset, kNow)),
              "bad_claims");
}

TEST(Activation, TravelsInABundle) {
    TestChain chain;
    chain.keyset.keys[0].uses = {"act", "crl", "lic"};
    Activation activation = answer(Customer());
    const PublicKey roots[] = {chain.root.public_key()};
    const auto accepted = accept(
        format_bundle(
            {chain.keyset_token(), chain.licence_token(), "", sign_activation(activation, chain.signer), {}}),
        {roots, {}, nullptr, nullptr}, kNow);
    ASSERT_TRUE(accepted.ok()) << accepted.refusal().detail;
    activation.signed_by = key_id(chain.signer.public_key());
    EXPECT_EQ(accepted->activation, activation);
    EXPECT_EQ(accepted->newest_issued_at(), kNow);
}

Lease lease() {
    return {"inst", "0192f0c1-0000-7000-8000-00000000000d",
            "lic",  "seats",
            "acme", "ana@example.com",
            kNow,   kNow + 900,
            false};
}

TEST(Lease, RoundTripsForItsInstallationOnly) {
    const SecretKey key = SecretKey::generate(), other = SecretKey::generate();
    const std::string token = sign_lease(lease(), key);
    const auto read = verify_lease(token, key.public_key(), kNow);
    ASSERT_TRUE(read.ok()) << read.refusal().detail;
    EXPECT_EQ(*read, lease());
    EXPECT_EQ(refusal(verify_lease(token, other.public_key(), kNow)), "other_key");
    EXPECT_EQ(refusal(verify_lease(token, key.public_key(), kNow - 1)), "issued_in_future");
    Lease wrong = lease();
    wrong.not_after = wrong.issued_at;
    EXPECT_EQ(refusal(verify_lease(sign_lease(wrong, key), key.public_key(), kNow)), "bad_claims");
    wrong = lease();
    wrong.limit = "Seats";
    EXPECT_EQ(refusal(verify_lease(sign_lease(wrong, key), key.public_key(), kNow)), "bad_claims");
}

}  // namespace
}  // namespace mortise::licenses
