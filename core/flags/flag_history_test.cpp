#include "core/flags/flag_history.hpp"

#include "core/flags/export.hpp"
#include "core/flags/test_service.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

class FlagHistoryTest : public ServiceTest {
 protected:
    std::vector<HistoryEntry> entries(const base::RequestContext& context, std::string_view key,
                                      std::string_view space = kFlagSpace) {
        auto page = world.read([&](storage::Unit& unit) {
            return history.list(context, unit, space, key, {.limit = 100, .cursor = {}});
        });
        if (page) return std::move(page->items);
        // Of what never was.
        EXPECT_TRUE(page.error().code.ends_with("_not_found")) << page.error().code;
        return {};
    }
    // What was done, oldest first.
    std::string told(const base::RequestContext& context, std::string_view key,
                     std::string_view space = kFlagSpace) {
        std::string all;
        const auto newest_first = entries(context, key, space);
        for (auto entry = newest_first.rbegin(); entry != newest_first.rend(); ++entry)
            all += entry->kind + (entry->subject.empty() ? "" : ":" + entry->subject) + " " + entry->action +
                   "; ";
        return all;
    }
    auto restore(const base::RequestContext& context, std::string_view key, std::int64_t number,
                 const tenancy::IfMatch& version = {}, std::string_view space = kFlagSpace) {
        return world.write(
            [&](storage::Unit& unit) { return history.restore(context, unit, space, key, number, version); });
    }
    auto import(const base::RequestContext& context, std::string_view document,
                const FlagService::ImportOptions& options = {}) {
        return world.write(
            [&](storage::Unit& unit) { return flags.import(context, unit, document, options); });
    }
    Export exported(const base::RequestContext& context) {
        auto made = world.read([&](storage::Unit& unit) { return export_flags(context, unit, flags); });
        if (made) return *std::move(made);
        ADD_FAILURE() << made.error().log_text;
        return {};
    }

    FlagHistory history{flags, segments};
};

TEST_F(FlagHistoryTest, AWriteIsKeptWithBothStatesItsAuthorAndWhy) {
    acme.comment = "because";
    ASSERT_TRUE(put(acme, "f", flag("off")));
    world.clock.advance_s(5);
    acme.comment.clear();
    ASSERT_TRUE(put(acme, "f", flag("on")));
    const auto all = entries(acme, "f");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].number, 1);
    EXPECT_EQ(all[1].action, "created");
    EXPECT_EQ(all[1].was, std::nullopt);
    EXPECT_EQ(all[1].became, flag("off"));
    EXPECT_EQ(all[1].comment, "because");
    EXPECT_EQ(all[1].author.kind, base::PrincipalKind::kUser);
    EXPECT_EQ(all[1].author.id, acme.principal.id);
    EXPECT_TRUE(all[1].actor.is_nil());
    EXPECT_TRUE(all[1].change_request.is_nil());
    EXPECT_EQ(all[0].number, 2);
    EXPECT_EQ(all[0].action, "updated");
    EXPECT_EQ(all[0].was, flag("off"));
    EXPECT_EQ(all[0].became, flag("on"));
    EXPECT_EQ(all[0].comment, "");
    EXPECT_EQ(all[0].done_at - all[1].done_at, 5 * base::kMicrosPerSecond);
}

TEST_F(FlagHistoryTest, AnAdministratorInsideATenantIsNamed) {
    acme.actor = {base::PrincipalKind::kUser, base::new_uuid(world.clock), "root"};
    ASSERT_TRUE(put(acme, "f", flag("off")));
    EXPECT_EQ(entries(acme, "f").at(0).actor, acme.actor.id);
}

