// What is stored and can't be read: it never takes the place of what is good.
#include "core/flags/export.hpp"
#include "core/flags/test_delivery_world.hpp"
#include "core/flags/unleash.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mortise::flags {
namespace {

using storage::Statement;
using storage::Type;

const Statement kSpoilFlag{"test.spoil_flag",
                           "UPDATE flags SET definition = $1, version = version + 1 WHERE key = $2",
                           {Type::kText, Type::kText}};
const Statement kSpoilSets{
    "test.spoil_sets", "UPDATE flag_sets SET definition = '[]', version = version + 1", {}};

const Statement kSpoilHistory{"test.spoil_history", "UPDATE flag_history SET became = '{'", {}};

class UnreadableTest : public DeliveryWorldTest {
 protected:
    void spoil(const Statement& statement, std::initializer_list<storage::Value> values) {
        ASSERT_TRUE(world.write([&](storage::Unit& unit) -> base::Status {
            MORTISE_TRY(unit.run(statement, values));
            return tenancy::bump_snapshot(unit, FlagStore::kName);
        }));
    }
    void spoil(std::string_view key, std::string_view definition = "{\"state\":") {
        spoil(kSpoilFlag, {definition, key});
    }
    static std::string said(const FlagStore& flags, const base::RequestContext& context,
                            std::string_view key) {
        const auto set = flags.read();
        const auto found = set->evaluate({.tenant = context.tenant, .tenant_slug = context.tenant_slug}, key);
        return std::string(found.error == ErrorCode::kNone ? found.value : to_string(found.error));
    }
    // The key of each, with a star if an earlier definition is in use; "set" for what a set shares.
    static std::string unreadable(const FlagStore& flags) {
        std::string all;
        for (const auto& one : *flags.unreadable())
            all += (one.key.empty() ? std::string("set") : one.key) + (one.stale ? "* " : " ");
        return all;
    }
    // As a process sees it that has just started.
    std::unique_ptr<FlagStore> fresh() {
        auto made = std::make_unique<FlagStore>();
        EXPECT_TRUE(world.read([&](storage::Unit& unit) { return made->load(unit); }));
        return made;
    }
};

TEST_F(UnreadableTest, AFlagGoesOnAsItWas) {
    ASSERT_TRUE(put(platform, "good", kFalse));
    ASSERT_TRUE(put(platform, "bad", kTrue));
    spoil("bad");
    EXPECT_EQ(said(store, acme, "bad"), "true");
    EXPECT_EQ(unreadable(store), "bad* ");
    // It does so as often as all is loaded, whatever else changes.
    ASSERT_TRUE(put(platform, "good", kTrue, 1));
    spoil("bad", "nonsense");
    EXPECT_EQ(said(store, acme, "good"), "true");
    EXPECT_EQ(said(store, acme, "bad"), "true");
    EXPECT_EQ(unreadable(store), "bad* ");
    ASSERT_TRUE(put(platform, "bad", kFalse));
    EXPECT_EQ(said(store, acme, "bad"), "false");
    EXPECT_EQ(unreadable(store), "");
}

TEST_F(UnreadableTest, AProcessStartsFromTheLastGoodOne) {
    ASSERT_TRUE(put(platform, "bad", kFalse));
    ASSERT_TRUE(put(platform, "bad", kTrue, 1));
    ASSERT_TRUE(override_with(acme, "bad", "on"));
    spoil("bad");
    const auto started = fresh();
    EXPECT_EQ(said(*started, acme, "bad"), "true");
    EXPECT_EQ(said(*started, other, "bad"), "true");
    EXPECT_EQ(unreadable(*started), "bad* ");
    // Clients that evaluate by themselves get the same.
    const auto document = world.read([&](storage::Unit& unit) { return unleash_features(other, unit); });
    ASSERT_TRUE(document);
    EXPECT_NE(document->find(R"("name":"bad")"), std::string::npos);
    EXPECT_EQ(document->find("omitted\":[{"), std::string::npos);
}

TEST_F(UnreadableTest, WhatReadsItsDefinitionSaysSo) {
    ASSERT_TRUE(put(acme, "bad", kTrue));
    spoil("bad");
    EXPECT_EQ(code_of(override_with(acme, "bad", "on")), "flag_unreadable");
    EXPECT_EQ(code_of(world.read([&](storage::Unit& unit) { return export_flags(acme, unit, flags); })),
              "flag_unreadable");
}

TEST_F(UnreadableTest, WithoutAGoodOneItIsAParseErrorAlone) {
    ASSERT_TRUE(put(platform, "good", kTrue));
    ASSERT_TRUE(put(platform, "bad", kTrue));
    spoil(kSpoilHistory, {});
    spoil("bad");
    const auto started = fresh();
    EXPECT_EQ(said(*started, acme, "good"), "true");
    EXPECT_EQ(said(*started, acme, "bad"), "PARSE_ERROR");
    EXPECT_EQ(unreadable(*started), "bad ");
    int count = 0;
    started->read()->evaluate_all({.tenant = acme.tenant}, [&](const Evaluation&) { ++count; });
    EXPECT_EQ(count, 2);
}

TEST_F(UnreadableTest, WhatASetSharesGoesOnAsItWas) {
    const std::string referring =
        R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"$ref":"r"},"on"]}})";
    ASSERT_TRUE(put_set(acme, R"({"$evaluators":{"r":{"==":[1,1]}}})"));
    ASSERT_TRUE(put(acme, "f", referring));
    ASSERT_TRUE(put(acme, "g", kTrue));
    spoil(kSpoilSets, {});
    EXPECT_EQ(said(store, acme, "f"), "true");
    EXPECT_EQ(unreadable(store), "set* ");
    // A flag that is new refers to what is known.
    ASSERT_TRUE(put(acme, "g", kFalse));
    EXPECT_EQ(said(store, acme, "g"), "false");
    EXPECT_EQ(said(*fresh(), acme, "f"), "true") << "by its history";
    spoil(kSpoilHistory, {});
    const auto started = fresh();
    EXPECT_EQ(said(*started, acme, "f"), "PARSE_ERROR");
    EXPECT_EQ(said(*started, acme, "g"), "false");
    EXPECT_EQ(unreadable(*started), "set ");
}

TEST_F(UnreadableTest, TagsFollowWhatIsStored) {
    ASSERT_TRUE(put(acme, "f", kTrue));
    const auto before = store.read()->config_tag(acme.tenant, 0);
    EXPECT_EQ(fresh()->read()->config_tag(acme.tenant, 0), before) << "the same on every node";
    ASSERT_TRUE(put(other, "g", kTrue));
    const auto after = store.read()->config_tag(acme.tenant, 0);
    EXPECT_EQ(after.fingerprint, before.fingerprint);
    EXPECT_EQ(after.version, before.version + 1);
    ASSERT_TRUE(put(acme, "f", kFalse));
    EXPECT_NE(store.read()->config_tag(acme.tenant, 0).fingerprint, before.fingerprint);
}

}  // namespace
}  // namespace mortise::flags
