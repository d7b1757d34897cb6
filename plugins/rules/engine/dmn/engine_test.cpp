#include "dmn/engine.hpp"

#include "dmn/test_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rules::dmn {
namespace {

using testing::compile_text;
using testing::decision;
using testing::definitions;
using ::testing::ElementsAre;
using testing::evaluated;
using testing::evaluated_text;
using testing::feel_value;
using testing::input_data;
using ::testing::IsEmpty;
using testing::literal;
using testing::needs_decision;
using testing::needs_input;
using testing::needs_knowledge;
using testing::told;

std::string knowledge(std::string_view name, std::string_view parameters, std::string_view logic,
                      std::string_view requirements = "") {
    return "<businessKnowledgeModel id=\"" + std::string(name) + "\" name=\"" + std::string(name) +
           "\"><variable/><encapsulatedLogic>" + std::string(parameters) + std::string(logic) +
           "</encapsulatedLogic>" + std::string(requirements) + "</businessKnowledgeModel>\n";
}

TEST(Engine, EvaluatesDecisionsThroughTheirRequirements) {
    const std::string model =
        input_data("Monthly Salary", "number") +
        decision("Yearly Salary", literal("12 * Monthly Salary"), needs_input("Monthly Salary"), "number") +
        decision("Text", literal("\"Earns \" + string(Yearly Salary)"), needs_decision("Yearly Salary"),
                 "string");
    EXPECT_EQ(evaluated_text(model, "Text", "{Monthly Salary: 1000}"), "Earns 12000");
    EXPECT_EQ(evaluated_text(model, "Yearly Salary", "{Monthly Salary: \"1000\"}"), "null");
    EXPECT_EQ(evaluated_text(model, "Yearly Salary"), "null");
}

TEST(Engine, ConvertsToDeclaredTypes) {
    EXPECT_EQ(evaluated_text(decision("D", literal("[1]"), "", "number"), "D"), "1");
    EXPECT_EQ(evaluated_text(decision("D", literal("\"a\""), "", "number"), "D"), "null");
    const std::string list =
        "<itemDefinition name=\"tList\" isCollection=\"true\"><typeRef>number</typeRef></itemDefinition>";
    EXPECT_EQ(evaluated_text(list + decision("D", literal("1"), "", "tList"), "D"), "[1]");
}

TEST(Engine, ChecksItemDefinitions) {
    const std::string types =
        R"(<itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>
<itemComponent name="grade"><typeRef>string</typeRef><allowedValues><text>"A","B"</text></allowedValues>
</itemComponent></itemDefinition>
<itemDefinition name="tPeople" isCollection="true"><typeRef>tPerson</typeRef>
<typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>)";
    const std::string model = types + input_data("people", "tPeople") +
                              decision("D", literal("people.name"), needs_input("people"));
    EXPECT_EQ(evaluated_text(model, "D", R"({people: [{name: "x", grade: "A"}]})"), R"(["x"])");
    EXPECT_EQ(evaluated_text(model, "D", R"({people: [{name: "x", grade: "C"}]})"), "null");
    const std::string one = R"({name: "x", grade: "A"})";
    EXPECT_EQ(evaluated_text(model, "D", "{people: [" + one + "," + one + "," + one + "]}"), "null");
}

TEST(Engine, TellsUnknownAndCyclicTypes) {
    const auto compilation =
        compile_text(definitions(R"(<itemDefinition id="a" name="a"><typeRef>b</typeRef></itemDefinition>
<itemDefinition id="b" name="b"><typeRef>a</typeRef></itemDefinition>
<itemDefinition id="c" name="c"><typeRef>nothing</typeRef></itemDefinition>)" +
                                 input_data("i", "nope")));
    EXPECT_THAT(told(compilation.faults),
                ElementsAre("2: type_cycle (a)", "4: unknown_type (c)", "4: unknown_type (i)"));
}

TEST(Engine, TellsBadTextsWithTheirLines) {
    const auto compilation = compile_text(definitions(
        "<decision id=\"a\" name=\"a\"><literalExpression><text>1 +\n2 +\n)</text></literalExpression></decision>" +
        decision(
            "b",
            "<literalExpression id=\"l\" expressionLanguage=\"java\"><text>1</text></literalExpression>") +
        decision("c", "<literalExpression/>") + decision("d", "") + decision("ok", literal("1"))));
    EXPECT_THAT(told(compilation.faults), ElementsAre("4: bad_feel (a)", "4: unknown_language (l)",
                                                      "5: missing_expression (c)", "6: missing_logic (d)"));
    EXPECT_EQ(evaluated(*compilation.model, "a"), "null");
    EXPECT_EQ(evaluated(*compilation.model, "ok"), "1");
}

