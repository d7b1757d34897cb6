// mortise.flags/1 over both hosts: what a flag gives, to whom, and when it changes (services.h,
// docs/en/plugin-flags.md).
#include "tests/contract/contract_host.hpp"

#include <gmock/gmock.h>

#include <string>
#include <thread>

namespace mortise::contract {
namespace {

constexpr const char* kOnOff =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"})";

// The same with a rule.
std::string ruled(const std::string& rule, const std::string& rest = "") {
    return R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":)" +
           rule + rest + "}";
}

class FlagService : public ContractTest {
 protected:
    void put(const std::string& key, std::string definition, const base::Uuid& tenant = {}) {
        host_.flags().put(tenant, key, std::move(definition));
    }
    // What one step told, without its name.
    std::string ask(const std::string& step) { return ask(step, host_.tenant()); }
    std::string ask(const std::string& step, const base::Uuid& tenant, const std::string& plan = "standard") {
        Ask one = host_.reading(step);
        one.context.tenant = tenant;
        one.context.plan = plan;
        const Told told = host_.call(one);
        const std::string body(told.body());
        return told.outcome == "ok" ? body.substr(body.find(' ') + 1, body.find('\n') - body.find(' ') - 1)
                                    : told.outcome;
    }
    // The plugin is told of its flags before its first call, and asks for each.
    void told_of_all() {
        host_.read("flag-told");
        (void)counted();
    }
    // What was counted of the tenant since the last time.
    std::string counted() { return host_.counted_flags().take(host_.tenant()); }
};
MORTISE_IN_BOTH_HOSTS(FlagService);

TEST_P(FlagService, AValueHasItsType) {
    put("feature", kOnOff);
    put("title",
        R"({"state":"ENABLED","variants":{"de":"Gr\u00fc\u00dfe","tab":"a\tb\"\\"},"defaultVariant":"de"})");
    put("size",
        R"({"state":"ENABLED","variants":{"big":9007199254740993,"float":2.0,"exp":1e3},"defaultVariant":"big"})");
    put("ratio", R"({"state":"ENABLED","variants":{"half":0.5},"defaultVariant":"half"})");
    put("document", R"({"state":"ENABLED","variants":{"x":{"b":[1,2],"a":"é"}},"defaultVariant":"x"})");
    EXPECT_EQ(ask("flag feature boolean"), "OK false STATIC off");
    EXPECT_EQ(ask("flag title text"), "OK Grüße STATIC de");
    EXPECT_EQ(ask("flag size integer"), "OK 9007199254740993 STATIC big");
    EXPECT_EQ(ask("flag size number"), "OK 9007199254740992.000000 STATIC big");
    EXPECT_EQ(ask("flag ratio number"), "OK 0.500000 STATIC half");
    EXPECT_EQ(ask("flag document json"), "OK {\"a\":\"é\",\"b\":[1,2]} STATIC x");
    EXPECT_EQ(ask("flag title json"), "OK \"Grüße\" STATIC de");
    host_.flags().override(host_.tenant(), "title", "", "tab");
    EXPECT_EQ(ask("flag title text"), "OK a\tb\"\\ TARGETING_MATCH tab");
    host_.flags().override(host_.tenant(), "size", "", "float");
    EXPECT_EQ(ask("flag size integer"), "OK 2 TARGETING_MATCH float");
    host_.flags().override(host_.tenant(), "size", "", "exp");
    EXPECT_EQ(ask("flag size integer"), "OK 1000 TARGETING_MATCH exp");
}

