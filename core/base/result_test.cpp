#include "core/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace mortise::base {
namespace {

Result<std::unique_ptr<int>> make(bool works) {
    if (!works) return Error{ErrorKind::kConflict, "taken", "It is taken."};
    return std::make_unique<int>(7);
}

Result<int> read(bool works) {
    MORTISE_TRY_ASSIGN(const auto number, make(works));
    return *number;
}

Status check(bool works) {
    MORTISE_TRY(read(works));
    return {};
}

TEST(Result, CarriesAMoveOnlyValue) {
    auto result = make(true);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(**result, 7);
}

TEST(Result, TheErrorPassesThroughEveryLevel) {
    EXPECT_EQ(read(true).value(), 7);
    EXPECT_TRUE(check(true).ok());
    const auto failed = check(false);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code, "taken");
    EXPECT_EQ(failed.error().kind, ErrorKind::kConflict);
}

TEST(Result, TheWrongSideThrows) {
    EXPECT_THROW(static_cast<void>(make(false).value()), std::bad_variant_access);
}

}  // namespace
}  // namespace mortise::base
