#include "core/flags/explanation.hpp"

#include "core/flags/bulk_evaluation.hpp"
#include "core/flags/rule_trace.hpp"
#include "core/flags/test_service.hpp"
#include "core/flags/value_reader.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// The steps of a rule for a context, such as "/targeting/if/0/var=1 ".
class RuleTraceTest : public ::testing::Test {
 protected:
    std::string trace(const std::string& rule, const std::string& context, const RuleSet& set = {}) {
        Arena memory(1 << 20);
        const auto value = read_value(context, {}, memory);
        if (!value) return "no context";
        const RuleInput input{.attributes = value->members(), .flag_key = "f", .targeting_key = "ada"};
        truncated = false;
        std::string all;
        for (const auto& step : trace_rule(json::parse(rule), set, input, "/t", truncated))
            all += step.at("pointer").get<std::string>() + "=" +
                   (step.contains("error")       ? "!"
                    : step.contains("too_large") ? "large"
                                                 : step.at("value").dump()) +
                   " ";
        return all;
    }
    bool truncated = false;
};

TEST_F(RuleTraceTest, OperationsComeInTheOrderOfTheirEvaluation) {
    EXPECT_EQ(trace(R"({"if":[{"==":[{"var":"a"},1]},"on","off"]})", R"({"a":1})"),
              R"(/t/if/0/==/0/var=1 /t/if/0/===true /t/if="on" )");
}

TEST_F(RuleTraceTest, WhatIsPassedOverIsLeftOut) {
    const std::string rule = R"({"if":[{"var":"a"},{"cat":["x"]},{"var":"b"},{"cat":["y"]},{"cat":["z"]}]})";
    EXPECT_EQ(trace(rule, R"({"a":1})"), R"(/t/if/0/var=1 /t/if/1/cat="x" /t/if="x" )");
    EXPECT_EQ(trace(rule, R"({"b":1})"), R"(/t/if/0/var=null /t/if/2/var=1 /t/if/3/cat="y" /t/if="y" )");
    EXPECT_EQ(trace(rule, "{}"), R"(/t/if/0/var=null /t/if/2/var=null /t/if/4/cat="z" /t/if="z" )");
    EXPECT_EQ(trace(R"({"and":[{"var":"a"},{"var":"b"}]})", R"({"a":0})"), "/t/and/0/var=0 /t/and=0 ");
    EXPECT_EQ(trace(R"({"or":[{"var":"a"},{"var":"b"}]})", R"({"a":2})"), "/t/or/0/var=2 /t/or=2 ");
    EXPECT_EQ(trace(R"({"or":[{"var":"a"},{"var":"b"}]})", R"({"b":2})"),
              "/t/or/0/var=null /t/or/1/var=2 /t/or=2 ");
}

TEST_F(RuleTraceTest, AListsOperationIsOneStep) {
    EXPECT_EQ(trace(R"({"some":[{"var":"list"},{">":[{"var":""},1]}]})", R"({"list":[1,2]})"),
              "/t/some/0/var=[1,2] /t/some=true ");
}

TEST_F(RuleTraceTest, AnEvaluatorHasPointersOfItsOwn) {
    RuleSet set;
    set.evaluators = std::make_shared<const json>(json::parse(R"({"a/b":{"==":[{"var":"x"},1]}})"));
    EXPECT_EQ(trace(R"({"if":[{"$ref":"a/b"},"on"]})", R"({"x":1})", set),
              R"(/$evaluators/a~1b/==/0/var=1 /$evaluators/a~1b/===true /t/if/0/$ref=true /t/if="on" )");
}

TEST_F(RuleTraceTest, AFailureEndsIt) {
    EXPECT_EQ(trace(R"({"if":[{">":[{"+":[{"var":"x"}]},1]},"on","off"]})", R"({"x":"text"})"),
              R"(/t/if/0/>/0/+/0/var="text" /t/if/0/>/0/+=! )");
}

TEST_F(RuleTraceTest, ItHasLimits) {
    const std::string text(3000, 'x');
    EXPECT_EQ(trace(R"({"var":"x"})", R"({"x":")" + text + R"("})"), "/t/var=large ");
    std::string many = R"({"and":[)";
    for (int i = 0; i < 2000; ++i)
        many += R"({"!":[false]},)";
    trace(many + "1]}", "{}");
    EXPECT_TRUE(truncated);
    // Each level costs what is inside it once more; this would be seconds.
    const auto repeated = [](const std::string& item) {
        std::string list = item;
        for (int i = 1; i < 100; ++i)
            list += "," + item;
        return "[" + list + "]";
    };
    std::string slow = R"({"some":[{"var":"l"},{"some":[{"var":""},{">":[{"var":""},9]}]}]})";
    for (int i = 0; i < 40; ++i)
        slow = R"({"!":[)" + slow + "]}";
    trace(slow, R"({"l":)" + repeated(repeated("1")) + "}");
    EXPECT_TRUE(truncated);
}

