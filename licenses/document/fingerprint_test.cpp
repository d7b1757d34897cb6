#include "licenses/document/fingerprint.hpp"

#include "licenses/document/machine.hpp"
#include "licenses/document/test_chain.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;
using testing::refusal;

MachineIds machine() {
    return {{"machine_id", {"0123456789abcdef"}},
            {"dmi_uuid", {"4c4c4544-0042"}},
            {"mac", {"00:11:22:33:44:55", "00:11:22:33:44:66"}},
            {"disk", {"d1-d1-d1"}}};
}

bool still_matches(MatchRule rule, std::size_t of, std::size_t changed) {
    MachineIds before, now;
    for (std::size_t i = 0; i < of; ++i) {
        const std::string source = "s" + std::to_string(i);
        before[source] = {"value-" + source};
        now[source] = {i < changed ? "another" : "value-" + source};
    }
    return matches({false, rule, make_fingerprint(before)}, now);
}

// Of four sources: how many may change.
TEST(Fingerprint, RulesCountSources) {
    for (const auto& [rule, may_change] : {std::pair{MatchRule::kAll, 0u}, std::pair{MatchRule::kMost, 1u},
                                           std::pair{MatchRule::kTwo, 2u}, std::pair{MatchRule::kAny, 3u}}) {
        EXPECT_TRUE(still_matches(rule, 4, may_change)) << to_string(rule);
        EXPECT_FALSE(still_matches(rule, 4, may_change + 1)) << to_string(rule);
    }
    EXPECT_TRUE(still_matches(MatchRule::kMost, 3, 1));
    EXPECT_FALSE(still_matches(MatchRule::kMost, 3, 2));
    EXPECT_FALSE(still_matches(MatchRule::kMost, 2, 1)) << "one of two is not most";
    EXPECT_TRUE(still_matches(MatchRule::kMost, 1, 0));
}

TEST(Fingerprint, OneValueInCommonIsAMatchOfItsSource) {
    const Fingerprint print = make_fingerprint(machine());
    MachineIds now = machine();
    now["mac"] = {"aa:aa:aa:aa:aa:aa", "00:11:22:33:44:66"};
    EXPECT_EQ(matching_sources(print, now), 4u);
    now["mac"] = {"aa:aa:aa:aa:aa:aa"};
    EXPECT_EQ(matching_sources(print, now), 3u);
    now["extra"] = {"x"};
    now.erase("disk");
    EXPECT_EQ(matching_sources(print, now), 2u);
}

TEST(Fingerprint, AValueCountsUnderItsOwnSourceOnly) {
    const Fingerprint print = make_fingerprint({{"machine_id", {"same-value"}}});
    EXPECT_EQ(matching_sources(print, {{"disk", {"same-value"}}}), 0u);
}

TEST(Fingerprint, SaltedAndWithoutSerialNumbers) {
    const Fingerprint one = make_fingerprint(machine()), two = make_fingerprint(machine());
    EXPECT_NE(one.salt, two.salt);
    EXPECT_NE(one.ids.at("machine_id"), two.ids.at("machine_id"));
    const std::string text = fingerprint_json(one).dump();
    for (const auto& [source, values] : machine())
        for (const std::string& value : values)
            EXPECT_EQ(text.find(value), std::string::npos) << source;
}

// The vendor sees hashes only, and has to tell an installation that asks again from a copy of it elsewhere.
TEST(Fingerprint, OfOneInstallationCanBeCompared) {
    MachineIds here = machine();
    here["installation"] = {"b3c1a1de-6f0c-4d6a-9d6b-0e6a3a1f7a11"};
    const Binding held{false, MatchRule::kMost, make_fingerprint(here)};
    EXPECT_TRUE(same_machine(held, make_fingerprint(here)));
    MachineIds now = here;
    now["disk"] = {"new"};
    now["mac"] = {"aa:aa:aa:aa:aa:aa"};
    EXPECT_TRUE(same_machine(held, make_fingerprint(now))) << "three of five";
    now["dmi_uuid"] = {"new"};
    EXPECT_FALSE(same_machine(held, make_fingerprint(now))) << "two of five";
    now = here;
    now.erase("disk");
    EXPECT_TRUE(same_machine(held, make_fingerprint(now)));
    EXPECT_FALSE(same_machine({false, MatchRule::kAll, held.fingerprint}, make_fingerprint(now)));
    // The data folder copied to another machine: the installation alone is what it was.
    const MachineIds copy{{"machine_id", {"x"}}, {"disk", {"y"}}, {"installation", here["installation"]}};
    EXPECT_FALSE(same_machine(held, make_fingerprint(copy)));
    EXPECT_TRUE(same_machine({false, MatchRule::kAny, held.fingerprint}, make_fingerprint(copy)))
        << "any source may be the installation's id: this rule counts installations";
    // Two installations on one machine, and one whose salt is random: nothing can be told.
    MachineIds other = here;
    other["installation"] = {"b3c1a1de-6f0c-4d6a-9d6b-0e6a3a1f7a12"};
    EXPECT_NE(make_fingerprint(other).salt, held.fingerprint.salt);
    EXPECT_FALSE(same_machine(held, make_fingerprint(other)));
    const Binding unsalted{false, MatchRule::kAny, make_fingerprint(machine())};
    EXPECT_FALSE(same_machine(unsalted, make_fingerprint(machine())));
    EXPECT_FALSE(same_machine({.by_activation = true}, held.fingerprint));
}