TEST_F(FlagHistoryTest, EveryKindOfWriteIsKept) {
    ASSERT_TRUE(put(platform, "f", flag("off")));
    ASSERT_TRUE(override_with(acme, "f", "ada", "on"));
    ASSERT_TRUE(override_with(acme, "f", "", "on"));
    ASSERT_TRUE(override_with(acme, "f", "", "off"));
    ASSERT_TRUE(
        world.write([&](storage::Unit& unit) { return flags.remove_override(acme, unit, "f", "ada"); }));
    EXPECT_EQ(told(acme, "f"),
              "user_override:ada created; tenant_override created; tenant_override updated; "
              "user_override:ada deleted; ");
    ASSERT_TRUE(world.write(
        [&](storage::Unit& unit) { return flags.put_plan_override(platform, unit, "f", "standard", "on"); }));
    ASSERT_TRUE(world.write(
        [&](storage::Unit& unit) { return flags.remove_plan_override(platform, unit, "f", "standard"); }));
    ASSERT_TRUE(remove(platform, "f"));
    EXPECT_EQ(told(platform, "f"),
              "flag created; plan_override:standard created; plan_override:standard deleted; "
              "overrides deleted; flag deleted; ");
    ASSERT_TRUE(world.write(
        [&](storage::Unit& unit) { return flags.put_set(acme, unit, R"({"metadata":{"a":1}})", {}); }));
    EXPECT_EQ(told(acme, "", kFlagSetSpace), "flag_set created; ");
    EXPECT_EQ(told(other, "f"), "") << "nobody sees another one's";
}

TEST_F(FlagHistoryTest, SwitchesAndSegmentsAreKept) {
    ASSERT_TRUE(put(acme, "f", flag("off")));
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return flags.kill(acme, unit, "f", "smoke"); }));
    EXPECT_EQ(code_of(world.write([&](storage::Unit& unit) { return flags.archive(acme, unit, "f", 99); })),
              "version_mismatch");
    EXPECT_EQ(code_of(world.write([&](storage::Unit& unit) { return flags.revive(acme, unit, "f", 99); })),
              "version_mismatch");
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return flags.archive(acme, unit, "f"); }));
    EXPECT_EQ(told(acme, "f"), "flag created; state updated; state updated; ");
    EXPECT_EQ(entries(acme, "f").at(0).became, R"({"killed":true,"kill_reason":"smoke","archived":true})");
    EXPECT_EQ(code_of(restore(acme, "f", 2)), "nothing_to_restore");
    for (const char* const definition : {R"({"included":["ada"]})", R"({"included":["eve"]})"})
        ASSERT_TRUE(
            world.write([&](storage::Unit& unit) { return segments.put(acme, unit, "s", definition); }));
    EXPECT_EQ(told(acme, "s", kSegmentSpace), "segment created; segment updated; ");
    const auto restored = restore(acme, "s", 1, {}, kSegmentSpace);
    ASSERT_TRUE(restored) << restored.error().detail;
    EXPECT_EQ(nlohmann::json::parse(*restored->entry.became).at("included"), nlohmann::json({"ada"}));
}

TEST_F(FlagHistoryTest, AWriteIsKeptWhereItIsMade) {
    auto staging = acme;
    staging.environment = "staging";
    ASSERT_TRUE(put(acme, "f", flag("off")));
    ASSERT_TRUE(put(staging, "f", flag("on")));
    ASSERT_TRUE(world.write(
        [&](storage::Unit& unit) { return flags.promote(acme, unit, "f", "staging", "production"); }));
    EXPECT_EQ(told(staging, "f"), "flag created; ");
    EXPECT_EQ(told(acme, "f"), "flag created; flag updated; ");
    EXPECT_EQ(entries(acme, "f").at(0).became, flag("on"));
}

TEST_F(FlagHistoryTest, WhatFailsIsNotKept) {
    EXPECT_EQ(code_of(put(acme, "f", "{}")), "invalid_flag");
    EXPECT_EQ(code_of(override_with(acme, "f", "ada", "on")), "flag_not_found");
    EXPECT_EQ(told(acme, "f"), "");
}

TEST_F(FlagHistoryTest, AnEnvironmentHasItsOwn) {
    ASSERT_TRUE(put(acme, "f", flag("off")));
    auto staging = acme;
    staging.environment = "staging";
    EXPECT_EQ(told(staging, "f"), "");
}

TEST_F(FlagHistoryTest, AVersionIsRestored) {
    ASSERT_TRUE(put(acme, "f", flag("off")));
    ASSERT_TRUE(put(acme, "f", flag("on")));
    EXPECT_EQ(variant(acme, "f"), "on");
    const auto restored = restore(acme, "f", 1);
    ASSERT_TRUE(restored) << restored.error().detail;
    EXPECT_EQ(restored->entry.number, 3);
    EXPECT_EQ(restored->entry.became, flag("off"));
    EXPECT_EQ(variant(acme, "f"), "off");
    EXPECT_EQ(code_of(restore(acme, "f", 2, 1)), "version_mismatch");
    EXPECT_EQ(code_of(restore(acme, "f", 2, 3)), "");
    EXPECT_EQ(code_of(restore(acme, "f", 99)), "version_not_found");
    EXPECT_EQ(code_of(restore(other, "f", 1)), "version_not_found");
}

