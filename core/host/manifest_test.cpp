#include "core/host/manifest.hpp"

#include <gtest/gtest.h>

namespace mortise::host {
namespace {

constexpr std::string_view kGood = R"(id = "parcels"
version = "1.2.3"
abi = "1.0"
name = "Parcels"
services = ["mortise.sql/1", "mortise.events/1"]

[[scopes]]
name = "parcels:read"
description = "See parcels"

[events]
published = ["parcel.sent"]
)";

std::string refusal(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto result = parse_manifest(text, "manifest.toml");
    return result.ok() ? "accepted" : result.error().detail;
}

std::string refusal(std::string_view from, std::string_view to) {
    return refusal(std::string(kGood), from, to);
}

TEST(Manifest, SaysWhatThePluginIs) {
    const auto manifest = parse_manifest(kGood, "manifest.toml");
    ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
    EXPECT_EQ(manifest->id, "parcels");
    EXPECT_EQ(manifest->abi_major, 1U);
    EXPECT_TRUE(manifest->asks_for("mortise.sql/1"));
    EXPECT_FALSE(manifest->asks_for("mortise.sql/2"));
    EXPECT_TRUE(manifest->declares_scope("parcels:read"));
    EXPECT_TRUE(manifest->publishes("parcel.sent"));
}

TEST(Manifest, RefusesWithFileAndLine) {
    EXPECT_EQ(refusal("\"1.2.3\"", "\"1.2\""), "manifest.toml:1: version must be MAJOR.MINOR.PATCH");
    EXPECT_EQ(refusal("name = \"Parcels\"\n", ""), "manifest.toml:1: name is missing");
    EXPECT_EQ(refusal("name = \"Parcels\"", "name = 3"),
              "manifest.toml:4: name must be a text of at most 4096 bytes");
    EXPECT_NE(refusal("[events]", "colour = 1\n[events]").find("unknown key colour"), std::string::npos);
    EXPECT_NE(refusal("mortise.events/1", "mortise.events").find("manifest.toml:5:"), std::string::npos);
    EXPECT_NE(refusal("parcels:read", "flags:read").find("must be parcels:<verb>"), std::string::npos);
    EXPECT_NE(refusal("\"1.0\"", "\"one\"").find("abi must be"), std::string::npos);
    EXPECT_NE(refusal("parcel.sent", "Parcel Sent").find("each of published"), std::string::npos);
}

TEST(Manifest, ListsFlagsInAnyOrderOnce) {
    const auto with = [](std::string_view flags) {
        std::string text(kGood);
        text.insert(text.find("\n[[scopes]]"), "flags = " + std::string(flags) + "\n");
        return parse_manifest(text, "manifest.toml");
    };
    const auto manifest = with(R"(["zone", "a.b-c_D", "parcels.beta"])");
    ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
    EXPECT_EQ(manifest->flags, (std::vector<std::string>{"a.b-c_D", "parcels.beta", "zone"}));
    EXPECT_FALSE(manifest->any_flag);
    EXPECT_EQ(manifest->flag_number("parcels.beta"), 1U);
    EXPECT_EQ(manifest->flag_number("parcels"), std::nullopt);
    EXPECT_EQ(manifest->flag_number("*"), std::nullopt);
    const auto any = with(R"(["*", "a"])");
    ASSERT_TRUE(any.ok());
    EXPECT_TRUE(any->any_flag);
    EXPECT_EQ(any->flags, (std::vector<std::string>{"a"}));
    for (const char* bad :
         {R"(["a", "a"])", R"(["*", "*"])", R"(["a*"])", R"([""])", R"(["."])", R"(["a\n"])", "[1]"})
        EXPECT_FALSE(with(bad).ok()) << bad;
}

TEST(Manifest, IdsNeverShadowTheCore) {
    for (const std::string_view bad : {"", "a", "A1", "1a", "a-b", "tenants", "users", "flags", "plugins",
                                       "licenses", "abcdefghijklmnopqrstuvwxyzabcdef"})
        EXPECT_FALSE(is_plugin_id(bad)) << bad;
    EXPECT_TRUE(is_plugin_id("milestones"));
}

}  // namespace
}  // namespace mortise::host