// In a container nothing else may be stable: it is rebuilt with another machine id and another address.
TEST(Fingerprint, AContainerWithAMountedId) {
    const MachineIds first{{"machine_id", {"built-monday"}}, {"file", {"customer-7"}}};
    const MachineIds rebuilt{{"machine_id", {"built-tuesday"}}, {"file", {"customer-7"}}};
    const MachineIds stranger{{"machine_id", {"built-monday"}}, {"file", {"customer-8"}}};
    const Binding binding{false, MatchRule::kAll, make_fingerprint({{"file", {"customer-7"}}})};
    EXPECT_TRUE(matches(binding, first));
    EXPECT_TRUE(matches(binding, rebuilt));
    EXPECT_FALSE(matches(binding, stranger));
    EXPECT_FALSE(matches(binding, {}));
}

TEST(Fingerprint, ABindingByActivationOrWithoutSourcesMatchesNoMachine) {
    EXPECT_FALSE(matches({.by_activation = true}, machine()));
    EXPECT_FALSE(matches({}, machine()));
}

TEST(Fingerprint, RoundTrips) {
    const Binding binding{false, MatchRule::kTwo, make_fingerprint(machine())};
    const auto back = read_binding(binding_json(binding));
    ASSERT_TRUE(back.ok()) << back.refusal().detail;
    EXPECT_EQ(*back, binding);
    EXPECT_TRUE(read_binding({{"rule", "activation"}})->by_activation);
}

TEST(Fingerprint, IsReadStrictly) {
    const json good = binding_json({false, MatchRule::kAny, make_fingerprint(machine())});
    const auto with = [&](const char* member, const json& value) {
        json claim = good;
        claim[member] = value;
        return refusal(read_binding(claim));
    };
    EXPECT_EQ(refusal(read_binding(good)), "");
    EXPECT_EQ(with("rule", "some"), "bad_claims");
    EXPECT_EQ(with("rule", "activation"), "bad_claims") << "names a machine as well";
    EXPECT_EQ(with("salt", "AAAA"), "bad_claims");
    EXPECT_EQ(with("ids", json::object()), "bad_claims");
    EXPECT_EQ(with("ids", {{"mac", json::array()}}), "bad_claims");
    EXPECT_EQ(with("ids", {{"mac", {"AAAA"}}}), "bad_claims");
    EXPECT_EQ(with("ids", {{"MAC", good.at("ids").at("mac")}}), "bad_claims");
    EXPECT_EQ(with("unless", 1), "bad_claims");
    const json hash = good.at("ids").at("disk").at(0);
    EXPECT_EQ(with("ids", {{"disk", {hash, hash}}}), "bad_claims");
    json two = good;
    two["ids"] = {{"disk", {hash}}};
    two["rule"] = "two";
    EXPECT_EQ(refusal(read_binding(two)), "bad_claims") << "two of one";
}

// A machine's files, made up.
class MachineFiles : public ::testing::Test {
 protected:
    MachineFiles() {
        std::string name = (std::filesystem::temp_directory_path() / "mortise-machine-XXXXXX").string();
        root_ = ::mkdtemp(name.data());
        sources_.machine_id = root_ / "machine-id";
        sources_.dmi_uuid = root_ / "product_uuid";
        sources_.interfaces = root_ / "net";
        sources_.mounts = root_ / "mountinfo";
        sources_.disks_by_uuid = root_ / "by-uuid";
    }
    ~MachineFiles() override { std::filesystem::remove_all(root_); }

    void write(const std::filesystem::path& path, const std::string& content) {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << content;
    }

    std::filesystem::path root_;
    MachineSources sources_;
};

TEST_F(MachineFiles, CollectsWhatThereIs) {
    write("machine-id", "0123456789abcdef0123456789abcdef\n");
    write("product_uuid", "4C4C4544-0042-3510-8052-B4C04F564231\n");
    write("net/eth0/address", "00:1b:21:3a:4c:5d\n");
    write("net/eth0/device/vendor", "0x8086\n");
    write("net/veth12/address", "00:1b:21:00:00:01\n");  // no device
    write("net/wlan0/address", "02:1b:21:3a:4c:5d\n");   // made up by the system
    write("net/wlan0/device/vendor", "x\n");
    write("dev/sda1", "");
    std::filesystem::create_directories(root_ / "by-uuid");
    std::filesystem::create_symlink(root_ / "dev/sda1", root_ / "by-uuid/9f1c-0002-uuid");
    write("mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n29 1 8:1 / / rw,relatime shared:1 - ext4 " +
                           (root_ / "dev/sda1").string() + " rw\n");
    write("id", "  customer-0007 \n");
    sources_.id_file = root_ / "id";
    const MachineIds found = collect_machine(sources_);
    EXPECT_EQ(found, (MachineIds{{"machine_id", {"0123456789abcdef0123456789abcdef"}},
                                 {"dmi_uuid", {"4C4C4544-0042-3510-8052-B4C04F564231"}},
                                 {"mac", {"00:1b:21:3a:4c:5d"}},
                                 {"disk", {"9f1c-0002-uuid"}},
                                 {"file", {"customer-0007"}}}));
}

TEST_F(MachineFiles, WhatManyMachinesShareIsLeftOut) {
    write("machine-id", "uninitialized\n");
    write("product_uuid", "00000000-0000-0000-0000-000000000000\n");
    write("id", "short\n");
    sources_.id_file = root_ / "id";
    EXPECT_EQ(collect_machine(sources_), MachineIds{});
    write("product_uuid", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\n");
    write("id", std::string(5000, 'x'));
    EXPECT_EQ(collect_machine(sources_), MachineIds{});
}

TEST_F(MachineFiles, NothingToRead) {
    EXPECT_EQ(collect_machine(sources_), MachineIds{});
    sources_.id_file = root_;  // a folder
    EXPECT_EQ(collect_machine(sources_), MachineIds{});
}

}  // namespace
}  // namespace mortise::licenses