TEST(Engine, CallsKnowledgeModelsByPositionByNameAndBoxed) {
    const std::string model =
        knowledge(
            "minus",
            "<formalParameter name=\"a\" typeRef=\"number\"/><formalParameter name=\"b\" typeRef=\"number\"/>",
            literal("a - b")) +
        decision("P", literal("minus(5, 3)"), needs_knowledge("minus")) +
        decision("N", literal("minus(b: 5, a: 3)"), needs_knowledge("minus")) +
        decision("W", literal("minus(\"5\", 3)"), needs_knowledge("minus")) +
        decision("B",
                 "<invocation>" + literal("minus") + "<binding><parameter name=\"b\"/>" + literal("1") +
                     "</binding><binding><parameter name=\"a\"/>" + literal("10") + "</binding></invocation>",
                 needs_knowledge("minus"));
    EXPECT_EQ(evaluated_text(model, "P"), "2");
    EXPECT_EQ(evaluated_text(model, "N"), "-2");
    EXPECT_EQ(evaluated_text(model, "W"), "null");
    EXPECT_EQ(evaluated_text(model, "B"), "9");
    EXPECT_EQ(evaluated_text(model, "minus", "{a: 8, b: 1}"), "7");
}

TEST(Engine, LetsKnowledgeModelsCallThemselvesWithinLimits) {
    const std::string parameter = "<formalParameter name=\"n\" typeRef=\"number\"/>";
    const std::string model = knowledge("fact", parameter, literal("if n <= 1 then 1 else n * fact(n - 1)")) +
                              knowledge("forever", parameter, literal("forever(n)")) +
                              decision("F", literal("fact(10)"), needs_knowledge("fact")) +
                              decision("E", literal("forever(1)"), needs_knowledge("forever"));
    EXPECT_EQ(evaluated_text(model, "F"), "3628800");
    const auto compilation = compile_text(definitions(model));
    feel::Evaluation evaluation;
    const auto index = compilation.model->find(NodeKind::kDecision, "E");
    EXPECT_TRUE(compilation.model->evaluate(*index, {}, evaluation).value.is_null());
    EXPECT_TRUE(evaluation.exceeded());
}

TEST(Engine, EvaluatesServicesWithTheirParametersOnly) {
    const std::string model =
        input_data("x", "number") + decision("inner", literal("100")) +
        decision("out", literal("inner + x"), needs_decision("inner") + needs_input("x")) +
        R"(<decisionService id="s" name="s"><variable name="s"/><outputDecision href="#out"/>
<inputDecision href="#inner"/><inputData href="#x"/></decisionService>
<decisionService id="both" name="both"><outputDecision href="#out"/><outputDecision href="#inner"/>
<encapsulatedDecision href="#inner"/><inputData href="#x"/></decisionService>)" +
        decision("calls", literal("s(1, 2) + inner"), needs_knowledge("s") + needs_decision("inner"));
    EXPECT_EQ(evaluated_text(model, "calls"), "103");
    EXPECT_EQ(evaluated_text(model, "s", "{x: 1, inner: 5}"), "6");
    EXPECT_EQ(evaluated_text(model, "s", "{x: 1}"), "null");
    EXPECT_EQ(evaluated_text(model, "both", "{x: 1}"), "{out: 101, inner: 100}");
}

TEST(Engine, GivesServicesNothingBeyondTheirParameters) {
    const std::string model =
        input_data("x", "number") + decision("out", literal("x = null"), needs_input("x")) +
        R"(<decisionService id="s" name="s"><outputDecision href="#out"/></decisionService>
<decisionService id="t" name="t"><outputDecision href="#out"/><inputData href="#x"/></decisionService>)" +
        decision("calls", literal("[s(), t(1), t(\"1\"), t()]"),
                 needs_knowledge("s") + needs_knowledge("t") + needs_input("x"));
    EXPECT_EQ(evaluated_text(model, "calls", "{x: 5}"), "[true, false, null, null]");
}

