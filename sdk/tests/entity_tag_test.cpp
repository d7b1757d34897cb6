#include "mortise/entity_tag.hpp"

#include <gtest/gtest.h>

namespace mortise::sdk {
namespace {

TEST(EntityTag, IsFoundInAList) {
    EXPECT_TRUE(matches_etag("\"1\"", "\"1\""));
    EXPECT_TRUE(matches_etag("\"0\",\t\"1\" , \"2\"", "\"1\""));
    EXPECT_TRUE(matches_etag("*", "\"1\""));
}

TEST(EntityTag, IsNotAnotherNorAWeakOne) {
    for (const char* other : {"", ",", " ", "\"2\"", "1", "\"1", "W/\"1\"", "\"11\", \"0\""})
        EXPECT_FALSE(matches_etag(other, "\"1\"")) << other;
}

}  // namespace
}  // namespace mortise::sdk
