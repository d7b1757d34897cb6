#include "core/flags/delivery.hpp"

#include "core/flags/flag_set_builder.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mortise::flags {
namespace {

const base::Uuid kPlatformOwner{};
const base::Uuid kTenantOwner = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000001");
constexpr std::int64_t kNoon = 1'769'860'800;  // 2026-01-31T12:00:00Z

std::string with_member(const std::string& mortise, const std::string& more = "") {
    return R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off")" + more +
           R"(,"mortise":)" + mortise + "}";
}

// "pointer code" of each fault, one a line.
std::string delivery_faults(const std::string& mortise) {
    const auto parsed = parse_definition(with_member(mortise));
    std::string all;
    if (!parsed)
        for (const auto& fault : parsed.error().fields)
            all += fault.pointer + " " + fault.code + "\n";
    return all;
}

struct Given {
    std::string key;
    std::string definition;
    base::Uuid owner = kPlatformOwner;
    FlagSwitch state = FlagSwitch::kOn;
    RuleSet set = {};
};

FlagSet flags_of(const std::vector<Given>& given) {
    FlagSetBuilder builder;
    for (const auto& one : given) {
        const auto parsed = parse_definition(one.definition, one.set);
        EXPECT_TRUE(parsed) << one.key << ": " << (parsed ? "" : parsed.error().fields.at(0).pointer);
        if (parsed)
            builder.add_flag(one.owner, std::make_shared<const CompiledFlag>(one.key, *parsed, ""),
                             one.state);
    }
    return builder.build();
}

Evaluation ask(const FlagSet& set, std::string_view key, std::string_view user = "u",
               std::int64_t now = kNoon) {
    return set.evaluate({.tenant = kTenantOwner, .tenant_slug = "acme", .targeting_key = user, .now = now},
                        key);
}

std::string given_variant(const FlagSet& set, std::string_view key, std::string_view user = "u",
                          std::int64_t now = kNoon) {
    return std::string(ask(set, key, user, now).variant);
}

TEST(Delivery, IsKeptWithTheFlagAsItWasSent) {
    const auto whole = with_member(
        R"({"client":true,"off_variant":"off","prerequisites":[{"flag":"base","variants":["on"]}],)"
        R"("rollout":{"by":"tenant","percent":12.5,"variant":"on"},"schedule":{"from":"2026-01-31T12:00:00Z"}})");
    const auto parsed = parse_definition(whole);
    ASSERT_TRUE(parsed);
    EXPECT_NE(parsed->json.find(R"("prerequisites":[{"flag":"base","variants":["on"]}])"), std::string::npos);
    ASSERT_NE(parsed->delivery, nullptr);
    EXPECT_TRUE(parsed->delivery->client);
    EXPECT_TRUE(parsed->delivery->rollout.at(0).by_tenant);
    EXPECT_EQ(parsed->delivery->rollout.at(0).parts_at(0), 12'500U);
    EXPECT_EQ(parsed->delivery->schedule.from, kNoon * base::kMicrosPerSecond);
}

TEST(Delivery, RefusesWhatIsWrongWithAPointer) {
    EXPECT_EQ(delivery_faults("{}"), "");
    EXPECT_EQ(delivery_faults("[]"), "/mortise invalid_type\n");
    EXPECT_EQ(delivery_faults(R"({"clients":true,"client":1})"),
              "/mortise/clients unknown_member\n/mortise/client invalid_type\n");
    EXPECT_EQ(delivery_faults(R"({"off_variant":"maybe"})"), "/mortise/off_variant unknown_variant\n");
    EXPECT_EQ(
        delivery_faults(
            R"({"prerequisites":[{"flag":"a\u0001","variants":[]},{"flag":"c","variants":[1],"x":1}]})"),
        "/mortise/prerequisites/0/flag invalid_flag_key\n"
        "/mortise/prerequisites/0/variants invalid_variants\n"
        "/mortise/prerequisites/1/x unknown_member\n"
        "/mortise/prerequisites/1/variants/0 invalid_type\n");
    EXPECT_EQ(delivery_faults(
                  R"({"prerequisites":[{"flag":"c","variants":["on"]},{"flag":"c","variants":["on"]}]})"),
              "/mortise/prerequisites/1/flag repeated_key\n");
    EXPECT_EQ(delivery_faults(R"({"schedule":{"from":"2026-01-31","until":5}})"),
              "/mortise/schedule/from invalid_time\n/mortise/schedule/until invalid_time\n");
    EXPECT_EQ(
        delivery_faults(R"({"schedule":{"from":"2026-01-31T12:00:00Z","until":"2026-01-31T12:00:00Z"}})"),
        "/mortise/schedule/until invalid_schedule\n");
    EXPECT_EQ(delivery_faults(R"({"rollout":{"percent":5}})"), "/mortise/rollout/variant unknown_variant\n");
    EXPECT_EQ(delivery_faults(R"({"rollout":{"variant":"on"}})"), "/mortise/rollout invalid_rollout\n");
    EXPECT_EQ(delivery_faults(R"({"rollout":{"variant":"on","percent":5,"steps":[]}})"),
              "/mortise/rollout invalid_rollout\n");
    EXPECT_EQ(delivery_faults(R"({"rollout":{"variant":"on","by":"plan","percent":100.5}})"),
              "/mortise/rollout/by invalid_value\n/mortise/rollout/percent invalid_percent\n");
    EXPECT_EQ(delivery_faults(R"({"rollout":{"variant":"on","percent":0.0001}})"),
              "/mortise/rollout/percent invalid_percent\n");
    EXPECT_EQ(
        delivery_faults(R"({"rollout":{"variant":"on","steps":[{"at":"2026-02-01T00:00:00Z","percent":5},)"
                        R"({"at":"2026-02-01T00:00:00Z","percent":6}]}})"),
        "/mortise/rollout/steps/1/at invalid_rollout\n");
    std::string many = "[";
    for (int i = 0; i < 17; ++i)
        many +=
            std::string(i > 0 ? "," : "") + R"({"flag":"f)" + std::to_string(i) + R"(","variants":["on"]})";
    EXPECT_EQ(delivery_faults(R"({"prerequisites":)" + many + "]}"),
              "/mortise/prerequisites invalid_prerequisites\n");
}

TEST(Delivery, AScheduleSwitchesOnAndOff) {
    const std::string schedule =
        R"("schedule":{"from":"2026-01-31T12:00:00Z","until":"2026-01-31T13:00:00+00:00"})";
    const auto set = flags_of({{"plain", with_member("{" + schedule + "}")},
                               {"off", with_member(R"({"off_variant":"off",)" + schedule + "}",
                                                   R"(,"targeting":{"if":[true,"on"]})")}});
    EXPECT_EQ(ask(set, "plain", "u", kNoon - 1).reason, Reason::kDisabled);
    EXPECT_TRUE(ask(set, "plain", "u", kNoon - 1).value.empty());
    EXPECT_EQ(given_variant(set, "off", "u", kNoon - 1), "off");
    EXPECT_EQ(ask(set, "off", "u", kNoon - 1).reason, Reason::kTargetingMatch);
    EXPECT_EQ(given_variant(set, "off", "u", kNoon), "on");
    EXPECT_EQ(given_variant(set, "off", "u", kNoon + 3599), "on");
    EXPECT_EQ(given_variant(set, "off", "u", kNoon + 3600), "off");
    // Not STATIC: a client would keep it.
    EXPECT_EQ(ask(set, "plain", "u", kNoon).reason, Reason::kDefault);
    EXPECT_EQ(set.next_change(kTenantOwner, kNoon - 100), kNoon);
    EXPECT_EQ(set.next_change(kTenantOwner, kNoon), kNoon + 3600);
    EXPECT_EQ(set.next_change(kTenantOwner, kNoon + 3600), std::nullopt);
}

// The share is that of a `fractional`, whose buckets are tested with flagd's own vectors.
TEST(Delivery, ARolloutIsTheShareOfAFractional) {
    for (const auto version : {FractionalVersion::kV2, FractionalVersion::kV3}) {
        const RuleSet rules{.fractional = version};
        const auto rolled = flags_of({{"f",
                                       with_member(R"({"rollout":{"variant":"on","percent":12.5}})"),
                                       {},
                                       FlagSwitch::kOn,
                                       rules}});
        const auto fractional =
            flags_of({{"f",
                       with_member("{}", R"(,"targeting":{"fractional":[["on",125],["off",875]]})"),
                       {},
                       FlagSwitch::kOn,
                       rules}});
        int on = 0;
        for (int i = 0; i < 2000; ++i) {
            const auto user = "user-" + std::to_string(i);
            EXPECT_EQ(given_variant(rolled, "f", user), given_variant(fractional, "f", user)) << user;
            on += given_variant(rolled, "f", user) == "on";
        }
        EXPECT_GT(on, 180);
        EXPECT_LT(on, 320);
    }
}

TEST(Delivery, ARolloutGrowsAndNobodyFallsOut) {
    const auto set = flags_of(
        {{"f",
          with_member(
              R"({"rollout":{"variant":"on","steps":[{"at":"2026-01-31T12:00:00Z","percent":5},)"
              R"({"at":"2026-01-31T13:00:00Z","percent":50},{"at":"2026-01-31T14:00:00Z","percent":100}]}})")}});
    int first = 0, second = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto user = "user-" + std::to_string(i);
        EXPECT_EQ(given_variant(set, "f", user, kNoon - 1), "off");
        const bool early = given_variant(set, "f", user, kNoon) == "on";
        const bool later = given_variant(set, "f", user, kNoon + 3600) == "on";
        EXPECT_TRUE(!early || later) << user;
        EXPECT_EQ(given_variant(set, "f", user, kNoon + 7200), "on");
        first += early;
        second += later;
    }
    EXPECT_LT(first, 100);
    EXPECT_GT(second, 400);
    EXPECT_EQ(ask(set, "f", "", kNoon + 7200).error, ErrorCode::kTargetingKeyMissing);
}

TEST(Delivery, ARolloutByTenantIsTheSameForAllItsUsers) {
    const auto set =
        flags_of({{"f", with_member(R"({"rollout":{"variant":"on","by":"tenant","percent":50}})")}});
    int on = 0;
    for (int i = 0; i < 400; ++i) {
        const auto slug = "tenant-" + std::to_string(i);
        const Subject ada{.tenant = kTenantOwner, .tenant_slug = slug, .targeting_key = "ada", .now = kNoon};
        const Subject nobody{.tenant = kTenantOwner, .tenant_slug = slug, .now = kNoon};
        EXPECT_EQ(set.evaluate(ada, "f").variant, set.evaluate(nobody, "f").variant);
        on += set.evaluate(ada, "f").variant == "on";
    }
    EXPECT_GT(on, 150);
    EXPECT_LT(on, 250);
    EXPECT_EQ(set.evaluate({.targeting_key = "ada", .now = kNoon}, "f").variant, "off");  // no tenant
}

TEST(Delivery, AShareOfTheUsersNeedsAUser) {
    const auto set = flags_of({{"f", with_member(R"({"rollout":{"variant":"on","percent":100}})",
                                                 R"(,"targeting":{"if":[{"var":"vip"},"off"]})")}});
    const auto missing = set.evaluate({.now = kNoon}, "f");
    EXPECT_EQ(missing.error, ErrorCode::kTargetingKeyMissing);
    EXPECT_EQ(to_string(missing.error), "TARGETING_KEY_MISSING");
    EXPECT_EQ(given_variant(set, "f", "ada"), "on");
}

TEST(Delivery, TheRuleGoesBeforeTheRollout) {
    const auto set = flags_of(
        {{"f", with_member(R"({"rollout":{"variant":"on","percent":100}})",
                           R"(,"targeting":{"if":[{"==":[{"var":"targetingKey"},"ada"]},"off"]})")}});
    EXPECT_EQ(given_variant(set, "f", "ada"), "off");
    EXPECT_EQ(ask(set, "f", "ada").reason, Reason::kTargetingMatch);
    EXPECT_EQ(given_variant(set, "f", "bob"), "on");
}

std::string needs(const std::string& other, const std::string& more = "") {
    return with_member(R"({"off_variant":"off","prerequisites":[{"flag":")" + other +
                           R"(","variants":["on"]})" + more + "]}",
                       R"(,"targeting":{"if":[true,"on"]})");
}
const std::string kFlagOn = with_member("{}", R"(,"targeting":{"if":[true,"on"]})");
const std::string kFlagOff = with_member("{}");
const std::string kDisabled =
    R"({"state":"DISABLED","variants":{"on":true,"off":false},"defaultVariant":"on"})";

