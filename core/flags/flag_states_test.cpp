// The kill switch, the archive and prerequisites, as they are stored.
#include "core/flags/test_delivery_world.hpp"

namespace mortise::flags {
namespace {

using FlagStatesTest = DeliveryWorldTest;

TEST_F(FlagStatesTest, AKilledFlagIsOffEverywhere) {
    const auto staging = in(acme, "staging");
    ASSERT_TRUE(put(acme, "f", kTrue));
    ASSERT_TRUE(put(staging, "f", kTrue));
    ASSERT_TRUE(override_with(acme, "f", "on"));
    EXPECT_EQ(code_of(kill(acme, "f", "")), "invalid_reason");
    EXPECT_EQ(code_of(kill(acme, "g")), "flag_not_found");
    const auto killed = kill(acme, "f");
    ASSERT_TRUE(killed);
    EXPECT_EQ(killed->version, 2);
    EXPECT_EQ(killed->state.kill_reason, "It burns.");
    EXPECT_EQ(value(acme, "f"), "DISABLED");
    EXPECT_EQ(value(staging, "f"), "DISABLED");
    EXPECT_EQ(get(acme, "f")->state.killed_at, killed->state.killed_at);
    ASSERT_TRUE(put(acme, "f", kTrue));  // what is mended meanwhile stays off
    EXPECT_EQ(value(acme, "f"), "DISABLED");
    ASSERT_TRUE(change(&FlagService::revive, acme, "f"));
    ASSERT_TRUE(change(&FlagService::revive, acme, "f"));
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_EQ(value(staging, "f"), "true");
    ASSERT_TRUE(put(platform, "p", kTrue));
    EXPECT_EQ(code_of(kill(acme, "p")), "flag_inherited");
    ASSERT_TRUE(kill(platform, "p"));
    EXPECT_EQ(value(acme, "p"), "DISABLED");
    // A flag that comes later under the same key is another one.
    ASSERT_TRUE(remove(platform, "p"));
    ASSERT_TRUE(put(platform, "p", kTrue));
    EXPECT_EQ(value(acme, "p"), "true");
}

TEST_F(FlagStatesTest, AnArchivedFlagIsAsIfItWereGone) {
    ASSERT_TRUE(put(acme, "f", kTrue));
    const auto archived = change(&FlagService::archive, acme, "f");
    ASSERT_TRUE(archived);
    EXPECT_EQ(value(acme, "f"), "none");
    EXPECT_EQ(value(in(acme, "staging"), "f"), "none");
    EXPECT_EQ(listed(acme), "");
    EXPECT_EQ(listed(acme, true), "f@production ");
    EXPECT_EQ(listed(in(acme, "draft"), true), "f@production ");
    EXPECT_EQ(code_of(put(acme, "f", kFalse)), "flag_archived");
    EXPECT_EQ(code_of(put(in(acme, "staging"), "f", kFalse)), "flag_archived");
    EXPECT_EQ(code_of(override_with(acme, "f", "off")), "flag_archived");
    EXPECT_EQ(fault_of(import(acme, std::string(R"({"flags":{"f":)") + kFalse + "}}")),
              "/flags/f flag_archived");
    ASSERT_TRUE(change(&FlagService::unarchive, acme, "f"));
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_EQ(listed(acme, true), "");
}

TEST_F(FlagStatesTest, PrerequisitesAreThereAndDontLeadBack) {
    EXPECT_EQ(fault_of(put(acme, "a", needing("b"))), "/mortise/prerequisites/0/flag unknown_flag");
    EXPECT_EQ(value(acme, "a"), "none");
    ASSERT_TRUE(put(acme, "b", kTrue));
    EXPECT_EQ(fault_of(put(acme, "a", needing("b", "maybe"))),
              "/mortise/prerequisites/0/variants/0 unknown_variant");
    ASSERT_TRUE(put(acme, "a", needing("b")));
    EXPECT_EQ(value(acme, "a"), "true");
    EXPECT_EQ(fault_of(put(acme, "b", needing("a"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
    EXPECT_EQ(fault_of(put(acme, "b", needing("b"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
    ASSERT_TRUE(put(acme, "c", needing("a")));
    EXPECT_EQ(fault_of(put(acme, "b", needing("c"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
    ASSERT_TRUE(put(acme, "b", kFalse));
    EXPECT_EQ(value(acme, "c"), "false");
    EXPECT_EQ(code_of(remove(acme, "b")), "flag_in_use");
    EXPECT_EQ(code_of(change(&FlagService::archive, acme, "b")), "flag_in_use");
    ASSERT_TRUE(put(platform, "base", kTrue));
    ASSERT_TRUE(put(acme, "d", needing("base")));
    EXPECT_EQ(value(acme, "d"), "true");
    EXPECT_EQ(fault_of(put(platform, "e", needing("b"))), "/mortise/prerequisites/0/flag unknown_flag");
}

// What is fine in production may close a circle with what another environment has.
TEST_F(FlagStatesTest, ACircleAcrossEnvironmentsIsRefused) {
    const auto staging = in(acme, "staging");
    ASSERT_TRUE(put(acme, "a", kTrue));
    ASSERT_TRUE(put(acme, "b", kTrue));
    ASSERT_TRUE(put(staging, "a", needing("b")));
    EXPECT_EQ(fault_of(put(acme, "b", needing("a"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
    ASSERT_TRUE(remove(staging, "a"));
    ASSERT_TRUE(put(acme, "b", needing("a")));
    EXPECT_EQ(fault_of(put(staging, "a", needing("b"))), "/mortise/prerequisites/0/flag prerequisite_cycle");
}

TEST_F(FlagStatesTest, ChainsAndTreesOfPrerequisitesHaveLimits) {
    ASSERT_TRUE(put(acme, "f0", kTrue));
    for (int i = 1; i <= 8; ++i)
        ASSERT_TRUE(put(acme, "f" + std::to_string(i), needing("f" + std::to_string(i - 1)))) << i;
    EXPECT_EQ(value(acme, "f8"), "true");
    EXPECT_EQ(fault_of(put(acme, "f9", needing("f8"))), "/mortise/prerequisites too_many_prerequisites");
    ASSERT_TRUE(put(acme, "more", kTrue));
    EXPECT_EQ(fault_of(put(acme, "f0", needing("more"))), "/mortise/prerequisites too_many_prerequisites");
    std::string document = R"({"flags":{)";
    for (int i = 0; i < 300; ++i)
        document += R"("g)" + std::to_string(i) + R"(":)" + needing("g" + std::to_string(i + 1)) + ",";
    document += R"("g300":)" + std::string(kTrue) + "}}";
    EXPECT_EQ(code_of(import(acme, document)), "invalid_flag");
    EXPECT_EQ(value(acme, "g300"), "none");
}

TEST_F(FlagStatesTest, ADocumentsFlagsMayNeedEachOther) {
    const auto done = import(acme, R"({"flags":{"a":)" + needing("z") + R"(,"z":)" + kTrue + "}}");
    ASSERT_TRUE(done);
    EXPECT_EQ(value(acme, "a"), "true");
    EXPECT_EQ(fault_of(import(acme, R"({"flags":{"a":)" + needing("z") + R"(,"z":)" + needing("a") + "}}")),
              "/flags/z/mortise/prerequisites/0/flag prerequisite_cycle")
        << "the other one is as it was";
    EXPECT_EQ(value(acme, "a"), "true");
}

}  // namespace
}  // namespace mortise::flags
