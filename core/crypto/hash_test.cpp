#include "core/crypto/hash.hpp"

#include "core/base/text.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace mortise::crypto {
namespace {

std::string hex(const Digest& digest) {
    return base::to_hex(as_bytes(digest));
}

// FIPS 180-4's example and the empty message (NIST CAVP, SHA256ShortMsg, Len = 0).
constexpr auto kSha256Abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr auto kSha256Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
// As computed by Python's hashlib (the BLAKE2 reference code).
constexpr auto kBlakeAbc = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";
constexpr auto kBlakeEmpty = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
constexpr auto kBlakeAbcKeyed = "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f";

TEST(Hash, MatchesPublishedVectors) {
    EXPECT_EQ(hex(sha256("abc")), kSha256Abc);
    EXPECT_EQ(hex(sha256("")), kSha256Empty);
    EXPECT_EQ(hex(blake2b_256("abc")), kBlakeAbc);
    EXPECT_EQ(hex(blake2b_256("")), kBlakeEmpty);
}

TEST(Hash, KeyedBlake2b) {
    std::string key;
    for (char c = 0; c < 32; ++c)
        key += c;
    EXPECT_EQ(hex(blake2b_256_keyed(key, "abc")), kBlakeAbcKeyed);
    EXPECT_THROW(blake2b_256_keyed("short", "abc"), std::invalid_argument);
    EXPECT_THROW(blake2b_256_keyed(std::string(65, 'k'), "abc"), std::invalid_argument);
}

TEST(Hash, PiecesGiveTheSameAsTheWhole) {
    EXPECT_EQ(hex(Hasher(HashAlgorithm::kSha256).update("a").update("").update("bc").finish()), kSha256Abc);
    EXPECT_EQ(hex(Hasher(HashAlgorithm::kBlake2b256).update("ab").update("c").finish()), kBlakeAbc);
    EXPECT_EQ(hex(Hasher(HashAlgorithm::kBlake2b256).finish()), kBlakeEmpty);

    const std::string large(100'000, 'x');
    Hasher hasher(HashAlgorithm::kBlake2b256);
    for (std::size_t i = 0; i < large.size(); i += 777)
        hasher.update(std::string_view(large).substr(i, 777));
    EXPECT_EQ(hasher.finish(), blake2b_256(large));
}

TEST(Hash, ConstantTimeCompare) {
    EXPECT_TRUE(equal_constant_time("", ""));
    EXPECT_TRUE(equal_constant_time("secret", "secret"));
    EXPECT_FALSE(equal_constant_time("secret", "secreT"));
    EXPECT_FALSE(equal_constant_time("secret", "secrets"));
}

}  // namespace
}  // namespace mortise::crypto