TEST(Delivery, PrerequisitesMustHold) {
    const auto set = flags_of({{"on", kFlagOn},
                               {"not", kFlagOff},
                               {"disabled", kDisabled},
                               {"killed", kFlagOn, {}, FlagSwitch::kKilled},
                               {"archived", kFlagOn, {}, FlagSwitch::kArchived},
                               {"a", needs("on")},
                               {"b", needs("not")},
                               {"c", needs("disabled")},
                               {"d", needs("killed")},
                               {"e", needs("archived")},
                               {"f", needs("nothing")},
                               {"g", needs("a")},
                               {"h", needs("on", R"(,{"flag":"not","variants":["on","off"]})")},
                               {"i", needs("b")}});
    EXPECT_EQ(given_variant(set, "a"), "on");
    for (const auto* const key : {"b", "c", "d", "e", "f", "i"})
        EXPECT_EQ(given_variant(set, key), "off") << key;
    EXPECT_EQ(given_variant(set, "g"), "on");
    EXPECT_EQ(given_variant(set, "h"), "on");
}

TEST(Delivery, ATenantsFlagNeedsItsOwnOrThePlatforms) {
    const auto set = flags_of({{"base", kFlagOn},
                               {"both", kFlagOff},
                               {"mine", needs("base"), kTenantOwner},
                               {"both", kFlagOn, kTenantOwner},
                               {"of-both", needs("both"), kTenantOwner},
                               {"theirs", needs("both")},
                               {"private", kFlagOn, kTenantOwner},
                               {"nosy", needs("private")}});
    EXPECT_EQ(given_variant(set, "mine"), "on");
    EXPECT_EQ(given_variant(set, "of-both"), "on");
    EXPECT_EQ(given_variant(set, "theirs"), "off");
    EXPECT_EQ(given_variant(set, "nosy"), "off");
}