class ExplanationTest : public ServiceTest {
 protected:
    ordered_json explain(const base::RequestContext& context, std::string_view key,
                         const std::string& text = "{}", std::string_view user = {}) {
        Arena memory(1 << 20);
        const auto value = read_value(text, {}, memory);
        const Subject subject{.tenant = context.tenant,
                              .tenant_slug = context.tenant_slug,
                              .plan = context.plan,
                              .targeting_key = user,
                              .attributes = value->members(),
                              .now = 0};
        auto made =
            world.read([&](storage::Unit& unit) { return explainer.explain(context, unit, subject, key); });
        if (made) return *std::move(made);
        return {{"code", made.error().code}};
    }
    // "state, user_override, …": what was looked at, and with * what decided.
    static std::string steps(const ordered_json& explanation) {
        std::string all;
        for (const auto& step : explanation.at("steps"))
            all += step.at("step").get<std::string>() + (step.at("decided").get<bool>() ? "*" : "") + " ";
        return all;
    }

    FlagExplainer explainer{flags, store};
};

TEST_F(ExplanationTest, TheNearestDecides) {
    ASSERT_TRUE(put(platform, "f", flag("off", R"({"if":[{"var":"x"},"on"]})")));
    auto all = explain(acme, "f", "{}", "ada");
    EXPECT_EQ(steps(all), "state user_override tenant_override plan_override targeting default* ");
    EXPECT_EQ(all["evaluation"]["reason"], "DEFAULT");
    EXPECT_EQ(all["inherited"], true);
    all = explain(acme, "f", R"({"x":1})", "ada");
    EXPECT_EQ(steps(all), "state user_override tenant_override plan_override targeting* ");
    EXPECT_EQ(all["evaluation"]["variant"], "on");
    EXPECT_EQ(all["steps"][4]["operations"].back()["pointer"], "/targeting/if");
    ASSERT_TRUE(world.write(
        [&](storage::Unit& unit) { return flags.put_plan_override(platform, unit, "f", acme.plan, "on"); }));
    EXPECT_EQ(steps(explain(acme, "f", "{}", "ada")), "state user_override tenant_override plan_override* ");
    ASSERT_TRUE(override_with(acme, "f", "", "off"));
    EXPECT_EQ(steps(explain(acme, "f", "{}", "ada")), "state user_override tenant_override* ");
    ASSERT_TRUE(override_with(acme, "f", "ada", "on"));
    all = explain(acme, "f", "{}", "ada");
    EXPECT_EQ(steps(all), "state user_override* ");
    EXPECT_EQ(all["steps"][1]["variant"], "on");
    EXPECT_EQ(all["steps"][1]["targeting_key"], "ada");
    EXPECT_EQ(steps(explain(acme, "f", "{}", "eve")), "state user_override tenant_override* ");
}

TEST_F(ExplanationTest, WhatIsSwitchedOffIsOff) {
    ASSERT_TRUE(put(acme, "f", R"({"state":"DISABLED","variants":{"on":true},"defaultVariant":"on"})"));
    const auto all = explain(acme, "f");
    EXPECT_EQ(steps(all), "state* ");
    EXPECT_EQ(all["evaluation"]["reason"], "DISABLED");
}

TEST_F(ExplanationTest, ConditionsOfDeliveryAreSaid) {
    ASSERT_TRUE(put(acme, "base", flag("off")));
    const auto with = [](const std::string& delivery) {
        return R"({"state":"ENABLED","variants":{"off":false,"on":true},"defaultVariant":"off","mortise":)" +
               delivery + "}";
    };
    ASSERT_TRUE(
        put(acme, "f", with(R"({"off_variant":"off","prerequisites":[{"flag":"base","variants":["on"]}]})")));
    auto all = explain(acme, "f");
    EXPECT_EQ(steps(all), "state prerequisite* ");
    EXPECT_EQ(all["steps"][1]["flag"], "base");
    EXPECT_EQ(all["steps"][1]["value"], "off");
    EXPECT_EQ(all["steps"][1]["variant"], "off");
    ASSERT_TRUE(put(acme, "base", flag("on")));
    EXPECT_EQ(steps(explain(acme, "f")),
              "state prerequisite user_override tenant_override plan_override targeting default* ");
    ASSERT_TRUE(put(acme, "f", with(R"({"schedule":{"from":"2020-01-01T00:00:00Z"}})")));
    EXPECT_EQ(steps(explain(acme, "f")), "state schedule* ") << "it is 1970 there";
    ASSERT_TRUE(put(acme, "f", with(R"({"rollout":{"variant":"on","percent":100}})")));
    EXPECT_EQ(steps(explain(acme, "f", "{}", "ada")),
              "state user_override tenant_override plan_override targeting rollout* ");
    EXPECT_EQ(explain(acme, "f", "{}", "ada")["evaluation"]["variant"], "on");
    ASSERT_TRUE(put(acme, "f", with(R"({"rollout":{"variant":"on","percent":0}})")));
    EXPECT_EQ(steps(explain(acme, "f", "{}", "ada")),
              "state user_override tenant_override plan_override targeting rollout default* ");
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return flags.kill(acme, unit, "f", "smoke"); }));
    EXPECT_EQ(steps(explain(acme, "f")), "state* ");
    EXPECT_EQ(explain(acme, "f")["evaluation"]["reason"], "DISABLED");
}

