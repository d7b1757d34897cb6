#include "core/flags/flag_set.hpp"

#include "core/flags/flag_set_builder.hpp"
#include "core/flags/override_table.hpp"
#include "core/flags/test_tenants.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// Counts what this program takes from the heap, so that a test can tell that something takes nothing.
namespace {
std::atomic<std::size_t> heap_uses{0};
}  // namespace

void* operator new(std::size_t size) {
    ++heap_uses;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++heap_uses;
    return std::malloc(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size) {
    return operator new(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return operator new(size, std::nothrow);
}
// Never inlined: a caller that sees free() in the place of delete, and new not, takes them for a mismatch.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace mortise::flags {
namespace {

std::shared_ptr<const CompiledFlag> compiled(std::string_view key, std::string_view definition,
                                             const RuleSet& set = {}) {
    const auto parsed = parse_definition(definition, set, Strictness::kFlagd);
    if (!parsed) ADD_FAILURE() << key << ": " << parsed.error().fields.at(0).pointer;
    return std::make_shared<const CompiledFlag>(key, *parsed, parsed->metadata);
}

constexpr char kColour[] =
    R"({"state":"ENABLED","variants":{"red":"r","green":"g","blue":"b"},"defaultVariant":"red"})";

std::string outcome(const FlagSet& set, const Subject& subject, std::string_view key) {
    const auto evaluation = set.evaluate(subject, key);
    return std::string(to_string(evaluation.reason)) + " " +
           std::string(evaluation.error == ErrorCode::kNone ? evaluation.variant
                                                            : to_string(evaluation.error));
}

TEST(FlagSetPlans, GiveWhatNeitherTenantNorUserHas) {
    FlagSetBuilder builder;
    builder.add_flag({}, compiled("colour", kColour));
    builder.add_flag({}, compiled("other", kColour));
    builder.add_flag(kOther, compiled("colour", kColour));
    builder.add_override(kAcme, "colour", "ada", "blue");
    builder.add_override(kAcme, "colour", "eve", "pink");
    builder.add_override(kAcme, "nothing", "", "blue");
    builder.add_plan_override("gold", "colour", "green");
    builder.add_plan_override("gold", "nothing", "green");
    builder.add_plan_override("iron", "colour", "pink");
    const auto set = builder.build();
    const auto of = [&](const base::Uuid& tenant, std::string_view plan, std::string_view user = "bob") {
        return outcome(set, {.tenant = tenant, .plan = plan, .targeting_key = user}, "colour");
    };
    EXPECT_EQ(of(kAcme, "gold"), "TARGETING_MATCH green");
    EXPECT_EQ(of(kAcme, "gold", "ada"), "TARGETING_MATCH blue");
    EXPECT_EQ(of(kAcme, "gold", "eve"), "TARGETING_MATCH green");  // of a variant that isn't there
    EXPECT_EQ(of(kAcme, "iron"), "STATIC red");
    EXPECT_EQ(of(kAcme, "standard"), "STATIC red");
    EXPECT_EQ(of(kAcme, ""), "STATIC red");
    EXPECT_EQ(of(kOther, "gold"), "STATIC red");  // a flag of its own
    EXPECT_EQ(outcome(set, {.tenant = kAcme, .plan = "gold"}, "other"), "STATIC red");
    EXPECT_EQ(set.override_count(), 2U);
}

TEST(FlagSetRules, DecideWithTheContext) {
    FlagSetBuilder builder;
    builder.add_flag({}, compiled("f", R"({"state":"ENABLED","variants":{"on":true,"off":false,"7":true},
        "defaultVariant":"off","targeting":{"if":[{"==":[{"var":"who"},"ada"]},"on",
            {"==":[{"var":"who"},"null"]},null,{"==":[{"var":"who"},"seven"]},7,
            {"==":[{"var":"who"},"pink"]},"pink",{"+":[{"var":"who"}]}]}})"));
    builder.add_flag({}, compiled("bool", R"({"state":"ENABLED","variants":{"true":1,"false":2},
        "defaultVariant":"false","targeting":{"in":[{"var":"tenant"},["acme"]]}})"));
    builder.add_flag({},
                     compiled("none", R"({"state":"ENABLED","variants":{"a":1},"targeting":{"var":"x"}})"));
    builder.add_flag({}, compiled("broken", R"({"state":"ENABLED","variants":{"a":1},"defaultVariant":"a",
        "targeting":{"$ref":"x"}})"));
    builder.add_override(kAcme, "broken", "ada", "a");
    const auto set = builder.build();
    const auto who = [&](const char* name) {
        const std::vector<Member> attributes{{"who", Value::string(name)}};
        return outcome(set, {.attributes = attributes}, "f");
    };
    EXPECT_EQ(who("ada"), "TARGETING_MATCH on");
    EXPECT_EQ(who("null"), "DEFAULT off");
    EXPECT_EQ(who("seven"), "TARGETING_MATCH 7");
    EXPECT_EQ(who("pink"), "ERROR GENERAL");
    EXPECT_EQ(who("bob"), "ERROR GENERAL");
    EXPECT_EQ(outcome(set, {.tenant_slug = "acme"}, "bool"), "TARGETING_MATCH true");
    EXPECT_EQ(outcome(set, {.tenant_slug = "other"}, "bool"), "TARGETING_MATCH false");
    EXPECT_EQ(outcome(set, {}, "none"), "DEFAULT ");
    EXPECT_EQ(outcome(set, {}, "broken"), "ERROR PARSE_ERROR");
    EXPECT_EQ(outcome(set, {.tenant = kAcme, .targeting_key = "ada"}, "broken"), "TARGETING_MATCH a");
    EXPECT_EQ(outcome(set, {}, "nothing"), "ERROR FLAG_NOT_FOUND");
}

TEST(OverrideTable, FindsEachOfMany) {
    OverrideTable table;
    std::map<std::string, std::uint32_t> expected;
    for (std::uint32_t i = 0; i < 3000; ++i) {
        const std::string user = "user-" + std::to_string(i);
        ASSERT_TRUE(table.add(i % 2 == 0 ? kAcme : kOther, i % 7, user, i));
        expected[user] = i;
    }
    ASSERT_TRUE(table.add(kAcme, 3, "", 9999));
    table.seal();
    const auto acme = table.find(kAcme), other = table.find(kOther);
    for (const auto& [user, i] : expected) {
        EXPECT_EQ(table.for_user(i % 2 == 0 ? acme : other, i % 7, user), i);
        EXPECT_EQ(table.for_user(i % 2 == 0 ? other : acme, i % 7, user), OverrideTable::kNone);
        EXPECT_EQ(table.for_user(i % 2 == 0 ? acme : other, i % 7 + 1, user), OverrideTable::kNone);
    }
    EXPECT_EQ(table.for_tenant(acme, 3), 9999U);
    EXPECT_EQ(table.for_tenant(acme, 2), OverrideTable::kNone);
    EXPECT_EQ(table.for_tenant(other, 3), OverrideTable::kNone);
    EXPECT_EQ(table.for_user(acme, 3, ""), OverrideTable::kNone);
    EXPECT_EQ(table.for_user(table.find(base::Uuid{}), 3, "user-0"), OverrideTable::kNone);
    EXPECT_EQ(table.size(), 3001U);
}

TEST(TextIndex, NumbersTexts) {
    const TextIndex index({"b", "", "a"});
    EXPECT_EQ(index.find("b"), 0U);
    EXPECT_EQ(index.find(""), 1U);
    EXPECT_EQ(index.find("a"), 2U);
    EXPECT_EQ(index.find("c"), TextIndex::kNone);
    EXPECT_EQ(index[2], "a");
    EXPECT_EQ(TextIndex().find("a"), TextIndex::kNone);
    EXPECT_EQ(TextIndex(std::vector<std::string_view>()).find("a"), TextIndex::kNone);
}

TEST(Arena, HandsOutAndTakesBack) {
    alignas(8) std::array<std::byte, 64> first;
    Arena arena(first, 1000);
    auto* const a = arena.allocate<char>(3);
    auto* const b = arena.allocate<double>(2);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b) % alignof(double), 0U);
    EXPECT_GE(static_cast<void*>(a), static_cast<void*>(first.data()));
    EXPECT_LT(static_cast<void*>(b), static_cast<void*>(first.data() + first.size()));
    EXPECT_EQ(arena.block_bytes(), 0U);
    EXPECT_NE(arena.allocate<char>(0), arena.allocate<char>(0));
    EXPECT_NE(arena.allocate<char>(500), nullptr);
    EXPECT_GT(arena.block_bytes(), 0U);
    EXPECT_EQ(arena.allocate<char>(1001), nullptr);
    EXPECT_EQ(arena.allocate<double>(SIZE_MAX / 8), nullptr);
    EXPECT_EQ(arena.copy("text"), "text");
    EXPECT_NE(arena.copy("").data(), nullptr);
    arena.reset();
    EXPECT_EQ(arena.block_bytes(), 0U);
    EXPECT_EQ(arena.allocate<char>(3), a);
}

// Of everything that an evaluation has: overrides, comparisons, text, arrays, versions, shares.
TEST(FlagSet, EvaluatesWithoutTheHeap) {
    FlagSetBuilder builder;
    builder.add_flag({}, compiled("static", kColour));
    builder.add_flag({},
                     compiled("split", R"({"state":"ENABLED","variants":{"a":1,"b":2},"defaultVariant":"a",
        "targeting":{"fractional":[["a",50],["b",50]]}})"));
    builder.add_flag({}, compiled("rule", R"({"state":"ENABLED","variants":{"a":1,"b":2},"defaultVariant":"a",
        "targeting":{"if":[{"and":[{"sem_ver":[{"var":"version"},">=","1.2.0"]},
            {"in":[{"cat":[{"var":"first"},"-",{"var":"n"}]},["x-5","y-5"]]},
            {"some":[{"map":[{"var":"list"},{"+":[{"var":""},1]}]},{">":[{"var":""},3]}]},
            {"==":[{"substr":[{"var":"first"},0,1]},"x"]},{"!":{"missing":["first","n"]}}]},
            {"fractional":[{"cat":[{"var":"$flagd.flagKey"},{"var":"first"}]},["a",1],["b",{"var":"n"}]]},"a"]}})"));
    builder.add_flag({}, compiled("v3", R"({"state":"ENABLED","variants":{"a":1,"b":2},"defaultVariant":"a",
        "targeting":{"fractional":[{"var":"object"},["a",50],["b",50]]}})",
                                  {.fractional = FractionalVersion::kV3}));
    builder.add_override(kAcme, "static", "ada", "blue");
    builder.add_plan_override("gold", "static", "green");
    const auto set = builder.build();
    const std::vector<Value> list{Value::number(1), Value::number(2), Value::number(3)};
    const std::vector<Member> object{{"a", Value::number(1)}, {"b", Value::string("x")}};
    const std::vector<Member> attributes{{"first", Value::string("x")},
                                         {"list", Value::array(list)},
                                         {"n", Value::number(5)},
                                         {"object", Value::object(object)},
                                         {"version", Value::string("1.3.0")}};
    const auto run = [&](std::string_view user, std::string_view key) {
        return set.evaluate({.tenant = kAcme,
                             .tenant_slug = "acme",
                             .plan = "gold",
                             .targeting_key = user,
                             .attributes = attributes,
                             .now = 1},
                            key);
    };
    const auto before = heap_uses.load();
    const auto overridden = run("ada", "static"), of_plan = run("bob", "static"), split = run("ada", "split"),
               rule = run("ada", "rule"), v3 = run("ada", "v3"), missing = run("ada", "nothing");
    EXPECT_EQ(heap_uses.load(), before);
    EXPECT_EQ(overridden.variant, "blue");
    EXPECT_EQ(of_plan.variant, "green");
    EXPECT_EQ(split.reason, Reason::kTargetingMatch);
    EXPECT_EQ(rule.reason, Reason::kTargetingMatch);
    EXPECT_EQ(v3.reason, Reason::kTargetingMatch);
    EXPECT_FALSE(missing.found);
    auto noticed = std::make_unique<int>(1);  // the count counts
    EXPECT_GT(heap_uses.load(), before);
}