TEST(Engine, TakesModelsOfOlderVersionsAndOtherEditors) {
    const auto compilation = compile_text(
        R"(<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd" xmlns:feel="http://www.omg.org/spec/FEEL/20140401"
 xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="dish" name="Dish" namespace="http://camunda.org/schema/1.0/dmn">
<inputData id="g" name="guests"><variable name="guests" typeRef="feel:number"/></inputData>
<decision id="dish" name="Dish"><informationRequirement><requiredInput href="#g"/></informationRequirement>
<decisionTable id="t" hitPolicy="FIRST"><input id="i1" label="Season" camunda:inputVariable="s">
<inputExpression id="e1" typeRef="string"><text>season</text></inputExpression></input>
<input id="i2"><inputExpression id="e2" typeRef="integer" expressionLanguage="feel"><text>guests</text></inputExpression></input>
<output id="o" name="dish" typeRef="string"/>
<rule id="r1"><description/><inputEntry id="a"><text>not("Fall","Spring")</text></inputEntry>
<inputEntry id="b"><text/></inputEntry><outputEntry id="c"><text>"Stew"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="d"><text>"Fall"</text></inputEntry><inputEntry id="f"><text>&lt;= 8</text></inputEntry>
<outputEntry id="h"><text>"Ribs"</text></outputEntry></rule></decisionTable></decision></definitions>)");
    EXPECT_THAT(told(compilation.faults), ElementsAre("7: undeclared_input (e1)"));
    ASSERT_NE(compilation.model, nullptr);
    EXPECT_EQ(evaluated(*compilation.model, "dish", R"({season: "Winter", guests: 3})"), "Stew");
    EXPECT_EQ(evaluated(*compilation.model, "Dish", R"({season: "Fall", guests: 8})"), "Ribs");
    EXPECT_EQ(evaluated(*compilation.model, "Dish", R"({season: "Fall", guests: 9})"), "null");
}

TEST(Engine, TellsParametersThatAreTwiceOrNowhere) {
    const auto parameter = [](std::string_view name) {
        return "<formalParameter id=\"p\" name=\"" + std::string(name) + "\"/>\n";
    };
    const auto call = [](std::string_view of, std::string_view with) {
        return "<invocation>" + literal(of) + "<binding><parameter id=\"b\" name=\"" + std::string(with) +
               "\"/>" + literal("1") + "</binding></invocation>";
    };
    const auto faults = [](const std::string& model) {
        return told(compile_text(definitions(model)).faults);
    };
    const std::string twice = parameter("n") + parameter("n");
    EXPECT_THAT(faults(knowledge("f", twice, literal("n"))), ElementsAre("3: duplicate_name (p)"));
    EXPECT_THAT(
        faults(decision("d", "<functionDefinition>" + twice + literal("n") + "</functionDefinition>")),
        ElementsAre("3: duplicate_name (p)"));
    const std::string f = knowledge("f", parameter("n"), literal("n"));
    EXPECT_THAT(faults(f + decision("d", call("f", "n"), needs_knowledge("f"))), IsEmpty());
    EXPECT_THAT(faults(f + decision("d", call("f", "m"), needs_knowledge("f"))),
                ElementsAre("4: unknown_parameter (b)"));
    // Another function of the name hides the model's.
    const std::string hides =
        "<context><contextEntry><variable name=\"f\"/><functionDefinition>" + parameter("m") + literal("m") +
        "</functionDefinition></contextEntry><contextEntry>" + call("f", "m") + "</contextEntry></context>";
    EXPECT_EQ(evaluated_text(f + decision("d", hides, needs_knowledge("f")), "d"), "1");
}

// A table with rules for `hot` and, of COLLECT, all.
std::string season_table(std::string_view policy, std::string_view outputs, std::string_view cells) {
    return input_data("hot", "boolean") +
           decision("Season decision",
                    "<decisionTable hitPolicy=\"" + std::string(policy) +
                        "\"><input><inputExpression><text>hot</text></inputExpression></input>" +
                        std::string(outputs) + "<rule><inputEntry><text>true</text></inputEntry>" +
                        std::string(cells) + "</rule><rule><inputEntry><text>-</text></inputEntry>" +
                        std::string(cells) + "</rule></decisionTable>",
                    needs_input("hot"));
}

