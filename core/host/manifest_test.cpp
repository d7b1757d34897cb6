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

Manifest with_lines(const std::string& top, const std::string& tables, std::string& refused) {
    std::string text(kGood);
    text.insert(text.find("\n[[scopes]]"), top + "\n");
    const auto manifest = parse_manifest(text + tables, "manifest.toml");
    refused = manifest.ok() ? "" : manifest.error().detail;
    return manifest.ok() ? *manifest : Manifest();
}

TEST(Manifest, ListsWhatItProvidesAndCalls) {
    std::string refused;
    const Manifest manifest =
        with_lines(R"(calls = ["rules.decisions/1", "notifications.send-now/12"])",
                   "[[provides]]\ninterface = \"parcels.tracking/1\"\nmethods = [\"find\", \"find_all2\"]\n"
                   "[[provides]]\ninterface = \"parcels.tracking/2\"\nmethods = [\"find\"]\n",
                   refused);
    ASSERT_EQ(refused, "");
    EXPECT_TRUE(manifest.provides_method("parcels.tracking/1", "find_all2"));
    EXPECT_FALSE(manifest.provides_method("parcels.tracking/2", "find_all2"));
    EXPECT_FALSE(manifest.provides_method("parcels.tracking/3", "find"));
    EXPECT_TRUE(manifest.may_call("notifications.send-now/12"));
    EXPECT_FALSE(manifest.may_call("rules.decisions/2"));
    EXPECT_EQ(plugin_of_interface("rules.decisions/1"), "rules");
    EXPECT_EQ(plugin_of_interface("rules"), "rules");
}

TEST(Manifest, InterfacesAreThePluginsOwnAndNotCalledByIt) {
    std::string refused;
    for (const char* calls :
         {R"(["rules"])", R"(["rules.decisions"])", R"(["rules.decisions/0"])", R"(["rules.decisions/01"])",
          R"(["rules.decisions/10000"])", R"(["rules./1"])", R"(["users.decisions/1"])",
          R"(["rules.Decisions/1"])", R"(["rules.decisions/1/2"])", R"(["rules.a.b/1"])", "[1]",
          R"(["parcels.tracking/1"])", R"(["rules.decisions/1", "rules.decisions/1"])"}) {
        (void)with_lines(std::string("calls = ") + calls, "", refused);
        EXPECT_NE(refused, "") << calls;
    }
    for (const char* provides :
         {"interface = \"rules.decisions/1\"\nmethods = [\"a\"]", "interface = \"parcels.a/1\"\nmethods = []",
          "interface = \"parcels.a/1\"", "methods = [\"a\"]",
          "interface = \"parcels.a/1\"\nmethods = [\"a\", \"a\"]",
          "interface = \"parcels.a/1\"\nmethods = [\"A\"]",
          "interface = \"parcels.a/1\"\nmethods = [\"a\"]\ncolour = 1",
          "interface = \"parcels.a/1\"\nmethods = [\"a\"]\n[[provides]]\ninterface = \"parcels.a/1\"\n"
          "methods = [\"b\"]"}) {
        (void)with_lines("", std::string("[[provides]]\n") + provides + "\n", refused);
        EXPECT_NE(refused, "") << provides;
    }
}

TEST(Manifest, IdsNeverShadowTheCore) {
    for (const std::string_view bad : {"", "a", "A1", "1a", "a-b", "tenants", "users", "flags", "plugins",
                                       "licenses", "abcdefghijklmnopqrstuvwxyzabcdef"})
        EXPECT_FALSE(is_plugin_id(bad)) << bad;
    EXPECT_TRUE(is_plugin_id("milestones"));
}

}  // namespace
}  // namespace mortise::host
