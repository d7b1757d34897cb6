#include "core/flags/flag_service.hpp"

#include "core/flags/snapshot.hpp"
#include "core/flags/tenant_data.hpp"
#include "core/tenancy/test_world.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mortise::flags {
namespace {

constexpr char kBoolean[] =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"})";
constexpr char kOther[] = R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"})";

class FlagServiceTest : public ::testing::Test {
 protected:
    FlagServiceTest() {
        world.snapshots.add(store);
        acme = tenancy::World::context_in(world.make_tenant("acme"));
        other = tenancy::World::context_in(world.make_tenant("other"));
    }

    template <class T>
    static std::string code_of(const base::Result<T>& result) {
        return result ? "" : result.error().code;
    }
    auto put(const base::RequestContext& context, std::string_view key,
             std::string_view definition = kBoolean, std::optional<std::int64_t> version = {}) {
        return world.write(
            [&](storage::Unit& unit) { return service.put(context, unit, key, definition, version); });
    }
    auto remove(const base::RequestContext& context, std::string_view key,
                std::optional<std::int64_t> version = {}) {
        return world.write([&](storage::Unit& unit) { return service.remove(context, unit, key, version); });
    }
    auto override_with(const base::RequestContext& context, std::string_view key, std::string_view user,
                       std::string_view variant) {
        return world.write(
            [&](storage::Unit& unit) { return service.put_override(context, unit, key, user, variant); });
    }
    auto drop_override(const base::RequestContext& context, std::string_view key, std::string_view user) {
        return world.write(
            [&](storage::Unit& unit) { return service.remove_override(context, unit, key, user); });
    }
    auto import(const base::RequestContext& context, std::string_view document) {
        return world.write([&](storage::Unit& unit) { return service.import(context, unit, document); });
    }
    auto put_set(const base::RequestContext& context, std::string_view definition,
                 std::optional<std::int64_t> version = {}) {
        return world.write(
            [&](storage::Unit& unit) { return service.put_set(context, unit, definition, version); });
    }
    auto get_set(const base::RequestContext& context) {
        return world.read([&](storage::Unit& unit) { return service.get_set(context, unit); });
    }
    auto give_plan(const base::RequestContext& context, std::string_view key, std::string_view plan,
                   std::string_view variant) {
        return world.write([&](storage::Unit& unit) {
            return service.put_plan_override(context, unit, key, plan, variant);
        });
    }
    auto get(const base::RequestContext& context, std::string_view key) {
        return world.read([&](storage::Unit& unit) { return service.get(context, unit, key); });
    }
    std::string value(const base::RequestContext& context, std::string_view key,
                      std::string_view user = "u") {
        const auto set = store.read();
        const auto evaluation = set->evaluate({.tenant = context.tenant,
                                               .tenant_slug = context.tenant_slug,
                                               .plan = context.plan,
                                               .targeting_key = user},
                                              key);
        if (!evaluation.found) return "none";
        return std::string(evaluation.error == ErrorCode::kNone ? evaluation.value
                                                                : to_string(evaluation.error));
    }

