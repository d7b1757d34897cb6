#include "core/base/request_context.hpp"

#include <gtest/gtest.h>

namespace mortise::base {
namespace {

TEST(HasScope, MatchesWholeScopesAndWildcardsOnly) {
    EXPECT_TRUE(has_scope("flags:read milestones:write", "milestones:write"));
    EXPECT_TRUE(has_scope("milestones:*", "milestones:write"));
    EXPECT_TRUE(has_scope("*", "anything:at-all"));
    EXPECT_FALSE(has_scope("", "flags:read"));
    EXPECT_FALSE(has_scope("flags:readonly", "flags:read"));
    EXPECT_FALSE(has_scope("flags:read", "flags:readonly"));
    EXPECT_FALSE(has_scope("milestones:*", "milestonesx:write"));
    EXPECT_FALSE(has_scope("flags:rea milestones:write", "flags:read"));
}

}  // namespace
}  // namespace mortise::base
