#include "tables/simple_rules.hpp"

#include "dmn/test_model.hpp"
#include "tables/model_tables.hpp"
#include "tables/test_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace rules::tables {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::told;
using ::testing::UnorderedElementsAre;

std::string dmn_of(std::string_view json) {
    Faults faults;
    auto xml = simple_rules_to_dmn(json, faults);
    EXPECT_THAT(told(faults), IsEmpty()) << json;
    return xml.value_or("");
}

std::vector<std::string> faults_of(std::string_view json) {
    Faults faults;
    EXPECT_FALSE(simple_rules_to_dmn(json, faults)) << json;
    return told(faults);
}

// Compiles what the rules become, which must be without faults, and evaluates its decision `D`.
std::string evaluated(std::string_view json, std::string_view inputs) {
    const std::string xml = dmn_of(json);
    const dmn::Compilation compilation = dmn::testing::compile_text(xml);
    EXPECT_THAT(dmn::testing::told(compilation.faults), IsEmpty()) << xml;
    return compilation.model ? dmn::testing::evaluated(*compilation.model, "D", inputs) : "";
}

// Whether one condition on `x` holds.
bool holds(std::string_view condition, std::string_view input) {
    const std::string json = R"({"name": "D", "rules": [{"conditions": [{"input": "x", )" +
                             std::string(condition) +
                             R"(}], "actions": [{"output": "o", "value": true}]}],
                                 "otherwise": [{"output": "o", "value": false}]})";
    return evaluated(json, "{x: " + std::string(input) + "}") == "true";
}

constexpr std::string_view kDiscount = R"({
    "name": "D",
    "description": "Who gets which discount",
    "rules": [
        {"description": "Loyal and grown up",
         "conditions": [{"input": "customer.age", "operator": "at_least", "value": 18},
                        {"input": "customer.age", "operator": "less_than", "value": 65},
                        {"input": "country", "operator": "in", "value": ["BD", "DE"]}],
         "actions": [{"output": "discount", "value": 0.15}, {"output": "reason", "value": "loyal"}]},
        {"conditions": [{"input": "country", "operator": "not_equals", "value": "BD"}],
         "actions": [{"output": "discount", "value": 5}]}],
    "otherwise": [{"output": "discount", "value": 0}]})";

TEST(SimpleRules, BecomeATableThatEvaluates) {
    EXPECT_EQ(evaluated(kDiscount, R"({customer: {age: 18}, country: "BD"})"),
              R"({discount: 0.15, reason: "loyal"})");
    EXPECT_EQ(evaluated(kDiscount, R"({customer: {age: 65}, country: "DE"})"), "{discount: 5, reason: null}");
    EXPECT_EQ(evaluated(kDiscount, R"({customer: {age: 65}, country: "BD"})"), "{discount: 0, reason: null}");
}

TEST(SimpleRules, TheTableIsOneThatPeopleRead) {
    Faults faults;
    const auto table = read_table(dmn_of(kDiscount), "D", faults);
    ASSERT_TRUE(table);
    EXPECT_EQ(table->hit_policy, dmn::HitPolicy::kFirst);
    ASSERT_EQ(table->inputs.size(), 2u);
    EXPECT_EQ(table->inputs[0].expression, "customer.age");
    EXPECT_EQ(table->inputs[0].type, "number");
    ASSERT_EQ(table->outputs.size(), 2u);
    EXPECT_EQ(table->outputs[0].default_value, "0");
    ASSERT_EQ(table->rows.size(), 2u);
    EXPECT_EQ(table->rows[0].description, "Loyal and grown up");
    EXPECT_THAT(table->rows[0].inputs, ElementsAre("[18..65)", R"("BD", "DE")"));
    EXPECT_THAT(table->rows[0].outputs, ElementsAre("0.15", R"("loyal")"));
    EXPECT_THAT(table->rows[1].inputs, ElementsAre("-", R"(not("BD"))"));
    EXPECT_FALSE(table->rows[1].id.empty());
}

TEST(SimpleRules, TheDocumentHasADiagram) {
    const std::string xml = dmn_of(kDiscount);
    for (const std::string_view part :
         {R"(<dmndi:DMNShape id="shape_decision_1" dmnElementRef="decision_1">)",
          R"(<dmndi:DMNEdge id="edge_2" dmnElementRef="informationRequirement_2">)",
          R"(<itemComponent name="age">)", "<description>Who gets which discount</description>"})
        EXPECT_THAT(xml, HasSubstr(part));
}