TEST_P(FlagService, AnotherTypeIsAMismatch) {
    put("feature", kOnOff);
    put("title", R"({"state":"ENABLED","variants":{"a":"1"},"defaultVariant":"a"})");
    put("ratio",
        R"({"state":"ENABLED","variants":{"half":0.5,"huge":1e300,"beyond":9223372036854775808},"defaultVariant":"half"})");
    put("document", R"({"state":"ENABLED","variants":{"x":{}},"defaultVariant":"x"})");
    for (const char* step : {"flag feature text", "flag feature integer", "flag feature number"})
        EXPECT_EQ(ask(step), "OK none ERROR TYPE_MISMATCH off") << step;
    for (const char* step : {"flag title boolean", "flag title integer", "flag title number"})
        EXPECT_EQ(ask(step), "OK none ERROR TYPE_MISMATCH a") << step;
    for (const char* step : {"flag document boolean", "flag document text", "flag document number"})
        EXPECT_EQ(ask(step), "OK none ERROR TYPE_MISMATCH x") << step;
    for (const char* variant : {"half", "huge", "beyond"}) {
        host_.flags().override(host_.tenant(), "ratio", "", variant);
        EXPECT_EQ(ask("flag ratio integer"), std::string("OK none ERROR TYPE_MISMATCH ") + variant);
    }
}

// The reasons and errors of docs/en/flags.md.
TEST_P(FlagService, WithoutAValueTheReasonSaysWhy) {
    EXPECT_EQ(ask("flag absent boolean"), "OK none ERROR FLAG_NOT_FOUND");
    EXPECT_EQ(ask("flag another.one boolean"), "OK none ERROR FLAG_NOT_FOUND") << "by the manifest's \"*\"";
    put("feature", R"({"state":"DISABLED","variants":{"on":true},"defaultVariant":"on"})");
    EXPECT_EQ(ask("flag feature boolean"), "OK none DISABLED");
    put("feature", R"({"state":"ENABLED","variants":{"on":true},"targeting":{"if":[false,"on",null]}})");
    EXPECT_EQ(ask("flag feature boolean"), "OK none DEFAULT");
    put("feature", ruled(R"({"$ref":"nothing"})"));
    EXPECT_EQ(ask("flag feature boolean"), "OK none ERROR PARSE_ERROR");
    put("feature", ruled(R"({"cat":["o","f"]})"));
    EXPECT_EQ(ask("flag feature boolean"), "OK none ERROR GENERAL");
    put("feature", ruled(R"({"+":[{"var":"x"},1]})"));
    EXPECT_EQ(ask("flag feature boolean t:x=text"), "OK none ERROR GENERAL");
    put("feature", "");
    EXPECT_EQ(ask("flag feature boolean"), "OK none ERROR FLAG_NOT_FOUND");
}

TEST_P(FlagService, ARuleSeesTheContext) {
    put("rule", R"({"state":"ENABLED","variants":{"null":"null","true":"true","2.5":"2.5","x":"x","7":"7",
                    "first":"first"},"targeting":{"var":"a"}})");
    EXPECT_EQ(ask("flag rule text t:a=x t:b=y"), "OK x TARGETING_MATCH x");
    EXPECT_EQ(ask("flag rule text t:z=1 i:a=7"), "OK 7 TARGETING_MATCH 7");
    EXPECT_EQ(ask("flag rule text r:a=2.5"), "OK 2.5 TARGETING_MATCH 2.5");
    EXPECT_EQ(ask("flag rule text b:a=1"), "OK true TARGETING_MATCH true");
    EXPECT_EQ(ask("flag rule text n:a="), "OK none DEFAULT");
    put("rule", R"({"state":"ENABLED","variants":{"first":"first","x":"x"},"targeting":
                    {"if":[{"in":["vip",{"var":"labels.of"}]},{"var":"labels.then"}]}})");
    EXPECT_EQ(ask(R"(flag rule text j:labels={"then":"first","of":["b2b","vip"]})"),
              "OK first TARGETING_MATCH first");
    EXPECT_EQ(ask(R"(flag rule text j:labels={"then":"first","of":[]})"), "OK none DEFAULT");
    // Also of a flag that a worker asks for, by a round trip.
    put("another.one", R"({"state":"ENABLED","variants":{"x":"x","yes":"yes"},"targeting":
                    {"if":[{"and":[{"==":[{"var":"t"},"a\"\n"]},{"==":[{"var":"r"},0.1]},{"var":"b"},
                                   {"==":[{"var":"i"},-3]},{"in":["é",{"var":"j.l"}]}]},"yes"]}})");
    EXPECT_EQ(ask(R"(flag another.one text t:t=a"%0a r:r=0.1 b:b=1 i:i=-3 j:j={"l":["\u00e9"]} n:n=)"),
              "OK yes TARGETING_MATCH yes");
}

