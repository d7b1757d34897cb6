// What the host sends of flags to a worker, and what the worker makes of it.
#include "core/host/held_flags.hpp"

#include "core/flags/flag_set_builder.hpp"
#include "core/flags/segment.hpp"
#include "core/flags/set_definition.hpp"
#include "core/host/sent_flags.hpp"
#include "core/host/worker_backend.hpp"
#include "mortise/abi/services.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace mortise::host {
namespace {

constexpr const char* kOnOff =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"})";

class HeldFlagsTest : public testing::Test {
 protected:
    HeldFlagsTest() {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
        host_.emplace(base::UniqueFd(ends[0]));
        worker_.emplace(base::UniqueFd(ends[1]));
        manifest_.services = {MORTISE_FLAGS_1};
        manifest_.flags = {"a", "b", "c"};
        for (std::uint8_t i = 1; i < 200; ++i) {
            base::Uuid id;
            id.bytes[15] = i;
            tenants_.push_back(id);
        }
    }

    struct Row {
        base::Uuid owner;
        std::string key;
        std::string definition;
        flags::RuleSet rules = {};
        flags::SegmentTexts segments = {};
        flags::FlagSwitch state = flags::FlagSwitch::kOn;
    };
    struct Given {
        base::Uuid tenant;
        std::string key, user, variant;
    };
    static flags::FlagSet make_set(const std::vector<Row>& rows, const std::vector<Given>& overrides = {}) {
        flags::FlagSetBuilder builder;
        for (const Row& row : rows) {
            const auto definition =
                flags::parse_definition(row.definition, row.rules, flags::Strictness::kFlagd);
            builder.add_flag(
                row.owner,
                std::make_shared<const flags::CompiledFlag>(
                    row.key, *definition, "", flags::SetText{flags::write_rules(row.rules, row.segments)}),
                row.state);
        }
        for (const Given& one : overrides)
            builder.add_override(one.tenant, one.key, one.user, one.variant);
        return builder.build();
    }

    base::RequestContext context_of(std::size_t tenant) const {
        base::RequestContext context;
        context.tenant = tenants_[tenant];
        context.tenant_slug = "t" + std::to_string(tenant);
        context.plan = "standard";
        return context;
    }
    // Sends what a call of the tenant needs; answers the bytes that this took, and whether the worker took
    // it.
    std::size_t show(const flags::FlagSet& set, std::size_t tenant) {
        const auto context = context_of(tenant);
        sent_.show(*host_, set, context, manifest_.flags, now_);
        const std::size_t bytes = host_->pending();
        constexpr auto kNever = base::Monotonic::max();
        Frame frame;
        EXPECT_EQ(host_->flush(kNever), ChannelState::kGood);
        EXPECT_EQ(worker_->receive(frame, kNever), ChannelState::kGood);
        EXPECT_EQ(frame.type, FrameType::kFlags);
        EXPECT_TRUE(held_.take(frame.payload));
        return bytes;
    }
    // What a plugin in the worker gets. Nobody answers at the other end: asking would never return.
    std::string evaluate(std::size_t tenant, std::string_view key, std::string_view user = {}) {
        const auto context = context_of(tenant);
        ChannelBackend backend(*worker_, manifest_, held_, context, clock_, {}, 0);
        flags::Evaluation answer;
        if (held_.set_for(key) == nullptr) return "asked";
        if (backend.flag({key, user, {}}, answer) != MORTISE_OK) return "failed";
        EXPECT_EQ(worker_->pending(), 0U);
        return std::string(to_string(answer.reason)) + " " + std::string(answer.variant);
    }
    static std::string directly(const flags::FlagSet& set, const base::RequestContext& context,
                                std::string_view key, std::string_view user) {
        const auto answer = set.evaluate({.tenant = context.tenant,
                                          .tenant_slug = context.tenant_slug,
                                          .plan = context.plan,
                                          .targeting_key = user,
                                          .attributes = {},
                                          .now = base::SystemClock().now() / base::kMicrosPerSecond},
                                         key);
        return std::string(to_string(answer.reason)) + " " + std::string(answer.variant);
    }

    static constexpr std::size_t kNothingNew = kFrameHead + 5;

