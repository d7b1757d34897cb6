#include "core/base/entity_tag.hpp"

#include <gtest/gtest.h>

namespace mortise::base {
namespace {

TEST(EntityTagTest, AListHasATag) {
    for (const auto comparison : {TagComparison::kWeak, TagComparison::kStrong}) {
        EXPECT_TRUE(has_etag("\"a\"", "\"a\"", comparison));
        EXPECT_TRUE(has_etag("\"b\" ,  \"a\"", "\"a\"", comparison));
        EXPECT_TRUE(has_etag(" * ", "\"a\"", comparison));
        EXPECT_FALSE(has_etag("", "\"a\"", comparison));
        EXPECT_FALSE(has_etag("\"b\"", "\"a\"", comparison));
        EXPECT_FALSE(has_etag("\"a\" \"b\"", "\"a\"", comparison));
    }
}

TEST(EntityTagTest, AWeakTagCountsInAWeakComparisonOnly) {
    EXPECT_TRUE(has_etag("W/\"a\"", "\"a\"", TagComparison::kWeak));
    EXPECT_FALSE(has_etag("W/\"a\"", "\"a\"", TagComparison::kStrong));
}

TEST(EntityTagTest, ATagWithoutQuotesCountsInAWeakComparisonOnly) {
    EXPECT_TRUE(has_etag("a", "\"a\"", TagComparison::kWeak));
    EXPECT_FALSE(has_etag("a", "\"a\"", TagComparison::kStrong));
}

}  // namespace
}  // namespace mortise::base