TEST_F(FlagHistoryTest, WhatWasDeletedComesBack) {
    ASSERT_TRUE(put(acme, "f", flag("on")));
    ASSERT_TRUE(remove(acme, "f"));
    EXPECT_EQ(code_of(restore(acme, "f", 2)), "nothing_to_restore");
    ASSERT_TRUE(restore(acme, "f", 1));
    EXPECT_EQ(variant(acme, "f"), "on");
}

TEST_F(FlagHistoryTest, OverridesAndTheSetAreRestored) {
    ASSERT_TRUE(put(acme, "f", flag("off")));
    ASSERT_TRUE(override_with(acme, "f", "ada", "on"));
    ASSERT_TRUE(override_with(acme, "f", "ada", "off"));
    ASSERT_TRUE(restore(acme, "f", 2));
    EXPECT_EQ(variant(acme, "f", "ada"), "on");
    for (const char* const set : {R"({"metadata":{"a":1}})", R"({"metadata":{"a":2}})"})
        ASSERT_TRUE(world.write([&](storage::Unit& unit) { return flags.put_set(acme, unit, set, {}); }));
    ASSERT_TRUE(restore(acme, "", 1, {}, kFlagSetSpace));
    EXPECT_EQ(store.read()->metadata(acme.tenant), R"({"a":1})");
}

// An import warns of what a direct write refuses; it can be restored nevertheless.
TEST_F(FlagHistoryTest, WhatWasTakenOnceIsTakenAgain) {
    ASSERT_TRUE(import(acme, R"({"flags":{"f":)" + flag("off", R"({"cat":"on"})") + "}}"));
    EXPECT_EQ(code_of(put(acme, "f", flag("off", R"({"cat":"on"})"))), "invalid_flag");
    ASSERT_TRUE(put(acme, "f", flag("off")));
    ASSERT_TRUE(restore(acme, "f", 1));
    EXPECT_EQ(variant(acme, "f"), "on");
}

TEST_F(FlagHistoryTest, OnlyTheNewestAreKeptOfEachKind) {
    ASSERT_TRUE(put(acme, "f", flag("off")));
    ASSERT_TRUE(world.write([&](storage::Unit& unit) -> base::Status {
        for (std::int64_t i = 0; i < kMaxHistory + 10; ++i)
            MORTISE_TRY(flags.put_override(acme, unit, "f", "ada", i % 2 == 0 ? "on" : "off"));
        return {};
    }));
    const auto flag_entry =
        world.read([&](storage::Unit& unit) { return history.get(acme, unit, kFlagSpace, "f", 1); });
    EXPECT_TRUE(flag_entry) << "overrides push out no definition";
    const auto count = [&](std::int64_t number) {
        return code_of(world.read(
            [&](storage::Unit& unit) { return history.get(acme, unit, kFlagSpace, "f", number); }));
    };
    EXPECT_EQ(count(11), "version_not_found");
    EXPECT_EQ(count(12), "");
    EXPECT_EQ(count(kMaxHistory + 11), "");
}

TEST_F(FlagHistoryTest, PagesGoBackInTime) {
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(put(acme, "f", flag(i % 2 == 0 ? "on" : "off")));
    const auto page = [&](const std::string& cursor) {
        return world.read([&](storage::Unit& unit) {
            return history.list(acme, unit, kFlagSpace, "f", {.limit = 2, .cursor = cursor});
        });
    };
    const auto first = page("");
    ASSERT_TRUE(first);
    ASSERT_EQ(first->items.size(), 2U);
    EXPECT_EQ(first->items[0].number, 5);
    const auto second = page(first->next_cursor);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->items.at(0).number, 3);
    const auto last = page(second->next_cursor);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->items.size(), 1U);
    EXPECT_EQ(last->next_cursor, "");
    for (const char* const bad : {"x", "0", "-1", "99999999999999999999"})
        EXPECT_EQ(code_of(page(bad)), "invalid_cursor") << bad;
}

