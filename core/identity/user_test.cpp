#include "core/identity/user.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::identity {
namespace {

TEST(Email, IsFoldedToLowerCase) {
    EXPECT_EQ(normalise_email("Ada.Lovelace+x@Example.COM"), "ada.lovelace+x@example.com");
    EXPECT_EQ(normalise_email("root@localhost"), "root@localhost");
    EXPECT_EQ(normalise_email("\xc3\xa4@example.com"), "\xc3\xa4@example.com");
}

TEST(Email, RefusesWhatIsNoPracticalAddress) {
    const std::string long_local(65, 'a');
    const std::string long_label(64, 'a');
    for (const std::string& bad : {std::string(),
                                   std::string("a"),
                                   std::string("@b"),
                                   std::string("a@"),
                                   std::string("a@b@c"),
                                   std::string("a b@c"),
                                   std::string(".a@b"),
                                   std::string("a.@b"),
                                   std::string("a..b@c"),
                                   std::string("\"a\"@b"),
                                   std::string("a@[127.0.0.1]"),
                                   std::string("a@b..c"),
                                   std::string("a@-b"),
                                   std::string("a@b-"),
                                   std::string("a@b."),
                                   std::string("a@\xc3\xa4.de"),
                                   std::string("a\n@b"),
                                   std::string("\xff@b"),
                                   std::string("a@b\0c", 5),
                                   long_local + "@b",
                                   "a@" + long_label,
                                   "a@" + std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                                       std::string(63, 'c') + "." + std::string(63, 'd')})
        EXPECT_FALSE(normalise_email(bad)) << bad;
}

TEST(PasswordPolicy, AsksForLengthAndAgainstTheObvious) {
    EXPECT_TRUE(check_password("twelve bytes", "a@example.com"));
    EXPECT_TRUE(check_password(std::string(1023, 'a') + "b", "a@example.com"));
    for (const std::string& bad : {std::string("eleven byte"), std::string(1025, 'a'), std::string(12, 'z'),
                                   std::string("Someone@Example.com"), std::string("Password1234")}) {
        const auto status = check_password(bad, "someone@example.com");
        ASSERT_FALSE(status) << bad;
        EXPECT_EQ(status.error().code, "weak_password");
        EXPECT_EQ(status.error().fields.at(0).pointer, "/password");
        EXPECT_EQ(status.error().detail.find(bad), std::string::npos);
    }
}

}  // namespace
}  // namespace mortise::identity
