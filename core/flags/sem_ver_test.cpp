#include "core/flags/sem_ver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mortise::flags {
namespace {

int compared(std::string_view a, std::string_view b) {
    const auto left = parse_sem_ver(a), right = parse_sem_ver(b);
    EXPECT_TRUE(left && right) << a << " " << b;
    const int found = left && right ? compare_sem_ver(*left, *right) : 99;
    return found < 0 ? -1 : found > 0 ? 1 : 0;
}

// semver.org 2.0.0, 11: each comes before the next.
TEST(SemVer, HasAnOrder) {
    const std::vector<std::string> rising{"0.0.9",      "1.0.0-0",      "1.0.0-1",       "1.0.0-2",
                                          "1.0.0-11",   "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                          "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
                                          "1.0.0",      "1.0.1",        "1.1.0",         "2.0.0",
                                          "10.0.0"};
    for (std::size_t i = 0; i < rising.size(); ++i)
        for (std::size_t j = 0; j < rising.size(); ++j)
            EXPECT_EQ(compared(rising[i], rising[j]), i < j   ? -1
                                                      : i > j ? 1
                                                              : 0)
                << rising[i] << " " << rising[j];
}

TEST(SemVer, BuildMetadataHasNoSay) {
    EXPECT_EQ(compared("1.0.0+a", "1.0.0+b.1"), 0);
    EXPECT_EQ(compared("1.0.0-a+001", "1.0.0-a"), 0);
}

TEST(SemVer, MayBePartialAndHaveAV) {
    EXPECT_EQ(compared("1", "1.0.0"), 0);
    EXPECT_EQ(compared("1.2", "1.2.0"), 0);
    EXPECT_EQ(compared("v1.2.3", "V1.2.3"), 0);
    EXPECT_EQ(compared("v1", "1.0"), 0);
}

// The list of semver.org's regular expression, and what is only partial.
TEST(SemVer, RefusesWhatIsNone) {
    for (const std::string bad : {"",
                                  "v",
                                  "1.",
                                  "1.2.",
                                  "1.2.3.4",
                                  "1.2.3-",
                                  "1.2.3+",
                                  "1.2.3-01",
                                  "1.2.3-0123.0123",
                                  "01.1.1",
                                  "1.01.1",
                                  "1.1.01",
                                  "01",
                                  "1.01",
                                  "1.2-a",
                                  "1-a",
                                  "1.2+b",
                                  "-1.0.0",
                                  "+1.0.0",
                                  "alpha",
                                  "1.0.0-alpha_beta",
                                  "1.0.0-a..b",
                                  "1.0.0-.",
                                  "1.0.0-a.",
                                  "1.2.3+b+c",
                                  "1.2.3-+b",
                                  "1.2.3.DEV",
                                  "1.2.3 ",
                                  " 1.2.3",
                                  "vv1.0.0",
                                  "9007199254740992.0.0",
                                  "99999999999999999999999.0.0",
                                  "\xc3\xa4"})
        EXPECT_FALSE(parse_sem_ver(bad)) << bad;
    for (const std::string good :
         {"0.0.4", "1.1.2-prerelease+meta", "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay",
          "1.0.0-0A.is.legal", "1.2.3----RC-SNAPSHOT.12.9.1--.12+788", "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
          "9007199254740991.0.0", "1.2.3-0", "1.2.3+001"})
        EXPECT_TRUE(parse_sem_ver(good)) << good;
    EXPECT_FALSE(parse_sem_ver("1.0.0-" + std::string(300, 'a')));
}

TEST(SemVer, HasFlagdsOperators) {
    const auto test = [](std::string_view a, std::string_view comparison, std::string_view b) {
        return holds(*parse_sem_ver_operator(comparison), *parse_sem_ver(a), *parse_sem_ver(b));
    };
    EXPECT_TRUE(test("1.0.0", "=", "1.0.0"));
    EXPECT_TRUE(test("1.0.0", "!=", "1.0.1"));
    EXPECT_TRUE(test("1.0.0-a", "<", "1.0.0"));
    EXPECT_TRUE(test("1.0.0", "<=", "1.0.0"));
    EXPECT_TRUE(test("1.0.1", ">", "1.0.0"));
    EXPECT_TRUE(test("1.0.0", ">=", "1.0.0"));
    EXPECT_TRUE(test("1.9.0", "^", "1.0.0"));
    EXPECT_FALSE(test("2.0.0", "^", "1.0.0"));
    EXPECT_TRUE(test("1.9.7", "~", "1.9.0"));
    EXPECT_FALSE(test("1.8.7", "~", "1.9.0"));
    for (const std::string bad : {"", "==", "=>", "*", " ="})
        EXPECT_FALSE(parse_sem_ver_operator(bad)) << bad;
}

}  // namespace
}  // namespace mortise::flags