TEST(SimpleRules, EachOperator) {
    EXPECT_TRUE(holds(R"("operator": "equals", "value": -5)", "-5"));
    EXPECT_FALSE(holds(R"("operator": "equals", "value": -5)", "5"));
    EXPECT_TRUE(holds(R"("operator": "equals", "value": null)", "null"));
    EXPECT_TRUE(holds(R"("operator": "not_equals", "value": "a")", R"("b")"));
    EXPECT_TRUE(holds(R"("operator": "less_than", "value": 5)", "4.9"));
    EXPECT_FALSE(holds(R"("operator": "less_than", "value": 5)", "5"));
    EXPECT_TRUE(holds(R"("operator": "at_most", "value": 5)", "5"));
    EXPECT_FALSE(holds(R"("operator": "greater_than", "value": 5)", "5"));
    EXPECT_TRUE(holds(R"("operator": "at_least", "value": 5)", "5"));
    EXPECT_TRUE(holds(R"("operator": "between", "value": [-1, 5])", "-1"));
    EXPECT_FALSE(holds(R"("operator": "between", "value": [-1, 5])", "5.1"));
    EXPECT_TRUE(holds(R"("operator": "in", "value": ["a", "b"])", R"("b")"));
    EXPECT_FALSE(holds(R"("operator": "not_in", "value": ["a", "b"])", R"("b")"));
    EXPECT_TRUE(holds(R"("operator": "not_in", "value": ["a", "b"])", R"("c")"));
    EXPECT_TRUE(holds(R"("operator": "starts_with", "value": "ab")", R"("abc")"));
    EXPECT_FALSE(holds(R"("operator": "ends_with", "value": "ab")", R"("abc")"));
    EXPECT_TRUE(holds(R"("operator": "contains", "value": "b")", R"("abc")"));
    EXPECT_TRUE(holds(R"("operator": "matches", "value": "^[0-9]{3}$")", R"("123")"));
    EXPECT_TRUE(holds(R"("operator": "is_null")", "null"));
    EXPECT_FALSE(holds(R"("operator": "is_null")", "1"));
    EXPECT_TRUE(holds(R"("operator": "is_not_null")", "1"));
    EXPECT_TRUE(holds(R"("feel": "< 3, > 5")", "6"));
}

TEST(SimpleRules, SeveralConditionsOnOneInputAllHold) {
    const auto both = [](std::string_view first, std::string_view second, std::string_view input) {
        return evaluated(R"({"name": "D", "rules": [{"conditions": [{"input": "x", )" + std::string(first) +
                             R"(}, {"input": "x", )" + std::string(second) +
                             R"(}], "actions": [{"output": "o", "value": true}]}]})",
                         "{x: " + std::string(input) + "}") == "true";
    };
    EXPECT_TRUE(
        both(R"("operator": "at_most", "value": 9)", R"("operator": "greater_than", "value": 1)", "9"));
    EXPECT_FALSE(
        both(R"("operator": "at_most", "value": 9)", R"("operator": "greater_than", "value": 1)", "1"));
    EXPECT_FALSE(
        both(R"("operator": "at_least", "value": 1)", R"("operator": "not_in", "value": [3, 4])", "3"));
    EXPECT_TRUE(
        both(R"("operator": "between", "value": [1, 9])", R"("operator": "not_equals", "value": 3)", "4"));
    EXPECT_TRUE(both(R"("operator": "in", "value": ["ab", "b"])", R"("operator": "ends_with", "value": "b")",
                     R"("ab")"));
    EXPECT_FALSE(
        both(R"("operator": "at_least", "value": 9)", R"("operator": "less_than", "value": 1)", "5"));
    EXPECT_FALSE(both(R"("operator": "is_not_null")", R"("operator": "less_than", "value": 3)", "null"));
}

TEST(SimpleRules, WhatIsMissingFulfilsNoComparison) {
    for (const std::string_view condition :
         {R"("operator": "less_than", "value": 5)", R"("operator": "between", "value": [1, 2])",
          R"("operator": "starts_with", "value": "a")", R"("operator": "ends_with", "value": "a")",
          R"("operator": "contains", "value": "a")", R"("operator": "matches", "value": "a")",
          R"("operator": "at_least", "value": 1}, {"input": "x", "operator": "not_in", "value": [3])",
          R"("operator": "matches", "value": "a"}, {"input": "x", "operator": "not_equals", "value": "b")"})
        EXPECT_FALSE(holds(condition, "null")) << condition;
}