TEST(Engine, NamesRequiredTablesByTheirOutputs) {
    constexpr std::string_view kOne = R"(<output name="season" typeRef="string"/>)";
    constexpr std::string_view kTwo = R"(<output name="season"/><output name="degrees" typeRef="number"/>)";
    constexpr std::string_view kSummer = "<outputEntry><text>\"summer\"</text></outputEntry>";
    const std::string both = std::string(kSummer) + "<outputEntry><text>30</text></outputEntry>";
    const auto dish = [](std::string_view logic, std::string_view more = "") {
        return decision("dish", logic, needs_decision("Season decision") + std::string(more));
    };
    const std::string table =
        R"(<decisionTable><input><inputExpression><text>season</text></inputExpression></input>
<output/><rule><inputEntry><text>"summer"</text></inputEntry><outputEntry><text>season + "!"</text></outputEntry></rule>
</decisionTable>)";
    const std::string hot = "{hot: true}";
    EXPECT_EQ(evaluated_text(season_table("FIRST", kOne, kSummer) + dish(table), "dish", hot), "summer!");
    EXPECT_EQ(
        evaluated_text(season_table("FIRST", kTwo, both) + dish(literal("[season, degrees]")), "dish", hot),
        "[\"summer\", 30]");
    EXPECT_EQ(evaluated_text(season_table("COLLECT", kOne, kSummer) + dish(literal("season")), "dish", hot),
              "[\"summer\", \"summer\"]");
    EXPECT_EQ(
        evaluated_text(season_table("COLLECT", kTwo, both) + dish(literal("sum(degrees)")), "dish", hot),
        "60");
    // What is declared goes first.
    EXPECT_EQ(evaluated_text(season_table("FIRST", kOne, kSummer) + input_data("season") +
                                 dish(literal("season"), needs_input("season")),
                             "dish", "{hot: true, season: 1}"),
              "1");
    EXPECT_EQ(evaluated_text(
                  season_table("FIRST", R"(<output name="count"/>)", kSummer) + dish(literal("count([1])")),
                  "dish", hot),
              "1");
    const auto compilation = compile_text(definitions(season_table("FIRST", kOne, kSummer) + dish(table)));
    const auto inputs = compilation.model->inputs_of(*compilation.model->find(NodeKind::kDecision, "dish"));
    ASSERT_EQ(inputs.size(), 1U);
    EXPECT_EQ(inputs[0].name, "hot");
}

TEST(Engine, EvaluatesBoxedExpressions) {
    const auto box = [](std::string_view boxed) { return evaluated_text(decision("D", boxed), "D"); };
    EXPECT_EQ(box("<context><contextEntry><variable name=\"a\"/>" + literal("1") +
                  "</contextEntry><contextEntry><variable name=\"b\"/>" + literal("a + 1") +
                  "</contextEntry></context>"),
              "{a: 1, b: 2}");
    EXPECT_EQ(box("<context><contextEntry><variable name=\"a\"/>" + literal("1") +
                  "</contextEntry><contextEntry>" + literal("a + 1") + "</contextEntry></context>"),
              "2");
    EXPECT_EQ(box("<list>" + literal("1") + "<list>" + literal("2") + "</list></list>"), "[1, [2]]");
    EXPECT_EQ(
        box("<relation><column name=\"a\"/><column name=\"b\" typeRef=\"number\"/><row>" + literal("1") +
            literal("2") + "</row><row>" + literal("3") + literal("\"x\"") + "</row></relation>"),
        "[{a: 1, b: 2}, {a: 3, b: null}]");
    EXPECT_EQ(box("<conditional><if>" + literal("1 > 2") + "</if><then>" + literal("1") + "</then><else>" +
                  literal("2") + "</else></conditional>"),
              "2");
    EXPECT_EQ(box("<for iteratorVariable=\"i\"><in>" + literal("1..3") + "</in><return>" +
                  literal("i * i + count(partial)") + "</return></for>"),
              "[1, 5, 11]");
    EXPECT_EQ(box("<for iteratorVariable=\"i\"><in><list>" + literal("1") + literal("2") +
                  "</list></in><return>" + literal("i * 2") + "</return></for>"),
              "[2, 4]");
    EXPECT_EQ(box("<every iteratorVariable=\"i\"><in>" + literal("[1, 2]") + "</in><satisfies>" +
                  literal("i > 0") + "</satisfies></every>"),
              "true");
    EXPECT_EQ(box("<filter><in>" + literal("[{a: 1}, {a: 2}]") + "</in><match>" + literal("a > 1 // big") +
                  "</match></filter>"),
              "[{a: 2}]");
    EXPECT_EQ(box("<filter><in>" + literal("[1, 2, 3]") + "</in><match><conditional><if>" +
                  literal("item > 1") + "</if><then>" + literal("true") + "</then><else>" + literal("false") +
                  "</else></conditional></match></filter>"),
              "[2, 3]");
    EXPECT_EQ(
        box("<context><contextEntry><variable name=\"k\"/>" + literal("10") +
            "</contextEntry><contextEntry><variable name=\"f\"/><functionDefinition><formalParameter name=\"x\"/>" +
            literal("x + k") + "</functionDefinition></contextEntry><contextEntry>" + literal("f(5)") +
            "</contextEntry></context>"),
        "15");
}

