#include "core/tenancy/tenant.hpp"

#include "core/tenancy/page.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::tenancy {
namespace {

TEST(Slug, HasTheFormThatUrlsAndHeadersNeed) {
    for (const std::string good : {"ab", "a1", "acme", "acme-west-2", "a-b"})
        EXPECT_TRUE(is_slug(good)) << good;
    EXPECT_TRUE(is_slug(std::string(63, 'a')));
    for (const std::string bad : {"", "a", "1a", "-a", "a-", "Acme", "ac_me", "ac.me", "ac me",
                                  "\xc3\xa4"
                                  "b",
                                  "a/b"})
        EXPECT_FALSE(is_slug(bad)) << bad;
    EXPECT_FALSE(is_slug(std::string(64, 'a')));
    EXPECT_FALSE(is_slug(std::string("a\0b", 3)));
}

TEST(NewTenantCheck, NamesEveryWrongField) {
    const auto status = check(NewTenant{.slug = "A", .name = "", .plan = "No Plan"});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, base::ErrorKind::kInvalid);
    ASSERT_EQ(status.error().fields.size(), 3U);
    EXPECT_EQ(status.error().fields[0].pointer, "/slug");
    EXPECT_EQ(status.error().fields[1].pointer, "/name");
    EXPECT_EQ(status.error().fields[2].pointer, "/plan");
}

TEST(NewTenantCheck, CountsCodePointsOfTheName) {
    std::string name;
    for (int i = 0; i < 200; ++i)
        name += "\xc3\xa4";
    EXPECT_TRUE(check(NewTenant{.slug = "acme", .name = name}));
    EXPECT_FALSE(check(NewTenant{.slug = "acme", .name = name + "a"}));
    for (const std::string bad : {"a\nb", "\x7f", " a", "a\t", "\xff", "\xc0\x80"})
        EXPECT_FALSE(check(NewTenant{.slug = "acme", .name = bad})) << bad;
}

TEST(TenantState, IsWrittenAndReadAlike) {
    for (const auto state :
         {TenantState::kCreating, TenantState::kActive, TenantState::kSuspended, TenantState::kDeleting})
        EXPECT_EQ(parse_tenant_state(to_string(state)), state);
    EXPECT_FALSE(parse_tenant_state("gone"));
}

TEST(PageBounds, RefuseWhatIsOutOfRange) {
    EXPECT_EQ(page_bounds({.limit = 0}).error().code, "invalid_limit");
    EXPECT_EQ(page_bounds({.limit = 101}).error().code, "invalid_limit");
    EXPECT_EQ(page_bounds({.limit = 1, .cursor = "x"}).error().code, "invalid_cursor");
    EXPECT_EQ(page_bounds({.limit = 1, .cursor = "AAAA"}).error().code, "invalid_cursor");
    const auto id = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000001");
    const auto bounds = page_bounds({.limit = 100, .cursor = cursor_of(id)});
    ASSERT_TRUE(bounds);
    EXPECT_EQ(bounds->after, id);
}

}  // namespace
}  // namespace mortise::tenancy
