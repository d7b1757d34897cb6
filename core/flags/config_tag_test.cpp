#include "core/flags/config_tag.hpp"

#include "core/flags/flag_set_builder.hpp"
#include "core/flags/test_tenants.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::flags {
namespace {

const base::Uuid kPlatform{};

TEST(ConfigTag, IsReadBack) {
    for (const ConfigTag tag : {ConfigTag{}, ConfigTag{7, 0xfedcba9876543210}, ConfigTag{INT64_MAX, 1}}) {
        EXPECT_EQ(ConfigTag::parse(tag.to_text()), tag);
        EXPECT_TRUE(tag.to_text().ends_with("-" + tag.fingerprint_text()));
    }
    EXPECT_EQ((ConfigTag{12, 0xab}).to_text(), "12-00000000000000ab");
}

TEST(ConfigTag, IsReadStrictly) {
    for (const char* text : {"", "-", "1", "1-", "1-ab", "-1-00000000000000ab", "1-00000000000000ag",
                             "x-00000000000000ab", "1-00000000000000ab0", " 1-00000000000000ab",
                             "1--0000000000000ab", "99999999999999999999-00000000000000ab"})
        EXPECT_FALSE(ConfigTag::parse(text)) << text;
}

// Without their lengths, "a" and "bc" would be "ab" and "c".
TEST(Mark, KeepsTextsApart) {
    EXPECT_NE(Mark().add("a").add("bc").value(), Mark().add("ab").add("c").value());
    EXPECT_NE(Mark().add("").value(), Mark().value());
    EXPECT_NE(Mark().add(std::uint64_t{1}).value(), Mark().add(std::uint64_t{256}).value());
}

// A set of two tenants; each step may change one thing.
FlagSet built(std::string_view variant, std::uint64_t own_row, std::uint64_t platform_row) {
    FlagSetBuilder builder;
    const auto definition = parse_definition(R"({"state":"ENABLED","variants":{"a":"1","b":"2"}})");
    builder.add_flag(kPlatform, std::make_shared<const CompiledFlag>("f", *definition, ""));
    builder.mark(kPlatform, Mark().add(platform_row));
    builder.mark(kAcme, Mark().add(own_row));
    builder.set_version(5);
    builder.add_override(kAcme, "f", "ada", variant);
    builder.add_override(kAcme, "f", "bob", "a");
    return builder.build();
}

TEST(ConfigTag, ChangesWithWhatConcernsTheTenantAlone) {
    const auto before = built("a", 1, 1);
    EXPECT_EQ(before.config_tag(kAcme, 0).version, 5);
    EXPECT_EQ(built("a", 1, 1).config_tag(kAcme, 0), before.config_tag(kAcme, 0));
    for (const auto& after : {built("b", 1, 1), built("a", 2, 1)}) {
        EXPECT_NE(after.config_tag(kAcme, 0), before.config_tag(kAcme, 0));
        EXPECT_EQ(after.config_tag(kOther, 0), before.config_tag(kOther, 0));
        EXPECT_EQ(after.config_tag(kPlatform, 0), before.config_tag(kPlatform, 0));
    }
    const auto after = built("a", 1, 2);
    for (const auto& tenant : {kAcme, kOther, kPlatform})
        EXPECT_NE(after.config_tag(tenant, 0), before.config_tag(tenant, 0));
}

TEST(ConfigTag, ChangesWhenAScheduleDoes) {
    const auto definition = parse_definition(
        R"({"state":"ENABLED","variants":{"a":"1"},"mortise":{"schedule":{"from":"1970-01-01T00:16:40Z"}}})");
    ASSERT_TRUE(definition.ok());
    FlagSetBuilder builder;
    builder.add_flag(kPlatform, std::make_shared<const CompiledFlag>("f", *definition, ""));
    const auto set = builder.build();
    EXPECT_EQ(set.config_tag(kAcme, 0), set.config_tag(kAcme, 999));
    EXPECT_NE(set.config_tag(kAcme, 999), set.config_tag(kAcme, 1000));
    EXPECT_EQ(set.config_tag(kAcme, 1000), set.config_tag(kAcme, 2000));
}

TEST(ConfigTag, AScheduleConcernsItsOwnerAlone) {
    const auto scheduled = [](std::string_view from) {
        return parse_definition(R"({"state":"ENABLED","variants":{"a":"1"},"mortise":{"schedule":{"from":")" +
                                std::string(from) + R"("}}})");
    };
    const auto compiled = [&](std::string_view key, std::string_view from) {
        return std::make_shared<const CompiledFlag>(key, *scheduled(from), "");
    };
    FlagSetBuilder builder;
    builder.add_flag(kAcme, compiled("f", "1970-01-01T00:16:40Z"));                         // 1000
    builder.add_flag(kAcme, compiled("g", "1970-01-01T00:20:00Z"), FlagSwitch::kArchived);  // 1200
    builder.add_flag(kAcme, compiled("h", "1970-01-01T00:21:40Z"), FlagSwitch::kKilled);    // 1300
    builder.add_flag(kPlatform, compiled("f", "1970-01-01T00:33:20Z"));                     // 2000
    const auto set = builder.build();
    EXPECT_NE(set.config_tag(kAcme, 999), set.config_tag(kAcme, 1000));
    for (const auto& tenant : {kOther, kPlatform}) {
        EXPECT_EQ(set.config_tag(tenant, 999), set.config_tag(tenant, 1999));
        EXPECT_EQ(set.next_change(tenant, 0), 2000);
    }
    EXPECT_EQ(set.next_change(kAcme, 0), 1000);
    EXPECT_EQ(set.next_change(kAcme, 1000), 2000) << "switched off and archived ones change nothing";
    EXPECT_EQ(set.config_tag(kAcme, 1000), set.config_tag(kAcme, 1999));
    for (const auto& tenant : {kAcme, kOther, kPlatform})
        EXPECT_NE(set.config_tag(tenant, 1999), set.config_tag(tenant, 2000));
}

}  // namespace
}  // namespace mortise::flags