    base::SystemClock clock_;
    std::int64_t now_ = 1'000'000;
    Manifest manifest_;
    std::vector<base::Uuid> tenants_;
    std::optional<Channel> host_, worker_;
    SentFlags sent_;
    HeldFlags held_{manifest_};
};

TEST_F(HeldFlagsTest, InTheSteadyStateNothingIsSentAndNothingAsked) {
    const auto set = make_set({{{}, "a", kOnOff}}, {{tenants_[0], "a", "", "on"}});
    EXPECT_GT(show(set, 0), kNothingNew);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(show(set, 0), kNothingNew);
        EXPECT_EQ(evaluate(0, "a"), "TARGETING_MATCH on");
        EXPECT_EQ(evaluate(0, "b"), "ERROR ") << "there is none, and the worker knows";
    }
}

// A new set in which nothing is new to the plugin: another tenant's, or a flag that it does not list.
TEST_F(HeldFlagsTest, WhatIsNothingToThePluginIsNotSent) {
    show(make_set({{{}, "a", kOnOff}}), 0);
    EXPECT_EQ(show(make_set({{{}, "a", kOnOff}, {{}, "z", kOnOff}, {tenants_[1], "b", kOnOff}},
                            {{tenants_[1], "a", "", "on"}}),
                   0),
              kNothingNew);
    EXPECT_EQ(evaluate(0, "a"), "STATIC off");
    show(make_set({{{}, "a", kOnOff}}, {{tenants_[0], "a", "", "on"}}), 0);
    EXPECT_EQ(evaluate(0, "a"), "TARGETING_MATCH on");
}