TEST(Delivery, OverridesComeAfterWhatSwitchesOff) {
    FlagSetBuilder builder;
    const auto add = [&builder](const char* key, const std::string& definition,
                                FlagSwitch state = FlagSwitch::kOn) {
        builder.add_flag({}, std::make_shared<const CompiledFlag>(key, *parse_definition(definition), ""),
                         state);
    };
    add("base", kFlagOff);
    add("needs", needs("base"));
    add("killed", kFlagOff, FlagSwitch::kKilled);
    add("rolled", with_member(R"({"rollout":{"variant":"on","percent":100}})"));
    for (const auto* const key : {"needs", "killed"})
        builder.add_override(kTenantOwner, key, "u", "on");
    builder.add_override(kTenantOwner, "base", "ada", "on");
    builder.add_override(kTenantOwner, "rolled", "u", "off");
    const auto set = builder.build();
    EXPECT_EQ(given_variant(set, "needs"), "off");
    EXPECT_EQ(given_variant(set, "needs", "ada"), "on");  // the prerequisite is asked for the same subject
    EXPECT_EQ(ask(set, "killed").reason, Reason::kDisabled);
    EXPECT_EQ(given_variant(set, "rolled"), "off");
    EXPECT_EQ(given_variant(set, "rolled", "ada"), "on");
}