TEST(Engine, QuantifiesInThreeValues) {
    const auto quantified = [](std::string_view kind, std::string_view results) {
        return evaluated_text(
            decision("D", "<" + std::string(kind) + " iteratorVariable=\"i\"><in>" + literal(results) +
                              "</in><satisfies>" + literal("i") + "</satisfies></" + std::string(kind) + ">"),
            "D");
    };
    EXPECT_EQ(quantified("some", "[false, null, true]"), "true");
    EXPECT_EQ(quantified("some", "[false, null]"), "null");
    EXPECT_EQ(quantified("some", "[true, 1]"), "null");
    EXPECT_EQ(quantified("every", "[true, null, false]"), "false");
    EXPECT_EQ(quantified("every", "[true, null]"), "null");
    EXPECT_EQ(quantified("every", "[]"), "true");
}

TEST(Engine, RefusesFunctionsInOtherLanguages) {
    const auto compilation = compile_text(definitions(decision(
        "D",
        "<functionDefinition id=\"f\" kind=\"Java\"><formalParameter name=\"x\"/></functionDefinition>")));
    EXPECT_THAT(told(compilation.faults), ElementsAre("2: external_function (f)"));
    EXPECT_EQ(evaluated(*compilation.model, "D"), "null");
}

TEST(Engine, TellsWhatItNeeds) {
    const auto compilation = compile_text(definitions(input_data("a", "number") + input_data("b", "string") +
                                                      decision("d", literal("a"), needs_input("a")) +
                                                      decision("e", literal("d"), needs_decision("d")) +
                                                      decision("f", literal("b"), needs_input("b"))));
    const auto inputs = compilation.model->inputs_of(*compilation.model->find(NodeKind::kDecision, "e"));
    ASSERT_EQ(inputs.size(), 1U);
    EXPECT_EQ(inputs[0].name, "a");
    EXPECT_EQ(inputs[0].type.to_string(), "number");
    EXPECT_THAT(compilation.model->inputs_of(*compilation.model->find(NodeKind::kInputData, "a")), IsEmpty());
    EXPECT_EQ(compilation.model->entries().size(), 5U);
    EXPECT_EQ(compilation.model->find(NodeKind::kDecision, "nowhere"), std::nullopt);
}

TEST(Engine, ExplainsWhatItDid) {
    const auto compilation = compile_text(definitions(
        input_data("a", "number") + input_data("b") +
        decision("d", literal("a + b"), needs_input("a") + needs_input("b")) +
        decision(
            "e",
            R"(<decisionTable id="t"><input><inputExpression><text>d</text></inputExpression></input><output/>
<rule id="r1"><inputEntry><text>1</text></inputEntry><outputEntry><text>"one"</text></outputEntry></rule>
<rule id="r2"><inputEntry><text>null</text></inputEntry><outputEntry><text>"none"</text></outputEntry></rule>
</decisionTable>)",
            needs_decision("d"))));
    feel::Evaluation evaluation;
    const auto index = compilation.model->find(NodeKind::kDecision, "e");
    const Outcome outcome =
        compilation.model->evaluate(*index, feel_value("{a: 1}"), evaluation, Explain::kYes);
    EXPECT_EQ(to_string(outcome.value), "none");
    EXPECT_THAT(outcome.explanation.missing_inputs, ElementsAre("b"));
    ASSERT_EQ(outcome.explanation.nodes.size(), 2U);
    const NodeTrace& first = outcome.explanation.nodes[0];
    EXPECT_EQ(first.name, "d");
    EXPECT_TRUE(first.value.is_null());
    EXPECT_FALSE(first.notes.empty());
    const NodeTrace& second = outcome.explanation.nodes[1];
    EXPECT_THAT(second.notes, IsEmpty());
    ASSERT_EQ(second.tables.size(), 1U);
    EXPECT_EQ(second.tables[0].element_id, "t");
    EXPECT_EQ(second.tables[0].inputs[0].text, "d");
    ASSERT_EQ(second.tables[0].matched.size(), 1U);
    EXPECT_EQ(second.tables[0].matched[0].id, "r2");
    EXPECT_EQ(second.tables[0].matched[0].number, 2U);
    EXPECT_GT(second.took.count(), 0);
}

}  // namespace
}  // namespace rules::dmn
