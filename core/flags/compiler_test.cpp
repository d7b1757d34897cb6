#include "core/flags/test_rules.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using test::run_json;
using test::run_rule;

RuleSet with_evaluators(const char* evaluators) {
    return {.evaluators = std::make_shared<const json>(json::parse(evaluators))};
}

std::string first_fault(const json& rule, const RuleSet& set = {}) {
    const auto compiled = compile_rule(rule, set, Strictness::kSchema, "");
    if (compiled.findings.faults.empty()) return compiled.program == nullptr ? "no program" : "";
    return compiled.findings.faults[0].code;
}

json nested(const std::string& operation, int depth, json inner) {
    for (int i = 0; i < depth; ++i)
        inner = {{operation, json::array({std::move(inner)})}};
    return inner;
}

TEST(Compiler, ComputesWhatIsConstantOnce) {
    const auto nodes = [](const char* rule) {
        return compile_rule(json::parse(rule), {}, Strictness::kSchema, "").program->node_count();
    };
    EXPECT_EQ(nodes(R"({"if":[{"==":[{"+":[1,2]},3]},"a","b"]})"), 1U);
    EXPECT_EQ(nodes(R"({"map":[[1,2,3],{"*":[{"var":""},2]}]})"), 1U);
    EXPECT_EQ(nodes(R"({"in":[{"var":"x"},["a","b","c"]]})"), 3U);
    EXPECT_EQ(nodes(R"({"and":[{"var":"x"},{"cat":["a","b"]}]})"), 3U);
    // What would fail waits until it is reached.
    EXPECT_EQ(run_rule(R"({"if":[{"var":"x"},{"+":["no"]},"fine"]})"), "fine");
}

TEST(Compiler, PutsEvaluatorsInTheirPlace) {
    const auto set =
        with_evaluators(R"({"adult":{">=":[{"var":"age"},18]},"fine":{"and":[{"$ref":"adult"},true]}})");
    const test::Run with{.set = set};
    EXPECT_EQ(run_rule(R"({"if":[{"$ref":"fine"},"yes","no"]})", R"({"age":20})", with), "yes");
    EXPECT_EQ(run_rule(R"({"filter":[{"var":"people"},{"$ref":"adult"}]})",
                       R"({"people":[{"age":3},{"age":30}]})", with),
              json::parse(R"([{"age":30}])"));
    EXPECT_EQ(first_fault(json::parse(R"({"$ref":"nothing"})"), set), "unknown_evaluator");
    EXPECT_EQ(first_fault(json::parse(R"({"$ref":"a"})"),
                          with_evaluators(R"({"a":{"!":{"$ref":"b"}},"b":{"!":{"$ref":"a"}}})")),
              "evaluator_cycle");
}

TEST(Compiler, RefusesWhatIsTooDeep) {
    EXPECT_EQ(first_fault(nested("!", 60, {{"var", "x"}})), "");
    EXPECT_EQ(first_fault(nested("!", 64, {{"var", "x"}})), "rule_too_deep");
}

TEST(Compiler, RefusesWhatIsTooLarge) {
    json list = json::array();
    for (int i = 0; i < 4000; ++i)
        list.push_back(i);
    EXPECT_EQ(first_fault({{"in", {{{"var", "x"}}, list}}}), "");
    for (int i = 0; i < 200; ++i)
        list.push_back(i);
    EXPECT_EQ(first_fault({{"in", {{{"var", "x"}}, list}}}), "rule_too_large");
    // References grow without a large text.
    json evaluators = {{"e0", {{"+", {{{"var", "x"}}, 1}}}}};
    for (int i = 1; i < 30; ++i) {
        const json before = {{"$ref", "e" + std::to_string(i - 1)}};
        evaluators["e" + std::to_string(i)] = {{"+", {before, before}}};
    }
    EXPECT_EQ(first_fault({{"$ref", "e29"}}, {.evaluators = std::make_shared<const json>(evaluators)}),
              "rule_too_large");
}

TEST(Compiler, RefusesWhatCostsTooMuch) {
    const auto maps = [](int depth, const char* over) {
        json rule = {{"+", {{{"var", ""}}, 1}}};
        for (int i = 0; i < depth; ++i)
            rule = {{"map", {json::parse(over), std::move(rule)}}};
        return rule;
    };
    EXPECT_EQ(first_fault(maps(2, R"({"var":"list"})")), "");
    EXPECT_EQ(first_fault(maps(4, R"({"var":"list"})")), "rule_too_costly");
    EXPECT_EQ(first_fault(maps(6, R"([{"var":"a"},2])")), "");
    EXPECT_EQ(first_fault(maps(6, R"([{"var":"a"},2,3,4,5,6,7,8])")), "rule_too_costly");
}

