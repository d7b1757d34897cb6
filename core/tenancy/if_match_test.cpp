#include "core/tenancy/if_match.hpp"

#include <gtest/gtest.h>

namespace mortise::tenancy {
namespace {

TEST(IfMatch, NoneAdmitsEverything) {
    for (const IfMatch& none : {IfMatch(), IfMatch(std::nullopt), IfMatch(std::optional<std::int64_t>())}) {
        EXPECT_TRUE(none.admits(1));
        EXPECT_TRUE(none.admits_creation());
    }
}

TEST(IfMatch, OneVersionAdmitsThatOne) {
    const IfMatch one(3);
    EXPECT_TRUE(one.admits(3));
    EXPECT_FALSE(one.admits(2));
    EXPECT_FALSE(one.admits_creation());
}

TEST(IfMatch, AStarAdmitsWhatExists) {
    EXPECT_TRUE(IfMatch::existing().admits(7));
    EXPECT_FALSE(IfMatch::existing().admits_creation());
}

TEST(IfMatch, AListAdmitsItsVersions) {
    const IfMatch some = IfMatch::any_of({1, 4});
    EXPECT_TRUE(some.admits(1));
    EXPECT_TRUE(some.admits(4));
    EXPECT_FALSE(some.admits(2));
    EXPECT_FALSE(IfMatch::any_of({}).admits(1)) << "tags that are none of ours";
}

}  // namespace
}  // namespace mortise::tenancy