// What the platform's tenants share goes once to a worker.
TEST_F(HeldFlagsTest, ADefinitionIsSentOnce) {
    const std::string wide(20'000, 'w');
    const auto set = make_set(
        {{{}, "a", R"({"state":"ENABLED","variants":{"v":")" + wide + R"("},"defaultVariant":"v"})"}});
    EXPECT_GT(show(set, 0), wide.size());
    EXPECT_LT(show(set, 1), 500U);
    EXPECT_EQ(evaluate(1, "a"), "STATIC v");
    EXPECT_EQ(show(set, 0), kNothingNew);
    EXPECT_EQ(evaluate(0, "a"), "STATIC v");
}

TEST_F(HeldFlagsTest, ATenantSeesItsOwn) {
    const auto set = make_set({{{}, "a", kOnOff}}, {{tenants_[0], "a", "", "on"}});
    show(set, 0);
    show(set, 1);
    EXPECT_EQ(evaluate(1, "a"), "STATIC off");
    show(set, 0);
    EXPECT_EQ(evaluate(0, "a"), "TARGETING_MATCH on");
}

TEST_F(HeldFlagsTest, WhatIsTooMuchIsAsked) {
    std::vector<Given> overrides;
    for (std::size_t i = 0; i <= kMaxSharedUsers; ++i)
        overrides.push_back({tenants_[0], "b", "user-" + std::to_string(i), "on"});
    const auto set = make_set({{{}, "a", kOnOff}, {{}, "b", kOnOff}}, overrides);
    show(set, 0);
    EXPECT_EQ(evaluate(0, "a"), "STATIC off");
    EXPECT_EQ(evaluate(0, "b"), "asked");
    EXPECT_EQ(evaluate(0, "not listed"), "asked");
    show(set, 1);
    EXPECT_EQ(evaluate(1, "b"), "STATIC off") << "another tenant has none of them";
}

TEST_F(HeldFlagsTest, OfManyTenantsTheLastOnesAreHeld) {
    const auto set = make_set({{{}, "a", kOnOff}});
    for (std::size_t i = 0; i < kMaxHeldTenants; ++i)
        show(set, i);
    EXPECT_EQ(show(set, 0), kNothingNew);
    EXPECT_GT(show(set, kMaxHeldTenants), kNothingNew) << "takes the place of tenant 1";
    EXPECT_EQ(show(set, 0), kNothingNew);
    EXPECT_EQ(show(set, 2), kNothingNew);
    EXPECT_GT(show(set, 1), kNothingNew);
}

// Tenants whose flags are large leave earlier.
TEST_F(HeldFlagsTest, AllTogetherHaveALimit) {
    manifest_.flags = {"a", "b", "c", "d"};
    constexpr std::size_t kTenants = 40;
    std::vector<Row> rows;
    for (std::size_t i = 0; i < kTenants; ++i)
        for (const std::string& key : manifest_.flags)
            rows.push_back({tenants_[i], key,
                            R"({"state":"ENABLED","variants":{"v":")" + std::string(60'000, 'w') +
                                std::to_string(i) + R"("},"defaultVariant":"v"})"});
    const auto set = make_set(rows);
    for (std::size_t i = 0; i < kTenants; ++i) {
        EXPECT_GT(show(set, i), 240'000U);
        EXPECT_EQ(evaluate(i, "a"), "STATIC v");
    }
    // A flag is its definition and its values, and less than two thousand bytes more.
    constexpr std::size_t kSurelyHeld = kMaxHeldBytesInAll / (4 * 122'000);
    constexpr std::size_t kSurelyNot = kMaxHeldBytesInAll / (4 * 120'000) + 1;
    EXPECT_EQ(show(set, kTenants - kSurelyHeld), kNothingNew);
    EXPECT_GT(show(set, kTenants - kSurelyNot - 1), 240'000U);
    EXPECT_EQ(evaluate(kTenants - kSurelyNot - 1, "d"), "STATIC v");
}

TEST_F(HeldFlagsTest, ThePluginIsToldOnceOfWhatItDoesNotKnow) {
    using Numbers = std::vector<std::uint32_t>;
    show(make_set({{{}, "a", kOnOff}}), 0);
    EXPECT_EQ(held_.take_changed(), Numbers({0, 1, 2}));
    EXPECT_EQ(held_.take_changed(), Numbers());
    show(make_set({{{}, "a", kOnOff}, {{}, "c", kOnOff}}), 0);
    show(make_set({{{}, "a", kOnOff}, {{}, "c", kOnOff}}, {{tenants_[0], "a", "x", "on"}}), 0);
    EXPECT_EQ(held_.take_changed(), Numbers({0, 2})) << "also of what came before it could be told";
    show(make_set({{{}, "a", kOnOff}, {{}, "c", kOnOff}}, {{tenants_[0], "a", "x", "on"}}), 0);
    EXPECT_EQ(held_.take_changed(), Numbers());
}

// A flag goes with those that it needs, which need not be listed; one that is switched off stays so.
TEST_F(HeldFlagsTest, WhatAFlagNeedsGoesWithIt) {
    const auto needs = [](const char* key) {
        return R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on","mortise":
                   {"prerequisites":[{"flag":")" +
               std::string(key) + R"(","variants":["on"]}],"off_variant":"off"}})";
    };
    const std::vector<Row> rows = {
        {{}, "a", needs("x")}, {{}, "x", needs("y")}, {{}, "y", kOnOff}, {{}, "b", needs("z")}};
    const auto off = make_set(rows);
    show(off, 0);
    EXPECT_EQ(evaluate(0, "a"), "TARGETING_MATCH off");
    EXPECT_EQ(evaluate(0, "b"), "TARGETING_MATCH off") << "what it needs is not there";
    (void)held_.take_changed();
    show(make_set(rows, {{tenants_[0], "y", "ada", "on"}}), 0);
    EXPECT_EQ(held_.take_changed(), (std::vector<std::uint32_t>{0})) << "for what it needs has changed";
    EXPECT_EQ(evaluate(0, "a", "ada"), "DEFAULT on") << "not STATIC: it depends on another one";
    EXPECT_EQ(evaluate(0, "a", "bob"), "TARGETING_MATCH off");
    auto killed = rows;
    killed[1].state = flags::FlagSwitch::kKilled;
    killed[3].state = flags::FlagSwitch::kArchived;
    show(make_set(killed, {{tenants_[0], "y", "ada", "on"}}), 0);
    EXPECT_EQ(evaluate(0, "a", "ada"), "TARGETING_MATCH off");
    EXPECT_EQ(evaluate(0, "b"), "ERROR ");
    killed[0].state = flags::FlagSwitch::kKilled;
    show(make_set(killed), 0);
    EXPECT_EQ(evaluate(0, "a"), "DISABLED ");
}

// What a flag needs of the platform, where the tenant has another one of that key, is not told apart.
TEST_F(HeldFlagsTest, WhatCanNotBeShownIsAsked) {
    const char* const needs = R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on",
        "mortise":{"prerequisites":[{"flag":"b","variants":["on"]}]}})";
    const auto set = make_set({{{}, "a", needs}, {{}, "b", kOnOff}, {tenants_[0], "b", kOnOff}});
    show(set, 0);
    EXPECT_EQ(evaluate(0, "a"), "asked");
    EXPECT_EQ(evaluate(0, "b"), "STATIC off");
    show(set, 1);
    EXPECT_EQ(evaluate(1, "a"), "DISABLED ");
    // One that is stored and can't be read has no text that a worker could read.
    flags::Definition unreadable;
    unreadable.enabled = unreadable.targeted = true;
    flags::FlagSetBuilder builder;
    builder.add_flag({}, std::make_shared<const flags::CompiledFlag>("c", unreadable, ""));
    show(builder.build(), 0);
    EXPECT_EQ(evaluate(0, "c"), "asked");
    EXPECT_EQ(evaluate(0, "a"), "ERROR ");
}