// "The context can't choose another tenant or plan."
TEST_P(FlagService, TenantAndPlanAreTheCalls) {
    put("rule", R"({"state":"ENABLED","variants":{"first/standard":1,"x":2},"targeting":
                    {"cat":[{"var":"tenant"},"/",{"var":"plan"}]}})");
    put("another.one", R"({"state":"ENABLED","variants":{"first/standard":1,"x":2},"targeting":
                    {"cat":[{"var":"tenant"},"/",{"var":"plan"}]}})");
    for (const char* key : {"rule", "another.one"})
        EXPECT_EQ(ask(std::string("flag ") + key + " integer t:tenant=x t:plan=x t:$flagd=x"),
                  "OK 1 TARGETING_MATCH first/standard");
}

TEST_P(FlagService, TheTargetIsThePrincipalOrWhatIsGiven) {
    put("rule",
        R"({"state":"ENABLED","variants":{"me":1,"order":2,"nobody":3},"defaultVariant":"nobody","targeting":
                    {"if":[{"==":[{"var":"targetingKey"},"order-7"]},"order",
                           {"==":[{"var":"targetingKey"},"018f3f4e-0000-7000-8000-00000000abcd"]},"me"]}})");
    Ask one = host_.reading(
        "flag rule integer\nflag-null rule integer\nflag rule integer target=order-7\n"
        "flag rule integer target=\nflag rule integer t:targetingKey=order-7");
    one.context.principal.id = base::Uuid::parse("018f3f4e-0000-7000-8000-00000000abcd").value();
    const std::string me = "OK 1 TARGETING_MATCH me\n", nobody = "OK 3 DEFAULT nobody\n";
    EXPECT_EQ(host_.call(one).body(), "flag " + me + "flag-null " + me +
                                          "flag OK 2 TARGETING_MATCH order\nflag " + nobody + "flag " + me);
    one.context.principal.kind = base::PrincipalKind::kAnonymous;
    EXPECT_EQ(host_.call(one).body(), "flag " + nobody + "flag-null " + nobody +
                                          "flag OK 2 TARGETING_MATCH order\nflag " + nobody + "flag " +
                                          nobody);
}

// User, tenant, plan, definition (docs/en/flags.md); the nearest whose variant the flag has.
TEST_P(FlagService, TheNearestOverrideCounts) {
    put("feature", R"({"state":"ENABLED","variants":{"d":0,"p":1,"t":2,"u":3},"defaultVariant":"d"})");
    const auto other = host_.database().make_tenant();
    const std::string step = "flag feature integer target=ada";
    EXPECT_EQ(ask(step), "OK 0 STATIC d");
    host_.flags().override_plan("standard", "feature", "p");
    EXPECT_EQ(ask(step), "OK 1 TARGETING_MATCH p");
    EXPECT_EQ(ask(step, host_.tenant(), "small"), "OK 0 STATIC d");
    host_.flags().override(host_.tenant(), "feature", "", "t");
    EXPECT_EQ(ask(step), "OK 2 TARGETING_MATCH t");
    host_.flags().override(host_.tenant(), "feature", "ada", "u");
    EXPECT_EQ(ask(step), "OK 3 TARGETING_MATCH u");
    EXPECT_EQ(ask("flag feature integer target=bob"), "OK 2 TARGETING_MATCH t");
    EXPECT_EQ(ask(step, other), "OK 1 TARGETING_MATCH p") << "another tenant has its own";
    host_.flags().override(host_.tenant(), "feature", "ada", "gone");
    EXPECT_EQ(ask(step), "OK 2 TARGETING_MATCH t");
    host_.flags().override(host_.tenant(), "feature", "", "");
    EXPECT_EQ(ask(step), "OK 1 TARGETING_MATCH p");
    put("feature", kOnOff, host_.tenant());
    EXPECT_EQ(ask("flag feature boolean"), "OK false STATIC off") << "a tenant's own flag is no plan's";
    EXPECT_EQ(ask(step, other), "OK 1 TARGETING_MATCH p");
}