TEST_F(FlagHistoryTest, AnExportIsWhatAnImportTakes) {
    ASSERT_TRUE(put(platform, "inherited", flag("on")));
    ASSERT_TRUE(import(acme, R"({"fractional":"v3","metadata":{"team":"x"},"$evaluators":{"e":{"==":[1,1]}},)"
                             R"("flags":{"b":)" +
                                 flag("on", R"({"if":[{"$ref":"e"},"off"]})") + R"(,"B":)" + flag("off") +
                                 "}}"));
    const auto made = exported(acme);
    const auto document = nlohmann::json::parse(made.document);
    EXPECT_EQ(document.at("flags").size(), 2U) << "only its own";
    EXPECT_EQ(document.at("fractional"), "v3");
    EXPECT_EQ(document.at("metadata").at("team"), "x");
    EXPECT_LT(made.document.find("\"B\":"), made.document.find("\"b\":")) << "in one order on every engine";
    ASSERT_TRUE(import(other, made.document));
    EXPECT_EQ(exported(other).document, made.document);
    EXPECT_EQ(exported(other).etag, made.etag);
    EXPECT_EQ(variant(other, "b"), "off");
    const auto again = import(other, made.document);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->unchanged, 2U);
    EXPECT_EQ(again->created + again->updated + again->deleted, 0U);
    EXPECT_EQ(told(other, "b"), "flag created; ") << "nothing was changed";
}

TEST_F(FlagHistoryTest, AWholeImportRemovesTheRest) {
    ASSERT_TRUE(import(
        acme, R"({"metadata":{"team":"x"},"flags":{"a":)" + flag("on") + R"(,"b":)" + flag("on") + "}}"));
    ASSERT_TRUE(put(other, "b", flag("on")));
    const auto done = import(acme, R"({"flags":{"a":)" + flag("off") + "}}", {.whole = true});
    ASSERT_TRUE(done);
    EXPECT_EQ(done->updated, 1U);
    EXPECT_EQ(done->deleted, 1U);
    EXPECT_EQ(variant(acme, "a"), "off");
    EXPECT_EQ(variant(acme, "b"), "none");
    EXPECT_EQ(variant(other, "b"), "on");
    EXPECT_EQ(store.read()->metadata(acme.tenant), "");
    EXPECT_EQ(told(acme, "b"), "flag created; flag deleted; ");
}

TEST_F(FlagHistoryTest, AWholeImportRemovesNothingThatIsNeeded) {
    const std::string needing =
        R"({"state":"ENABLED","variants":{"on":true},"defaultVariant":"on","mortise":{"prerequisites":[{"flag":"b","variants":["on"]}]}})";
    ASSERT_TRUE(import(acme, R"({"flags":{"a":)" + needing + R"(,"b":)" + flag("on") + "}}"));
    EXPECT_EQ(code_of(import(acme, R"({"flags":{"a":)" + needing + "}}", {.whole = true})), "flag_in_use");
    EXPECT_EQ(code_of(import(acme, R"({"flags":{}})", {.whole = true})), "") << "both at once";
    EXPECT_EQ(variant(acme, "a"), "none");
}

TEST_F(FlagHistoryTest, AnImportMayBeBasedOnAnExport) {
    ASSERT_TRUE(put(acme, "a", flag("on")));
    const auto tag = exported(acme).etag;
    const std::string document = R"({"flags":{"a":)" + flag("off") + "}}";
    EXPECT_EQ(code_of(import(acme, document, {.based_on = "\"another\""})), "version_mismatch");
    EXPECT_EQ(variant(acme, "a"), "on");
    EXPECT_EQ(code_of(import(acme, document, {.based_on = "\"another\", " + tag})), "");
    EXPECT_EQ(code_of(import(acme, document, {.based_on = tag})), "version_mismatch");
    EXPECT_EQ(code_of(import(acme, document, {.based_on = "*"})), "");
}

TEST_F(FlagHistoryTest, ATenantsHistoryGoesWithIt) {
    ASSERT_TRUE(put(acme, "f", flag("on")));
    std::size_t rows = 0;
    ASSERT_TRUE(world.read([&](storage::Unit& unit) {
        return data.export_rows(unit, acme.tenant,
                                [&](std::string_view kind, std::string_view, std::string_view) {
                                    if (kind == "flag_history") ++rows;
                                    return base::Status();
                                });
    }));
    EXPECT_EQ(rows, 1U);
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return data.remove_rows(unit, acme.tenant); }));
    EXPECT_EQ(told(acme, "f"), "");
}

}  // namespace
}  // namespace mortise::flags