// A schedule changes what a flag gives, and nobody writes anything then.
TEST_F(HeldFlagsTest, AStepOfAScheduleIsAChange) {
    const auto set = make_set({{{}, "a", R"({"state":"ENABLED","variants":{"on":true},"defaultVariant":"on",
        "mortise":{"schedule":{"from":"1970-01-12T13:46:45Z","until":"1970-01-12T13:46:50Z"}}})"},
                               {{}, "b", kOnOff}});
    using Numbers = std::vector<std::uint32_t>;
    const auto told_at = [&](std::int64_t now) {
        now_ = now;
        show(set, 0);
        return held_.take_changed();
    };
    EXPECT_EQ(told_at(1'000'000), Numbers({0, 1, 2}));
    EXPECT_EQ(told_at(1'000'004), Numbers());
    EXPECT_EQ(told_at(1'000'005), Numbers({0}));
    EXPECT_EQ(show(set, 0), kNothingNew);
    EXPECT_EQ(told_at(1'000'009), Numbers());
    EXPECT_EQ(told_at(1'000'010), Numbers({0}));
    EXPECT_EQ(told_at(2'000'000), Numbers());
    EXPECT_EQ(told_at(1'000'007), Numbers({0})) << "the clock was put back";
}

// Whatever changes between calls, a worker says what the set says.
class RandomFlags : public HeldFlagsTest {
 protected:
    std::size_t below(std::size_t most) { return random_() % most; }
    const char* user() { return std::array{"", "u0", "u1", "u2"}[below(4)]; }

    flags::RuleSet rules() {
        flags::RuleSet rules;
        rules.fractional = below(2) == 0 ? flags::FractionalVersion::kV2 : flags::FractionalVersion::kV3;
        if (below(2) == 0)
            rules.evaluators =
                flags::read_stored_set(R"({"$evaluators":{"one":{"==":[{"var":"tenant"},"t1"]}}})")
                    ->rules.evaluators;
        if (below(2) == 0)
            rules.segments = std::make_shared<const flags::SegmentRules>(
                flags::SegmentRules{{"some", *flags::read_stored_segment(kSegment)}});
        return rules;
    }
    // Needs only what comes later in the alphabet.
    std::string definition(char key) {
        std::string text = kOnOff;
        if (below(2) == 0) add(text, R"(,"targeting":)" + std::string(kRules[below(5)]));
        if (below(2) == 0) return text;
        std::string delivery;
        if (below(3) == 0)
            delivery += R"(,"prerequisites":[{"flag":")" +
                        std::string(1, static_cast<char>(key + (below(2) == 0 ? 1 : 2))) +
                        R"(","variants":["on"]}])";
        if (below(3) == 0)
            delivery += R"(,"rollout":{"variant":"on","by":")" +
                        std::string(below(2) == 0 ? "user" : "tenant") + R"(","percent":50})";
        if (below(3) == 0) delivery += R"(,"schedule":{"from":"2020-01-01T00:00:00Z"})";
        if (below(6) == 0) delivery += R"(,"schedule":{"until":"2020-01-01T00:00:00Z"})";
        if (below(2) == 0) delivery += R"(,"off_variant":"on")";
        if (delivery.find("schedule") != delivery.rfind("schedule")) return text;
        if (!delivery.empty()) add(text, R"(,"mortise":{)" + delivery.substr(1) + "}");
        return text;
    }
    static void add(std::string& text, const std::string& member) { text.insert(text.size() - 1, member); }

    flags::FlagSet random_set() {
        std::vector<Row> rows;
        std::vector<Given> overrides;
        std::map<base::Uuid, flags::RuleSet> shared;
        for (const char key : {'a', 'b', 'c', 'd', 'e'})
            for (const base::Uuid owner : {base::Uuid(), tenants_[below(3)]}) {
                if (below(4) == 0) continue;
                const auto& rules_of_owner = shared.try_emplace(owner, rules()).first->second;
                flags::SegmentTexts segments;
                if (rules_of_owner.segments != nullptr) segments["some"] = kSegment;
                rows.push_back({owner, std::string(1, key), definition(key), rules_of_owner, segments,
                                below(6) == 0   ? flags::FlagSwitch::kKilled
                                : below(6) == 0 ? flags::FlagSwitch::kArchived
                                                : flags::FlagSwitch::kOn});
            }
        for (std::size_t i = below(8); i > 0; --i)
            overrides.push_back({tenants_[below(3)], std::string(1, static_cast<char>('a' + below(5))),
                                 user(),
                                 below(5) == 0   ? "gone"
                                 : below(2) == 0 ? "on"
                                                 : "off"});
        // The database has one for each.
        const auto whom = [](const Given& one) { return std::tie(one.tenant, one.key, one.user); };
        std::sort(overrides.begin(), overrides.end(),
                  [&](const Given& one, const Given& other) { return whom(one) < whom(other); });
        overrides.erase(
            std::unique(overrides.begin(), overrides.end(),
                        [&](const Given& one, const Given& other) { return whom(one) == whom(other); }),
            overrides.end());
        return make_set(rows, overrides);
    }

    static constexpr const char* kSegment =
        R"({"included":["u0"],"excluded":["u1"],"rule":{"==":[{"var":"tenant"},"t2"]}})";
    static constexpr const char* kRules[] = {
        R"({"if":[{"==":[{"var":"targetingKey"},"u1"]},"on",null]})",
        R"({"fractional":[["on",50],["off",50]]})", R"({"if":[{"$ref":"one"},"on","off"]})",
        R"({"if":[{"$ref":"some"},"on"]})", R"({"if":[{"==":[{"var":"plan"},"standard"]},"on"]})"};
    std::mt19937 random_{7};
};