TEST_P(FlagService, FollowsWhatRulesReferTo) {
    put("shared", ruled(R"({"if":[{"$ref":"staff"},"on"]})"));
    host_.flags().share({}, R"({"$evaluators":{"staff":{"ends_with":[{"var":"mail"},"@example.com"]}}})");
    EXPECT_EQ(ask("flag shared boolean t:mail=a@example.com"), "OK true TARGETING_MATCH on");
    EXPECT_EQ(ask("flag shared boolean t:mail=a@example.org"), "OK false DEFAULT off");
    host_.flags().share({}, R"({"$evaluators":{"staff":{"ends_with":[{"var":"mail"},"@example.org"]}}})");
    EXPECT_EQ(ask("flag shared boolean t:mail=a@example.org"), "OK true TARGETING_MATCH on");
    // A tenant's flags refer to the tenant's own.
    put("shared", ruled(R"({"if":[{"$ref":"staff"},"on"]})"), host_.tenant());
    EXPECT_EQ(ask("flag shared boolean t:mail=a@example.org"), "OK none ERROR PARSE_ERROR");
    host_.flags().share(host_.tenant(), R"({"$evaluators":{"staff":{"==":[1,1]}}})");
    EXPECT_EQ(ask("flag shared boolean"), "OK true TARGETING_MATCH on");
}

// Both versions put the same users into other buckets; flagd's own results are in the conformance tests.
TEST_P(FlagService, FractionalIsOfTheSetsVersion) {
    put("split", R"({"state":"ENABLED","variants":{"a":"a","b":"b"},"targeting":
                     {"fractional":[["a",50],["b",50]]}})");
    const auto all = [&] {
        std::string script;
        for (int i = 0; i < 40; ++i)
            script += "flag split text target=user-" + std::to_string(i) + "\n";
        return std::string(host_.read(script).body());
    };
    const std::string v2 = all();
    host_.flags().share({}, R"({"fractional":"v3"})");
    const std::string v3 = all();
    EXPECT_NE(v2, v3);
    for (const std::string& one : {v2, v3}) {
        EXPECT_THAT(one, testing::HasSubstr("OK a TARGETING_MATCH a\n"));
        EXPECT_THAT(one, testing::HasSubstr("OK b TARGETING_MATCH b\n"));
    }
    host_.flags().share({}, R"({"fractional":"v2"})");
    EXPECT_EQ(all(), v2);
}

