#include "core/crypto/random.hpp"

#include "core/base/text.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mortise::crypto {
namespace {

TEST(Random, HasTheSizeAndDiffers) {
    EXPECT_EQ(random_bytes(0), "");
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string bytes = random_bytes(16);
        EXPECT_EQ(bytes.size(), 16u);
        EXPECT_TRUE(seen.insert(bytes).second);
    }
}

TEST(Random, TokenIsPrefixAndBase64url) {
    const std::string token = random_token("mrt_", 32);
    ASSERT_EQ(token.substr(0, 4), "mrt_");
    const auto decoded = base::base64url_decode(std::string_view(token).substr(4));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(decoded->size(), 32u);
}

}  // namespace
}  // namespace mortise::crypto