TEST(SimpleRules, TextsStayTexts) {
    EXPECT_TRUE(holds(R"("operator": "equals", "value": "\") or true or (\"\\<&\u0007\n\u09e7")",
                      R"("\") or true or (\"\\<&\u0007\n\u09e7")"));
    EXPECT_FALSE(holds(R"("operator": "equals", "value": "\", \"a")", R"("a")"));
}

TEST(SimpleRules, NumbersKeepTheirDigits) {
    EXPECT_TRUE(holds(R"("operator": "equals", "value": 0.1234567890123456789012345678901234)",
                      "0.1234567890123456789012345678901234"));
}

TEST(SimpleRules, DeclaredColumnsAndTemporals) {
    constexpr std::string_view kJson = R"({
        "name": "D", "hit_policy": "collect", "aggregation": "sum",
        "inputs": [{"name": "order.day", "type": "date", "label": "Day"},
                   {"name": "kind", "type": "string", "values": ["new", "old"]},
                   {"name": "wait", "type": "days_and_time_duration"}],
        "outputs": [{"name": "fee", "type": "number", "label": "Fee"}],
        "rules": [
            {"conditions": [{"input": "order.day", "operator": "at_least", "value": "2026-07-01"}],
             "actions": [{"output": "fee", "value": 10}]},
            {"conditions": [{"input": "kind", "operator": "equals", "value": "old"}],
             "actions": [{"output": "fee", "feel": "2 * 2"}]},
            {"conditions": [{"input": "wait", "operator": "greater_than", "value": "P1DT1H"}],
             "actions": [{"output": "fee", "value": 100}]}],
        "otherwise": [{"output": "fee", "value": 0}]})";
    const auto fee = [&](std::string_view day, std::string_view kind, std::string_view wait) {
        return evaluated(kJson, "{order: {day: date(\"" + std::string(day) + "\")}, kind: \"" +
                                    std::string(kind) + "\", wait: duration(\"" + std::string(wait) + "\")}");
    };
    EXPECT_EQ(fee("2026-07-01", "old", "P2D"), "114");
    EXPECT_EQ(fee("2026-06-30", "new", "P2D"), "100");
    EXPECT_EQ(fee("2026-06-30", "new", "P1D"), "0");
    EXPECT_EQ(fee("2026-07-01", "other", "P1D"), "null");
}

TEST(SimpleRules, TaggedValuesNeedNoDeclaration) {
    EXPECT_TRUE(holds(R"("operator": "less_than", "value": {"@type": "time", "@value": "08:00:00"})",
                      R"(time("07:59:59"))"));
    EXPECT_TRUE(
        holds(R"("operator": "in", "value": [{"@type": "date and time", "@value": "2026-01-01T00:00:00Z"}])",
              R"(date and time("2026-01-01T00:00:00Z"))"));
}

TEST(SimpleRules, OutputsOfSeveralTypesAndOfParts) {
    constexpr std::string_view kJson = R"({"name": "D", "rules": [
        {"conditions": [{"input": "x", "operator": "equals", "value": 1}],
         "actions": [{"output": "o", "value": [1, {"a b": null, "c": "d"}]}]},
        {"actions": [{"output": "o", "value": false}]}]})";
    EXPECT_EQ(evaluated(kJson, "{x: 1}"), R"([1, {a b: null, c: "d"}])");
    EXPECT_EQ(evaluated(kJson, "{x: 2}"), "false");
}

TEST(SimpleRules, AllFaultsAreToldAtOnce) {
    EXPECT_THAT(
        faults_of(R"({
        "hit_policy": "best", "aggregation": "average", "extra": 1, "a/b~": 2,
        "inputs": [{"name": "x", "type": "decimal"}, {"name": "x"}, {"name": "y", "type": "number"}],
        "rules": [
            {"conditions": [{"input": "z", "operator": "equals", "value": 1},
                            {"input": "y", "operator": "like", "value": 1},
                            {"input": "y", "operator": "equals", "value": "one"},
                            {"input": "y", "operator": "between", "value": [1]},
                            {"input": "y", "operator": "at_most"},
                            {"input": "y", "operator": "is_null", "value": 1},
                            {"input": "y", "operator": "matches", "value": 1},
                            {"operator": "equals", "value": 1}],
             "actions": []},
            {"conditions": [{"input": "x", "feel": "> 1"}, {"input": "x", "operator": "is_null"}],
             "actions": [{"output": "1o", "value": 1}, {"output": "o"}, {"output": "o", "value": 1, "feel": "1"}]},
            7]})"),
        UnorderedElementsAre(
            "/extra unknown_member", "/a~1b~0 unknown_member", "/name required",
            "/hit_policy unknown_hit_policy", "/aggregation unknown_aggregation",
            "/inputs/0/type unknown_type", "/inputs/1/name duplicate_name",
            "/rules/0/conditions/0/input unknown_name", "/rules/0/conditions/1/operator unknown_operator",
            "/rules/0/conditions/2/value wrong_type", "/rules/0/conditions/3/value wrong_length",
            "/rules/0/conditions/4/value required", "/rules/0/conditions/5/value unexpected",
            "/rules/0/conditions/6/value wrong_type", "/rules/0/conditions/7/input required",
            "/rules/0/actions required", "/rules/1/conditions/1/input conflict",
            "/rules/1/actions/0/output bad_name", "/rules/1/actions/1/value required",
            "/rules/1/actions/2/value required", "/rules/1/actions/2/output duplicate_output",
            "/rules/2 wrong_type"));
}

