#include "core/crypto/signature.hpp"

#include "core/base/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace mortise::crypto {
namespace {

std::string unhex(std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(base::hex_digit(hex[i]) * 16 + base::hex_digit(hex[i + 1]));
    return out;
}

struct Vector {
    const char* seed;
    const char* public_key;
    const char* message;
    const char* signature;
};

// RFC 8032, 7.1, tests 1 to 3.
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0"
     "595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eae"
     "b4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9"
     "716ed28dc027beceea1ec40a"},
};

TEST(Signature, Rfc8032Vectors) {
    for (const Vector& vector : kVectors) {
        const auto key = SecretKey::from_seed(unhex(vector.seed));
        ASSERT_TRUE(key.has_value());
        const PublicKey public_key = key->public_key();
        EXPECT_EQ(base::to_hex(as_bytes(public_key)), vector.public_key);
        const Signature signature = sign(*key, unhex(vector.message));
        EXPECT_EQ(base::to_hex(as_bytes(signature)), vector.signature);
        EXPECT_TRUE(verify(public_key, unhex(vector.message), as_bytes(signature)));
    }
}

TEST(Signature, EveryBitCounts) {
    const KeyPair pair = KeyPair::generate();
    const std::string message = "a licence";
    const Signature signature = sign(pair.secret, message);
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
        Signature wrong = signature;
        wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1u << (bit % 8)));
        EXPECT_FALSE(verify(pair.public_key, message, as_bytes(wrong)));
    }
    EXPECT_FALSE(verify(pair.public_key, "a licencf", as_bytes(signature)));
    EXPECT_FALSE(verify(pair.public_key, message, as_bytes(signature).substr(1)));
    EXPECT_FALSE(verify(KeyPair::generate().public_key, message, as_bytes(signature)));
}

// RFC 8032, 5.1.7: S must be below the group order. This is test 1 with S + L for S.
TEST(Signature, MalleableSignatureIsRefused) {
    const std::string malleable = unhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901554c8c7872aa064e049dbb3013fbf29380d25b"
        "f5f0595bbe24655141438e7a101b");
    const auto key = SecretKey::from_seed(unhex(kVectors[0].seed));
    EXPECT_FALSE(verify(key->public_key(), "", malleable));
}

// With the neutral point as key, any S fits some message without a secret: libsodium refuses small order.
TEST(Signature, SmallOrderKeyIsRefused) {
    PublicKey neutral{};
    neutral[0] = 1;
    std::string forged(64, '\0');
    forged[0] = 1;
    EXPECT_FALSE(verify(neutral, "anything", forged));
}

TEST(SecretKey, ReadsOnlyMatchingHalves) {
    const KeyPair pair = KeyPair::generate();
    const std::string bytes(pair.secret.reveal());
    EXPECT_TRUE(SecretKey::from_bytes(bytes).has_value());
    EXPECT_FALSE(SecretKey::from_bytes(bytes.substr(1)).has_value());
    std::string other_half = bytes;
    other_half[40] = static_cast<char>(other_half[40] ^ 1);
    EXPECT_FALSE(SecretKey::from_bytes(other_half).has_value());
    EXPECT_FALSE(SecretKey::from_seed("short").has_value());
}

TEST(SecretKey, IsZeroAfterMove) {
    KeyPair pair = KeyPair::generate();
    const std::string before(pair.secret.reveal());
    const SecretKey moved = std::move(pair.secret);
    EXPECT_EQ(moved.reveal(), before);
    EXPECT_EQ(pair.secret.reveal(), std::string(64, '\0'));
}

}  // namespace
}  // namespace mortise::crypto
