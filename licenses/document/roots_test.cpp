#include "licenses/document/roots.hpp"

#include "licenses/document/test_chain.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;
using testing::kDay;
using testing::kNow;
using testing::refusal;
using testing::TestChain;

// A vendor whose root has been replaced by another.
struct Rotated : TestChain {
    SecretKey next = SecretKey::generate();
    RootRotation rotation{"Tenon Ltd", kNow - kDay, root.public_key(), next.public_key(), 4};

    std::string token() const { return sign_root_rotation(rotation, root, next); }
    TrustedRoots trusting(const SecretKey& key) const {
        const PublicKey keys[] = {key.public_key()};
        return TrustedRoots(keys);
    }
    // The statement with a claim changed, signed by both as it then stands.
    std::string with(const char* claim, const json& value) const {
        json claims = {{"iss", "Tenon Ltd"},
                       {"iat", format_time(rotation.issued_at)},
                       {"from", to_paserk(rotation.from)},
                       {"to", to_paserk(rotation.to)},
                       {"ks_seq", rotation.keyset_sequence}};
        claims[claim] = value;
        claims["proof"] = sign_document(next, claims.dump(), kRootProofType);
        return sign_document(root, claims.dump(), kRootType);
    }
};

TEST(RootRotation, WhoTrustsTheOldTrustsTheNew) {
    const Rotated vendor;
    TrustedRoots roots = vendor.trusting(vendor.root);
    const auto rotation = roots.rotate(vendor.token(), kNow);
    ASSERT_TRUE(rotation.ok()) << rotation.refusal().detail;
    EXPECT_EQ(*rotation, vendor.rotation);
    ASSERT_NE(roots.find(key_id(vendor.next.public_key())), nullptr);

    Keyset keyset = vendor.keyset;
    keyset.sequence = 4;
    EXPECT_EQ(refusal(verify_keyset(sign_keyset(keyset, vendor.next), roots, kNow)), "");
    EXPECT_EQ(refusal(verify_keyset(sign_keyset(keyset, vendor.root), roots, kNow)), "root_retired");
    keyset.sequence = 3;
    EXPECT_EQ(refusal(verify_keyset(sign_keyset(keyset, vendor.root), roots, kNow)), "")
        << "what the old root signed before goes on";
}

TEST(RootRotation, TakenInTwiceIsTakenInOnce) {
    const Rotated vendor;
    TrustedRoots roots = vendor.trusting(vendor.root);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(refusal(roots.rotate(vendor.token(), kNow)), "");
    EXPECT_EQ(roots.all().size(), 2u);
}

TEST(RootRotation, ANewerBuildKnowsOnlyTheNewRoot) {
    const Rotated vendor;
    TrustedRoots roots = vendor.trusting(vendor.next);
    EXPECT_EQ(refusal(roots.rotate(vendor.token(), kNow)), "");
    EXPECT_EQ(roots.find(key_id(vendor.root.public_key())), nullptr) << "trust does not flow backwards";
}

TEST(RootRotation, AStrangersRotationIsRefused) {
    const Rotated vendor, stranger;
    TrustedRoots roots = vendor.trusting(vendor.root);
    EXPECT_EQ(refusal(roots.rotate(stranger.token(), kNow)), "unknown_root");
    EXPECT_EQ(roots.all().size(), 1u);
}

TEST(RootRotation, BothMustSign) {
    const Rotated vendor, stranger;
    TrustedRoots roots = vendor.trusting(vendor.root);
    RootRotation rotation = vendor.rotation;
    // Somebody names our root, without its key.
    EXPECT_EQ(refusal(roots.rotate(sign_root_rotation(rotation, stranger.root, vendor.next), kNow)),
              "other_key");
    // The old root names a successor whose key it has not.
    EXPECT_EQ(refusal(roots.rotate(sign_root_rotation(rotation, vendor.root, stranger.next), kNow)),
              "other_key");
    // The new root's proof is of another statement.
    json claims = json::parse(parse_token(vendor.token(), kMaxRootBytes)->payload);
    claims["ks_seq"] = 2;
    EXPECT_EQ(refusal(roots.rotate(sign_document(vendor.root, claims.dump(), kRootType), kNow)),
              "bad_claims");
    // A proof is no rotation.
    EXPECT_EQ(refusal(roots.rotate(claims.at("proof").get<std::string>(), kNow)), "other_key");
    EXPECT_EQ(roots.all().size(), 1u);
}

TEST(RootRotation, ClaimsAreStrict) {
    const Rotated vendor;
    const auto check = [&](const char* claim, const json& value) {
        TrustedRoots roots = vendor.trusting(vendor.root);
        return refusal(roots.rotate(vendor.with(claim, value), kNow));
    };
    EXPECT_EQ(check("ks_seq", 4), "");
    EXPECT_EQ(check("ks_seq", "4"), "bad_claims");
    EXPECT_EQ(check("to", to_paserk(vendor.root.public_key())), "bad_claims") << "to itself";
    EXPECT_EQ(check("unless", 1), "bad_claims");
    EXPECT_EQ(check("iat", format_time(kNow)), "");
    EXPECT_EQ(check("iat", format_time(kNow + 1)), "issued_in_future");
}

TEST(RootRotation, AChainOfThem) {
    std::vector<SecretKey> keys;
    for (int i = 0; i < 18; ++i)
        keys.push_back(SecretKey::generate());
    const PublicKey first[] = {keys[0].public_key()};
    TrustedRoots roots(first);
    const auto rotate = [&](std::size_t i) {
        return refusal(roots.rotate(
            sign_root_rotation({"V", kNow, keys[i].public_key(), keys[i + 1].public_key(), i + 2}, keys[i],
                               keys[i + 1]),
            kNow));
    };
    EXPECT_EQ(rotate(1), "unknown_root") << "out of order";
    for (std::size_t i = 0; i < 16; ++i)
        EXPECT_EQ(rotate(i), "") << i;
    EXPECT_EQ(rotate(16), "too_large");
    EXPECT_EQ(roots.all().size(), 17u);
}

// As a host holds it: the rotation comes with a bundle, is kept, and is shown again with the next one.
TEST(RootRotation, InABundle) {
    const Rotated vendor;
    const PublicKey compiled[] = {vendor.root.public_key()};
    Keyset keyset = vendor.keyset;
    keyset.sequence = 4;
    const std::string keyset_token = sign_keyset(keyset, vendor.next);
    Bundle bundle{keyset_token, vendor.licence_token(), "", "", {vendor.token()}};
    Held held{compiled, {}, nullptr, nullptr};
    const auto first = accept(format_bundle(bundle), held, kNow);
    ASSERT_TRUE(first.ok()) << first.refusal().detail;
    EXPECT_EQ(first->rotations, std::vector{vendor.token()});

    bundle.rotations.clear();
    EXPECT_EQ(refusal(accept(format_bundle(bundle), held, kNow)), "unknown_root");
    held.rotations = first->rotations;
    held.keyset = &first->keyset;
    const auto second = accept(format_bundle(bundle), held, kNow);
    ASSERT_TRUE(second.ok()) << second.refusal().detail;
    EXPECT_EQ(second->rotations, first->rotations) << "still to be held";
    // The old root's bundles from before are older than the keyset that is held.
    EXPECT_EQ(refusal(accept(vendor.bundle(), held, kNow)), "keyset_rollback");
}

}  // namespace
}  // namespace mortise::licenses