// What was stored is trusted no more than what is sent.
TEST(Delivery, ACircleOrATreeThatWasStoredEndsWithAnError) {
    std::vector<Given> flags{{"a", needs("b")}, {"b", needs("a")}, {"self", needs("self")}};
    for (int level = 0; level < 8; ++level) {
        std::string all;
        for (int i = 0; i < 16; ++i)
            all += std::string(i > 0 ? "," : "") + R"({"flag":"t)" + std::to_string(level + 1) + "-" +
                   std::to_string(i) + R"(","variants":["on"]})";
        for (int i = 0; i < 16; ++i)
            flags.push_back({"t" + std::to_string(level) + "-" + std::to_string(i),
                             level == 7 ? kFlagOn : with_member(R"({"prerequisites":[)" + all + "]}")});
    }
    const auto set = flags_of(flags);
    for (const auto* const key : {"a", "self"})
        EXPECT_EQ(given_variant(set, key), "off") << key;  // the inner one fails, so that it isn't "on"
    const auto tree = ask(set, "t0-0");
    EXPECT_TRUE(tree.value.empty());
    EXPECT_NE(tree.reason, Reason::kTargetingMatch);
}

TEST(Delivery, ClientsSeeWhatIsForThem) {
    const auto set = flags_of(
        {{"client", with_member(R"({"client":true})")},
         {"gone", with_member(R"({"client":true})"), {}, FlagSwitch::kArchived},
         {"needs", with_member(R"({"client":true,"prerequisites":[{"flag":"server","variants":["off"]}]})")},
         {"server", kFlagOff}});
    const auto keys = [&set](bool client_only) {
        std::string all;
        set.evaluate_all({.tenant = kTenantOwner, .client_only = client_only},
                         [&all](const Evaluation& one) { all += std::string(one.key) + " "; });
        return all;
    };
    EXPECT_EQ(keys(true), "client needs ");
    EXPECT_EQ(keys(false), "client needs server ");
    EXPECT_FALSE(set.evaluate({.client_only = true}, "server").found);
    EXPECT_TRUE(set.evaluate({.client_only = true}, "client").found);
    EXPECT_EQ(set.evaluate({.client_only = true}, "needs").variant, "off");  // asked for, not shown
    EXPECT_FALSE(set.evaluate({}, "gone").found);
}

TEST(Delivery, AnArchivedFlagOfATenantHidesThePlatforms) {
    const auto set = flags_of({{"f", kFlagOn}, {"f", kFlagOff, kTenantOwner, FlagSwitch::kArchived}});
    EXPECT_FALSE(ask(set, "f").found);
    EXPECT_TRUE(set.evaluate({}, "f").found);
}

}  // namespace
}  // namespace mortise::flags