TEST_F(RandomFlags, AreFollowed) {
    int asked = 0, evaluated = 0;
    now_ = clock_.now() / base::kMicrosPerSecond;
    for (int round = 0; round < 300; ++round) {
        const auto set = random_set();
        for (int call = 0; call < 4; ++call) {
            const std::size_t tenant = below(3);
            show(set, tenant);
            for (const char* key : {"a", "b", "c"})
                for (const char* who : {"", "u0", "u1", "u2"}) {
                    const std::string held = evaluate(tenant, key, who);
                    ++evaluated;
                    asked += held == "asked";
                    if (held == "asked") continue;
                    ASSERT_EQ(held, directly(set, context_of(tenant), key, who)) << round << key << who;
                }
        }
    }
    EXPECT_LT(asked, evaluated / 10) << "only where owners have flags of one key that others need";
}

// Whatever is cut off or changed, the worker refuses it or holds something; it never goes astray.
TEST_F(HeldFlagsTest, WhatIsMalformedIsRefused) {
    const auto set =
        make_set({{{}, "a", kOnOff}, {tenants_[0], "b", kOnOff}}, {{tenants_[0], "a", "u", "on"}});
    sent_.show(*host_, set, context_of(0), manifest_.flags, now_);
    constexpr auto kNever = base::Monotonic::max();
    Frame frame;
    ASSERT_EQ(host_->flush(kNever), ChannelState::kGood);
    ASSERT_EQ(worker_->receive(frame, kNever), ChannelState::kGood);
    const std::string payload(frame.payload);
    for (std::size_t size = 0; size < payload.size(); ++size)
        EXPECT_FALSE(HeldFlags(manifest_).take(std::string_view(payload).substr(0, size))) << size;
    EXPECT_FALSE(HeldFlags(manifest_).take(payload + "x"));
    EXPECT_TRUE(HeldFlags(manifest_).take(payload));
    for (std::size_t at = 0; at < payload.size(); ++at)
        for (const unsigned change : {0x01U, 0x80U, 0xffU}) {
            std::string other = payload;
            other[at] = static_cast<char>(static_cast<unsigned char>(other[at]) ^ change);
            HeldFlags held(manifest_);
            if (held.take(other)) (void)held.set_for("a");
        }
    // A place that was never filled.
    EXPECT_FALSE(HeldFlags(manifest_).take(std::string_view("\0\0\0\0\0", 5)));
    EXPECT_FALSE(HeldFlags(manifest_).take(std::string_view("\x3f\0\0\0\0", 5)));
}

}  // namespace
}  // namespace mortise::host