    FlagData data;
    tenancy::World world{{&data}};
    FlagStore store;
    FlagService service{world.clock};
    base::RequestContext platform = tenancy::system_context();
    base::RequestContext acme;
    base::RequestContext other;
};

TEST_F(FlagServiceTest, AWriteIsSeenAtOnce) {
    EXPECT_EQ(value(acme, "f"), "none");
    const auto created = put(platform, "f");
    ASSERT_TRUE(created);
    EXPECT_TRUE(created->created);
    EXPECT_EQ(created->flag.version, 1);
    EXPECT_EQ(value(acme, "f"), "false");
    const auto updated = put(platform, "f", kOther, 1);
    ASSERT_TRUE(updated);
    EXPECT_FALSE(updated->created);
    EXPECT_EQ(updated->flag.version, 2);
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_TRUE(remove(platform, "f", 2));
    EXPECT_EQ(value(acme, "f"), "none");
}

TEST_F(FlagServiceTest, VersionsAreKept) {
    EXPECT_EQ(code_of(put(platform, "f", kBoolean, 1)), "version_mismatch");  // there is none yet
    ASSERT_TRUE(put(platform, "f"));
    EXPECT_EQ(code_of(put(platform, "f", kOther, 7)), "version_mismatch");
    EXPECT_EQ(remove(platform, "f", 7).error().code, "version_mismatch");
    EXPECT_EQ(value(platform, "f"), "false");
}

TEST_F(FlagServiceTest, AnInheritedKeyCanBeOverriddenNotReplaced) {
    ASSERT_TRUE(put(platform, "f"));
    EXPECT_EQ(code_of(put(acme, "f")), "flag_inherited");
    EXPECT_EQ(remove(acme, "f").error().code, "flag_inherited");
    EXPECT_EQ(get(acme, "f")->tenant, base::Uuid{});
    ASSERT_TRUE(override_with(acme, "f", "", "on"));
    ASSERT_TRUE(override_with(acme, "f", "ada", "off"));
    EXPECT_EQ(value(acme, "f", "bob"), "true");
    EXPECT_EQ(value(acme, "f", "ada"), "false");
    EXPECT_EQ(value(other, "f", "bob"), "false");
    ASSERT_TRUE(drop_override(acme, "f", "ada"));
    EXPECT_EQ(value(acme, "f", "ada"), "true");
    EXPECT_EQ(drop_override(acme, "f", "ada").error().code, "override_not_found");
}

TEST_F(FlagServiceTest, ATenantsFlagIsItsOwn) {
    ASSERT_TRUE(put(acme, "mine", kOther));
    EXPECT_EQ(value(acme, "mine"), "true");
    EXPECT_EQ(value(other, "mine"), "none");
    EXPECT_EQ(code_of(get(other, "mine")), "flag_not_found");
    EXPECT_EQ(code_of(override_with(other, "mine", "", "on")), "flag_not_found");
    EXPECT_EQ(remove(other, "mine").error().code, "flag_not_found");
    ASSERT_TRUE(put(other, "mine", kBoolean));  // the same key, another flag
    EXPECT_EQ(value(acme, "mine"), "true");
    // The platform takes the key later: what tenants had stays theirs.
    ASSERT_TRUE(put(platform, "mine", kBoolean));
    EXPECT_EQ(value(acme, "mine"), "true");
    ASSERT_TRUE(put(acme, "mine", kOther));
}

TEST_F(FlagServiceTest, RefusesWhatIsWrong) {
    EXPECT_EQ(code_of(put(platform, "a\n")), "invalid_flag_key");
    EXPECT_EQ(code_of(put(platform, "f", "{}")), "invalid_flag");
    EXPECT_EQ(code_of(put(platform, "f", "nonsense")), "invalid_json");
    EXPECT_EQ(code_of(get(platform, "f")), "flag_not_found");
    ASSERT_TRUE(put(platform, "f"));
    EXPECT_EQ(code_of(override_with(platform, "f", "", "on")), "tenant_required");
    EXPECT_EQ(code_of(override_with(acme, "f", "", "maybe")), "unknown_variant");
    EXPECT_EQ(code_of(override_with(acme, "f", std::string(257, 'u'), "on")), "invalid_targeting_key");
    EXPECT_EQ(code_of(override_with(acme, "f", "\xff", "on")), "invalid_targeting_key");
    EXPECT_EQ(code_of(override_with(acme, "g", "", "on")), "flag_not_found");
}

TEST_F(FlagServiceTest, ADocumentIsImportedWholeOrNotAtAll) {
    ASSERT_TRUE(put(platform, "inherited"));
    const std::string flag = kBoolean;
    EXPECT_EQ(code_of(import(acme, R"({"flags":{"a":)" + flag + R"(,"b":{"state":"?"}}})")), "invalid_flag");
    const auto clash = import(acme, R"({"flags":{"a":)" + flag + R"(,"inherited":)" + flag + "}}");
    ASSERT_FALSE(clash);
    EXPECT_EQ(clash.error().code, "flag_inherited");
    EXPECT_EQ(clash.error().fields.at(0).pointer, "/flags/inherited");
    EXPECT_EQ(value(acme, "a"), "none");
    const auto done = import(acme, R"({"flags":{"a":)" + flag + R"(,"b":)" + flag + "}}");
    ASSERT_TRUE(done);
    EXPECT_EQ(done->created, 2U);
    EXPECT_EQ(import(acme, R"({"flags":{"a":)" + std::string(kOther) + "}}")->updated, 1U);
    EXPECT_EQ(value(acme, "a"), "true");
}

TEST_F(FlagServiceTest, AListShowsOwnAndInherited) {
    ASSERT_TRUE(put(platform, "p1"));
    ASSERT_TRUE(put(acme, "a1"));
    ASSERT_TRUE(put(other, "o1"));
    ASSERT_TRUE(put(platform, "a1"));
    const auto keys = [&](const base::RequestContext& context) {
        std::string all;
        tenancy::PageRequest request{.limit = 1};
        do {
            const auto page =
                world.read([&](storage::Unit& unit) { return service.list(context, unit, request); });
            for (const auto& flag : page->items)
                all += flag.key + (flag.tenant.is_nil() ? "" : "*") + " ";
            request.cursor = page->next_cursor;
        } while (!request.cursor.empty());
        return all;
    };
    EXPECT_EQ(keys(platform), "p1 a1 ");
    EXPECT_EQ(keys(acme), "p1 a1* ");
    EXPECT_EQ(keys(other), "p1 o1* a1 ");
}

TEST_F(FlagServiceTest, ARemovedFlagTakesItsOverridesAlong) {
    ASSERT_TRUE(put(acme, "own", kBoolean));
    ASSERT_TRUE(put(platform, "f"));
    ASSERT_TRUE(put(platform, "own"));
    for (const auto* const key : {"own", "f"})
        ASSERT_TRUE(override_with(acme, key, "", "on"));
    ASSERT_TRUE(override_with(other, "own", "", "on"));
    ASSERT_TRUE(remove(platform, "f"));
    ASSERT_TRUE(remove(platform, "own"));
    ASSERT_TRUE(put(platform, "f"));
    ASSERT_TRUE(put(platform, "own"));
    EXPECT_EQ(value(acme, "f"), "false");
    EXPECT_EQ(value(other, "own"), "false");
    EXPECT_EQ(value(acme, "own"), "true");  // of its own flag, which was never removed
}

TEST_F(FlagServiceTest, ATenantTakesItsFlagsAlong) {
    ASSERT_TRUE(put(acme, "a"));
    ASSERT_TRUE(override_with(acme, "a", "ada", "on"));
    ASSERT_TRUE(world.tenants.export_tenant(platform, "acme"));
    ASSERT_TRUE(world.tenants.remove(platform, "acme", {}));
    EXPECT_EQ(value(acme, "a", "ada"), "none");
    EXPECT_EQ(code_of(get(acme, "a")), "flag_not_found");
}

constexpr char kReferring[] =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off",)"
    R"("targeting":{"if":[{"$ref":"us"},"on"]}})";

TEST_F(FlagServiceTest, FlagsShareWhatTheirSetHas) {
    EXPECT_EQ(get_set(acme)->version, 0);
    EXPECT_EQ(get_set(acme)->definition, R"({"fractional":"v2","metadata":{},"$evaluators":{}})");
    EXPECT_EQ(code_of(put(acme, "f", kReferring)), "invalid_flag");
    ASSERT_TRUE(
        put_set(acme, R"({"metadata":{"team":"x"},"$evaluators":{"us":{"==":[{"var":"tenant"},"acme"]}}})"));
    ASSERT_TRUE(put(acme, "f", kReferring));
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_EQ(store.read()->evaluate({.tenant = acme.tenant}, "f").metadata, R"({"team":"x"})");
    EXPECT_EQ(store.read()->metadata(acme.tenant), R"({"team":"x"})");
    // A change of the set is a change of each of its flags.
    ASSERT_TRUE(put_set(acme, R"({"$evaluators":{"us":{"==":[{"var":"tenant"},"other"]}}})", 1));
    EXPECT_EQ(value(acme, "f"), "false");
    EXPECT_EQ(store.read()->evaluate({.tenant = acme.tenant}, "f").metadata, "");
    EXPECT_EQ(code_of(put_set(acme, "{}", 1)), "version_mismatch");
    // Each owner has its own.
    EXPECT_EQ(get_set(platform)->version, 0);
    EXPECT_EQ(code_of(put(other, "f", kReferring)), "invalid_flag");
}

TEST_F(FlagServiceTest, AnEvaluatorCantBreakAFlagThatWorks) {
    ASSERT_TRUE(put_set(acme, R"({"$evaluators":{"us":{"==":[{"var":"tenant"},"acme"]}}})"));
    ASSERT_TRUE(put(acme, "f", kReferring));
    const auto refused = put_set(acme, "{}");
    EXPECT_EQ(code_of(refused), "invalid_flag_set");
    EXPECT_EQ(refused.error().fields.at(0).pointer, "/$evaluators");
    EXPECT_EQ(code_of(import(acme, R"({"flags":{},"$evaluators":{"us":{"!":[{"$ref":"us"}]}}})")),
              "invalid_flag");
    EXPECT_EQ(value(acme, "f"), "true");
    // One that never worked is nobody's loss.
    ASSERT_TRUE(import(other, std::string(R"({"flags":{"g":)") + kReferring + "}}"));
    EXPECT_EQ(value(other, "g"), "PARSE_ERROR");
    ASSERT_TRUE(put_set(other, R"({"$evaluators":{"them":{"==":[1,1]}}})"));
    ASSERT_TRUE(put_set(other, R"({"$evaluators":{"us":{"==":[{"var":"tenant"},"other"]}}})"));
    EXPECT_EQ(value(other, "g"), "true");
}

TEST_F(FlagServiceTest, ADocumentBringsItsSet) {
    const auto done = import(acme, std::string(R"({"flags":{"f":)") + kReferring +
                                       R"(},"$evaluators":{"us":{"==":[{"var":"tenant"},"acme"]}},)"
                                       R"("metadata":{"flagSetId":"s"},"fractional":"v3"})");
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->warnings.empty());
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_EQ(
        get_set(acme)->definition,
        R"({"fractional":"v3","metadata":{"flagSetId":"s"},"$evaluators":{"us":{"==":[{"var":"tenant"},"acme"]}}})");
    // What a document doesn't say stays.
    ASSERT_TRUE(import(acme, R"({"flags":{},"$evaluators":{"more":{"==":[1,1]}}})"));
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_EQ(get_set(acme)->version, 2);
    ASSERT_TRUE(import(acme, std::string(R"({"flags":{"g":)") + kReferring + "}}"));
    EXPECT_EQ(get_set(acme)->version, 2);
    EXPECT_EQ(value(acme, "g"), "true");
    const auto warned =
        import(acme, R"({"flags":{"h":{"state":"ENABLED","variants":{"a":1},"targeting":{"cat":"a"}}}})");
    ASSERT_TRUE(warned);
    EXPECT_EQ(warned->warnings.at(0).pointer, "/flags/h/targeting/cat");
    EXPECT_EQ(value(acme, "h"), "1");
}