TEST_F(ExplanationTest, AnOverrideOfNothingIsPassedOver) {
    ASSERT_TRUE(put(acme, "f", flag("off")));
    ASSERT_TRUE(override_with(acme, "f", "ada", "on"));
    ASSERT_TRUE(put(acme, "f", R"({"state":"ENABLED","variants":{"off":false},"defaultVariant":"off"})"));
    const auto all = explain(acme, "f", "{}", "ada");
    EXPECT_EQ(steps(all), "state user_override tenant_override plan_override targeting default* ");
    EXPECT_TRUE(all["steps"][1].contains("detail"));
}

TEST_F(ExplanationTest, AFailureIsSaid) {
    ASSERT_TRUE(put(acme, "f", flag("off", R"({"if":[{"+":[{"var":"x"}]},"on"]})")));
    const auto all = explain(acme, "f", R"({"x":"text"})");
    EXPECT_EQ(all["evaluation"]["errorCode"], "GENERAL");
    EXPECT_TRUE(all["steps"].back()["operations"].back().contains("error"));
    EXPECT_EQ(explain(acme, "nope")["code"], "flag_not_found");
    EXPECT_EQ(explain(other, "f")["code"], "flag_not_found");
}

class BulkEvaluationTest : public ServiceTest {
 protected:
    base::Result<std::string> ask(const std::string& body) {
        const Subject subject{.tenant = acme.tenant, .tenant_slug = "acme", .plan = acme.plan, .now = 0};
        counted = 0;
        const auto count = [this](const Evaluation& one) { counted += one.found ? 1 : 0; };
        return evaluate_contexts(*store.read(), subject, body,
                                 {world.clock, world.clock.monotonic() + std::chrono::seconds(30)}, count);
    }
    int counted = 0;
};

TEST_F(BulkEvaluationTest, EachContextHasItsResult) {
    ASSERT_TRUE(put(acme, "f", flag("off", R"({"if":[{"==":[{"var":"targetingKey"},"ada"]},"on"]})")));
    ASSERT_TRUE(put(acme, "g", flag("on")));
    const auto answer =
        ask(R"({"contexts":[{"targetingKey":"ada"},{"tenant":"other"}],"flags":["f","nope"]})");
    ASSERT_TRUE(answer) << answer.error().detail;
    const auto results = json::parse(*answer).at("results");
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0]["flags"][0]["variant"], "on");
    EXPECT_EQ(results[0]["flags"][1]["errorCode"], "FLAG_NOT_FOUND");
    EXPECT_EQ(results[1]["flags"][0]["variant"], "off");
    EXPECT_EQ(counted, 2);
    const auto all = ask(R"({"contexts":[{},{}]})");
    ASSERT_TRUE(all);
    EXPECT_EQ(json::parse(*all)["results"][1]["flags"].size(), 2U);
    EXPECT_EQ(json::parse(*ask(R"({"contexts":[]})"))["results"].size(), 0U);
}

TEST_F(BulkEvaluationTest, ItHasLimits) {
    const auto fault = [&](const std::string& body) {
        const auto answer = ask(body);
        if (answer) return std::string();
        return answer.error().code +
               (answer.error().fields.empty() ? "" : " " + answer.error().fields[0].pointer);
    };
    EXPECT_EQ(fault("["), "invalid_json");
    EXPECT_EQ(fault("[]"), "invalid_body ");
    EXPECT_EQ(fault("{}"), "invalid_body /contexts");
    EXPECT_EQ(fault(R"({"contexts":[{},1]})"), "invalid_body /contexts/1");
    EXPECT_EQ(fault(R"({"contexts":[{"targetingKey":1}]})"), "invalid_body /contexts/0/targetingKey");
    EXPECT_EQ(fault(R"({"contexts":[],"flags":[]})"), "invalid_body /flags");
    EXPECT_EQ(fault(R"({"contexts":[],"flags":["a\u0001"]})"), "invalid_body /flags/0");
    EXPECT_EQ(fault(R"({"contexts":[],"more":1})"), "invalid_body /more");
    std::string contexts = "{}", keys = "\"k\"";
    for (int i = 1; i < 1000; ++i)
        contexts += ",{}";
    for (int i = 1; i < 101; ++i)
        keys += ",\"k\"";
    EXPECT_EQ(fault(R"({"contexts":[)" + contexts + R"(],"flags":[)" + keys + "]}"), "too_many_evaluations");
    EXPECT_EQ(fault(R"({"contexts":[)" + contexts + ",{}]}"), "invalid_body /contexts");
}

}  // namespace
}  // namespace mortise::flags