// "All questions of one call see the flags as they were at one moment."
TEST_P(FlagService, ACallSeesOneMoment) {
    put("feature", kOnOff);
    put("another.one", kOnOff);
    std::string body;
    std::thread asking([&] {
        body = host_.read("flag feature boolean\nsleep 400\nflag feature boolean\nflag another.one boolean")
                   .body();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    host_.flags().override(host_.tenant(), "feature", "", "on");
    host_.flags().override(host_.tenant(), "another.one", "", "on");
    asking.join();
    // Whether the change came before or within the call is the machine's to say.
    EXPECT_TRUE(body.find("TARGETING_MATCH") == std::string::npos || body.find("STATIC") == std::string::npos)
        << body;
    EXPECT_EQ(ask("flag feature boolean"), "OK true TARGETING_MATCH on");
}

TEST_P(FlagService, WhatTheContextMayHoldHasLimits) {
    put("rule", ruled(R"({"if":[{"var":"a63"},"on"]})"));
    EXPECT_EQ(ask("flag-many rule boolean 64"), "OK true TARGETING_MATCH on");
    EXPECT_EQ(ask("flag-many rule boolean 65"), "TOO_BIG");
    EXPECT_EQ(ask("flag-wide rule boolean 65532"), "OK false DEFAULT off");
    EXPECT_EQ(ask("flag-wide rule boolean 65533"), "TOO_BIG");
    EXPECT_EQ(ask("flag-wide another.one boolean 65532"), "OK none ERROR FLAG_NOT_FOUND");
    EXPECT_EQ(ask("flag-wide-name rule boolean 256"), "OK false DEFAULT off");
    EXPECT_EQ(ask("flag-wide-name rule boolean 257"), "TOO_BIG");
    EXPECT_EQ(ask("flag-wide-target rule boolean 1024"), "OK false DEFAULT off");
    EXPECT_EQ(ask("flag-wide-target another.one boolean 1024"), "OK none ERROR FLAG_NOT_FOUND");
    EXPECT_EQ(ask("flag-wide-target rule boolean 1025"), "TOO_BIG");
    const std::string deep(64, '['), closed(64, ']');
    EXPECT_EQ(ask("flag rule boolean j:x=" + deep + closed), "OK false DEFAULT off");
    EXPECT_EQ(ask("flag another.one boolean j:x=" + deep + closed), "OK none ERROR FLAG_NOT_FOUND");
    EXPECT_EQ(ask("flag rule boolean j:x=[" + deep + closed + "]"), "INVALID");
}

TEST_P(FlagService, WhatIsWrongIsInvalid) {
    put("rule", kOnOff);
    for (const char* step :
         {"flag rule none", "flag rule later", "flag-small rule boolean", "flag-no-sink rule boolean",
          "flag-no-take rule boolean", "flag-no-text rule boolean", "flag-no-attributes rule boolean",
          "flag rule boolean ?:x=1", "flag rule boolean b:x=1 i:y=1 t:x=2", "flag rule boolean r:x=nan",
          "flag rule boolean r:x=inf", "flag rule boolean t:x=%ff", "flag rule boolean t:x=a%00b",
          "flag rule boolean t:%ff=x", "flag rule boolean target=%ff", "flag rule boolean target=a%00",
          "flag rule boolean j:x=", "flag rule boolean j:x={", "flag rule boolean j:x={\"a\":1,\"a\":2}"})
        EXPECT_EQ(ask(step), "INVALID") << step;
    EXPECT_EQ(ask("flag-larger rule boolean"), "OK false STATIC off") << "of a later SDK";
    EXPECT_EQ(ask("flag " + std::string(129, 'k') + " boolean"), "DENIED");
    EXPECT_EQ(host_.read("flag-nest rule boolean").body(),
              "flag WRONG_CALL\nsettings WRONG_CALL\ndrain WRONG_CALL\nsql WRONG_CALL\nlicense WRONG_CALL\n"
              "log done\nnow right\nflag-nest OK false STATIC off\n");
}

// "How often each variant was answered", which makes a flag that only plugins ask for no stale one.
TEST_P(FlagService, AnswersAreCounted) {
    put("feature", kOnOff);
    put("size", R"({"state":"DISABLED","variants":{"s":1},"defaultVariant":"s"})");
    put("another.one", kOnOff);
    host_.flags().override(host_.tenant(), "feature", "ada", "on");
    told_of_all();
    const std::string script =
        "flag feature boolean\nflag feature boolean\nflag feature boolean target=ada\nflag feature text\n"
        "flag size integer\nflag another.one boolean\n"
        // What is no answer of a flag is not counted.
        "flag absent boolean\nflag another.two boolean\nflag feature none\nflag feature boolean r:x=nan\n";
    host_.read(script);
    EXPECT_EQ(counted(), "another.one off 1, feature off 3, feature on 1, size  1, ");
    EXPECT_EQ(counted(), "") << "once";
    host_.read("respond 200");
    EXPECT_EQ(counted(), "");
    EXPECT_EQ(host_.read("flag feature boolean\nfail 409 no No.").outcome, "no");
    EXPECT_EQ(counted(), "feature off 1, ") << "answered all the same";
}

// A worker must be told which tenant a call is of, and says it of none.
TEST_P(FlagService, AnswersAreCountedByTenantAndEnvironment) {
    const auto other = host_.database().make_tenant();
    put("feature", kOnOff);
    put("feature", R"({"state":"ENABLED","variants":{"own":true},"defaultVariant":"own"})", other);
    told_of_all();
    ask("flag feature boolean", other);
    (void)host_.counted_flags().take(other);
    for (int i = 0; i < 3; ++i) {
        ask("flag feature boolean");
        ask("flag feature boolean", other);
        ask("flag feature boolean", other);
    }
    EXPECT_EQ(counted(), "feature off 3, ");
    EXPECT_EQ(host_.counted_flags().take(other), "feature own 6, ");
    Ask staging = host_.reading("flag feature boolean");
    staging.context.environment = "staging";
    host_.call(staging);
    (void)host_.counted_flags().take(host_.tenant(), "staging");
    host_.call(staging);
    EXPECT_EQ(host_.counted_flags().take(host_.tenant(), "staging"), "feature off 1, ");
    EXPECT_EQ(counted(), "");
}

// More different answers than are counted at once.
TEST_P(FlagService, ManyAnswersOfOneCallAreCounted) {
    std::string variants, script, expected;
    for (int i = 100; i < 400; ++i) {
        const std::string name = "v" + std::to_string(i);
        variants += (variants.empty() ? "\"" : ",\"") + name + "\":\"" + name + "\"";
        script += "flag rule text t:a=" + name + "\n";
        expected += "rule " + name + " 2, ";
    }
    put("rule", R"({"state":"ENABLED","variants":{)" + variants + R"(},"targeting":{"var":"a"}})");
    told_of_all();
    host_.read(script + script);
    EXPECT_EQ(counted(), expected);
}

// More tenants than a worker holds, each with its own; again and again, with changes between.
TEST_P(FlagService, ManyTenantsDontMix) {
    constexpr int kTenants = 70;
    put("feature", R"({"state":"ENABLED","variants":{"a":1,"b":2,"c":3},"defaultVariant":"a"})");
    put("rule", ruled("{\"$ref\":\"mine\"}"));
    std::vector<base::Uuid> tenants;
    for (int i = 0; i < kTenants; ++i)
        tenants.push_back(host_.database().make_tenant());
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < kTenants; ++i) {
            const std::string variant(1, static_cast<char>('a' + (i + round) % 3));
            if (i % 2 == 0)
                host_.flags().override(tenants[static_cast<std::size_t>(i)], "feature", "", variant);
        }
        for (int i = 0; i < kTenants; ++i) {
            const int expected = i % 2 == 0 ? 1 + (i + round) % 3 : 1;
            EXPECT_EQ(ask("flag feature integer", tenants[static_cast<std::size_t>(i)]).substr(0, 4),
                      "OK " + std::to_string(expected))
                << "tenant " << i << ", round " << round;
        }
    }
}