TEST(SimpleRules, InputsThatContradictEachOther) {
    EXPECT_THAT(faults_of(R"({"name": "D", "rules": [
        {"conditions": [{"input": "a.b", "operator": "equals", "value": 1},
                        {"input": "a", "operator": "equals", "value": 1},
                        {"input": "a.b.c", "operator": "equals", "value": 1},
                        {"input": "a + 1", "operator": "equals", "value": 1},
                        {"input": "c..d", "operator": "equals", "value": 1}],
         "actions": [{"output": "o", "value": 1}]}]})"),
                ElementsAre("/rules/0/conditions/1/input conflicting_inputs",
                            "/rules/0/conditions/2/input conflicting_inputs",
                            "/rules/0/conditions/4/input not_a_name"));
}

TEST(SimpleRules, WhatIsNoJsonOrNoObject) {
    EXPECT_THAT(faults_of("{"), ElementsAre(" bad_json"));
    EXPECT_THAT(faults_of("[]"), ElementsAre(" wrong_type"));
}

TEST(SimpleRules, TheExampleOfTheReadme) {
    std::ifstream file(TABLES_README);
    const std::string readme{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    constexpr std::string_view kBegin = "```json\n";
    const std::size_t begin = readme.find(kBegin) + kBegin.size();
    std::string json = readme.substr(begin, readme.find("```", begin) - begin);
    const std::size_t name = json.find("Discount");
    ASSERT_NE(name, json.npos);
    json.replace(name, std::string_view("Discount").size(), "D");
    EXPECT_EQ(evaluated(json, R"({customer: {years: 5, name: "Anna"}, order: {day: date("2026-12-31")}})"),
              R"({discount: 0.1, note: "since 5"})");
    EXPECT_EQ(evaluated(json, R"({customer: {years: 5, name: "Ann"}, order: {day: date("2026-12-31")}})"),
              "{discount: 0, note: null}");
}

TEST(SimpleRules, Limits) {
    Limits limits;
    limits.max_rows = 1;
    limits.max_columns = 1;
    Faults faults;
    EXPECT_FALSE(read_simple_rules(R"({"name": "D", "rules": [{}, {}]})", faults, limits));
    EXPECT_FALSE(read_simple_rules(R"({"name": "D", "inputs": [{"name": "a"}, {"name": "b"}],
                                       "rules": [{"actions": [{"output": "o", "value": 1}]}]})",
                                   faults, limits));
    limits.max_cells = 1;
    EXPECT_FALSE(read_simple_rules(R"({"name": "D", "inputs": [{"name": "a"}],
                                       "rules": [{"actions": [{"output": "o", "value": 1}]}]})",
                                   faults, limits));
    EXPECT_THAT(told(faults), ElementsAre("/rules too_many", "/inputs/1 too_many", "/rules too_many"));
}

TEST(SimpleRules, TellFaultsOfFeelWhereItStands) {
    EXPECT_THAT(
        faults_of(R"({"name": "D", "rules": [
        {"conditions": [{"input": "x", "operator": "equals", "value": 1}, {"input": "y", "feel": "> "}],
         "actions": [{"output": "o", "value": 1}, {"output": "p", "feel": "1 +"}]},
        {"conditions": [{"input": "x", "feel": "[9..1]"}], "actions": [{"output": "o", "feel": "x * 2"}]},
        {"conditions": [{"input": "x", "feel": "[1.."}], "actions": [{"output": "o", "value": 2}]}],
        "otherwise": [{"output": "p", "value": 2}, {"output": "o", "feel": "if"}]})"),
        UnorderedElementsAre("/rules/0/conditions/1/feel bad_feel", "/rules/0/actions/1/feel bad_feel",
                             "/rules/2/conditions/0/feel bad_feel", "/otherwise/1/feel bad_feel"));
}

TEST(SimpleRules, RefuseReversedEnds) {
    EXPECT_THAT(
        faults_of(R"({"name": "D", "inputs": [{"name": "x"}, {"name": "d", "type": "date"}], "rules": [
        {"conditions": [{"input": "x", "operator": "between", "value": [9, 1]},
                        {"input": "d", "operator": "between", "value": ["2026-02-01", "2026-01-31"]}],
         "actions": [{"output": "o", "value": 1}]}]})"),
        UnorderedElementsAre("/rules/0/conditions/0/value reversed", "/rules/0/conditions/1/value reversed"));
    EXPECT_TRUE(holds(R"("operator": "between", "value": [5, 5])", "5"));
}

}  // namespace
}  // namespace rules::tables