// 10,000 flags and 10,000 tenants with 100 overrides each take at most 150 MB: here a hundredth of the
// tenants, and a block of keys that may be almost empty.
TEST(FlagSet, KeepsAnOverrideInFewBytes) {
    FlagSetBuilder builder;
    std::vector<std::string> keys;
    for (int i = 0; i < 1000; ++i) {
        keys.push_back("some-team.some-feature-" + std::to_string(i));
        builder.add_flag({}, compiled(keys.back(), kColour));
    }
    for (std::uint8_t tenant = 1; tenant <= 100; ++tenant) {
        base::Uuid id;
        id.bytes[15] = tenant;
        for (int i = 0; i < 100; ++i)
            builder.add_override(id, keys[static_cast<std::size_t>(i * 7 + tenant) % keys.size()],
                                 "0190a0b0-c0d0-7000-8000-" + std::to_string(100'000'000'000 + i), "green");
    }
    const auto set = builder.build();
    EXPECT_EQ(set.override_count(), 10'000U);
    const auto flags_alone = [&] {
        FlagSetBuilder without;
        for (const auto& key : keys)
            without.add_flag({}, compiled(key, kColour));
        return without.build().bytes();
    }();
    EXPECT_LE((set.bytes() - flags_alone - (1U << 20)) / set.override_count(), 70U);
    EXPECT_LE(flags_alone / keys.size(), 2000U);
}

}  // namespace
}  // namespace mortise::flags