TEST_F(FlagServiceTest, APlanGivesWhatItsTenantsGet) {
    ASSERT_TRUE(put(platform, "f"));
    const auto given = give_plan(platform, "f", "standard", "on");
    ASSERT_TRUE(given);
    EXPECT_EQ(given->version, 1);
    EXPECT_EQ(value(acme, "f"), "true");
    EXPECT_EQ(value(platform, "f"), "false");
    ASSERT_TRUE(override_with(acme, "f", "", "off"));
    EXPECT_EQ(value(acme, "f"), "false");
    EXPECT_EQ(value(other, "f"), "true");
    EXPECT_EQ(code_of(give_plan(platform, "f", "golden", "on")), "plan_not_found");
    EXPECT_EQ(code_of(give_plan(platform, "f", "standard", "maybe")), "unknown_variant");
    EXPECT_EQ(code_of(give_plan(platform, "g", "standard", "on")), "flag_not_found");
    const auto found = world.read(
        [&](storage::Unit& unit) { return service.get_plan_override(platform, unit, "f", "standard"); });
    EXPECT_EQ(found->variant, "on");
    ASSERT_TRUE(world.write(
        [&](storage::Unit& unit) { return service.remove_plan_override(platform, unit, "f", "standard"); }));
    EXPECT_EQ(value(other, "f"), "false");
    // With the flag it goes as well.
    ASSERT_TRUE(give_plan(platform, "f", "standard", "on"));
    ASSERT_TRUE(remove(platform, "f"));
    ASSERT_TRUE(put(platform, "f"));
    EXPECT_EQ(value(other, "f"), "false");
}

TEST_F(FlagServiceTest, ATenantTakesItsSetAlong) {
    ASSERT_TRUE(put_set(acme, R"({"metadata":{"a":1}})"));
    ASSERT_TRUE(world.tenants.export_tenant(platform, "acme"));
    ASSERT_TRUE(world.tenants.remove(platform, "acme", {}));
    EXPECT_EQ(get_set(acme)->version, 0);
    EXPECT_EQ(store.read()->metadata(acme.tenant), "");
}

}  // namespace
}  // namespace mortise::flags