// What a worker does not hold it asks for, and answers the same.
TEST_P(FlagService, WhatIsTooMuchIsAnsweredAllTheSame) {
    put("feature", kOnOff);
    for (const int last : {999, 1000, 1001}) {
        for (int i = last == 999 ? 0 : last; i <= last; ++i)
            host_.flags().override(host_.tenant(), "feature", "user-" + std::to_string(i), "on");
        const std::string name = std::to_string(last);
        EXPECT_EQ(ask("flag feature boolean target=user-" + name), "OK true TARGETING_MATCH on") << last;
        EXPECT_EQ(ask("flag feature boolean target=nobody"), "OK false STATIC off") << last;
    }
    // Ten of 60 KiB are more than the 512 KiB.
    const std::string wide(60'000, 'w');
    const auto definition = [&](int n) {
        return R"({"state":"ENABLED","variants":{"v":")" + wide + std::to_string(n) +
               R"("},"defaultVariant":"v"})";
    };
    const char* keys[] = {"absent", "big",    "document", "feature", "ratio",
                          "rule",   "shared", "size",     "split",   "title"};
    for (int i = 0; i < 10; ++i)
        put(keys[i], definition(i));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(shown(ask(std::string("flag ") + keys[i] + " text")),
                  shown("OK " + wide + std::to_string(i) + " STATIC v"))
            << keys[i];
}

}  // namespace
}  // namespace mortise::contract