TEST(Machine, StopsAfterSoManySteps) {
    json list = json::array();
    for (int i = 0; i < 2000; ++i)
        list.push_back(i);
    const auto rule = json::parse(R"({"map":[{"var":"list"},{"reduce":[[1,2,3,4,5,6,7,8,9],
        {"+":[{"var":"accumulator"},{"var":"current"},{"cat":[{"var":"current"}]}]},0]}]})");
    ASSERT_EQ(run_json(rule, {{"list", {1, 2}}}), json::parse("[90,90]"));
    EXPECT_EQ(
        run_json({{"map", {{{"var", "list"}}, {{"map", {{{"var", "a"}}, 1}}}}}}, {{"list", list}}).size(),
        2000U);
    const auto twice =
        json::parse(R"({"map":[{"var":"list"},{"map":[{"var":"inner"},{"+":[{"var":""},1]}]}]})");
    const auto nested_lists = [](int size) {
        json lists = json::array();
        for (int i = 0; i < size; ++i)
            lists.push_back({{"inner", std::vector<int>(static_cast<std::size_t>(size), i)}});
        return lists;
    };
    EXPECT_EQ(run_json(twice, {{"list", nested_lists(100)}}).size(), 100U);
    EXPECT_EQ(run_json(twice, {{"list", nested_lists(300)}})["fault"],
              std::string(to_string(RuleFault::kTooManySteps)));
}

TEST(Machine, KeepsToItsMemory) {
    // Each round doubles the text.
    const auto rule = json::parse(
        R"({"reduce":[{"var":"list"},{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"0123456789"]})");
    json list = json::array();
    for (int i = 0; i < 5; ++i)
        list.push_back(i);
    EXPECT_EQ(run_json(rule, {{"list", list}}).get<std::string>().size(), 320U);
    for (int i = 0; i < 60; ++i)
        list.push_back(i);
    EXPECT_EQ(run_json(rule, {{"list", list}})["fault"], std::string(to_string(RuleFault::kTooLarge)));
    // Arrays in each other, which no text could be made of.
    const auto wrap = json::parse(R"({"cat":[{"reduce":[{"var":"list"},[{"var":"accumulator"}],1]}]})");
    json many = json::array();
    for (int i = 0; i < 1000; ++i)
        many.push_back(i);
    EXPECT_EQ(run_json(wrap, {{"list", many}})["fault"], std::string(to_string(RuleFault::kTooLarge)));
}

TEST(RuleCheck, TellsFaultsFromWhatFlagdTakes) {
    const auto codes = [](const char* rule, Strictness strictness) {
        RuleFindings findings;
        check_targeting(json::parse(rule), strictness, "", findings);
        std::string all;
        for (const auto& fault : findings.faults)
            all += fault.pointer + " ";
        all += "|";
        for (const auto& warning : findings.warnings)
            all += " " + warning.pointer;
        return all;
    };
    const auto both = [&codes](const char* rule) {
        return codes(rule, Strictness::kSchema) + "  " + codes(rule, Strictness::kFlagd);
    };
    EXPECT_EQ(both(R"({})"), "|  |");
    EXPECT_EQ(both(R"({"if":[{"var":"a"},"b"]})"), "|  |");
    EXPECT_EQ(both(R"({"cat":"x"})"), "/cat |  | /cat");
    EXPECT_EQ(both(R"({"?:":[true,1,2]})"), "/?: |  | /?:");
    EXPECT_EQ(both(R"({"==":[1]})"), "/== |  | /==");
    EXPECT_EQ(both(R"({"==":[1,{}]})"), "/==/1 |  | /==/1");
    EXPECT_EQ(both(R"({"sem_ver":[{"var":"v"},"===","1.0.0"]})"), "/sem_ver/1 |  | /sem_ver/1");
    EXPECT_EQ(both(R"({"sem_ver":[{"var":"v"},"=","1.0"]})"), "/sem_ver/2 |  | /sem_ver/2");
    EXPECT_EQ(both(R"({"sem_ver":[{"cat":["1"]},"=","1.0.0"]})"), "/sem_ver/0 |  | /sem_ver/0");
    EXPECT_EQ(both(R"({"fractional":[["a",-1]]})"), "/fractional/0/1 |  | /fractional/0/1");
    EXPECT_EQ(both(R"({"fractional":[["a",2147483647],["b",1]]})"), "/fractional |  | /fractional");
    // No evaluation could make sense of these.
    EXPECT_EQ(both(R"({"==":[1,2],"!=":[1,2]})"), " |   |");
    EXPECT_EQ(both(R"({"in":[1,[{"nope":1}]]})"), "/in/1/0/nope |  /in/1/0/nope |");
    EXPECT_EQ(both(R"({"var":"$flagd.other"})"), "/var |  /var |");
    EXPECT_EQ(both(R"({"starts_with":["a",5]})"), "/starts_with/1 |  /starts_with/1 |");
    EXPECT_EQ(both(R"({"fractional":"x"})"), "/fractional |  /fractional |");
    EXPECT_EQ(both(R"({"fractional":["x",["a",1]]})"), "/fractional/0 |  /fractional/0 |");
    EXPECT_EQ(both(R"({"$ref":5})"), "/$ref |  /$ref |");
}

}  // namespace
}  // namespace mortise::flags
