#include "dmn/test_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace rules::dmn {
namespace {

using testing::compile_text;
using testing::decision;
using testing::definitions;
using ::testing::ElementsAre;
using testing::evaluated;
using testing::evaluated_text;
using testing::told;

struct Rule {
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
};

std::string cell(std::string_view kind, std::string_view text) {
    return "<" + std::string(kind) + "><text><![CDATA[" + std::string(text) + "]]></text></" +
           std::string(kind) + ">";
}

std::string rules(const std::vector<Rule>& all) {
    std::string text;
    for (const Rule& rule : all) {
        text += "<rule>";
        for (const std::string& input : rule.inputs)
            text += cell("inputEntry", input);
        for (const std::string& output : rule.outputs)
            text += cell("outputEntry", output);
        text += "</rule>\n";
    }
    return text;
}

// A table with the input `x`.
std::string table(std::string_view policy, const std::vector<Rule>& all,
                  std::string_view outputs = "<output name=\"o\"/>") {
    return testing::input_data("x") +
           decision("D",
                    "<decisionTable " + std::string(policy) +
                        "><input><inputExpression><text>x</text></inputExpression></input>" +
                        std::string(outputs) + rules(all) + "</decisionTable>",
                    testing::needs_input("x"));
}

std::string policy(std::string_view name) {
    return "hitPolicy=\"" + std::string(name) + "\"";
}

const std::vector<Rule> kOverlapping = {{{"> 0"}, {"2"}}, {{"> 5"}, {"3"}}, {{"> 5"}, {"1"}}, {{"0"}, {"0"}}};
constexpr std::string_view kRanked =
    R"(<output name="o"><outputValues><text>3,1,2</text></outputValues></output>)";

TEST(Table, UniqueTakesTheOneRuleThatMatches) {
    EXPECT_EQ(evaluated_text(table("", kOverlapping), "D", "{x: 1}"), "2");
    EXPECT_EQ(evaluated_text(table("", kOverlapping), "D", "{x: 0}"), "0");
    EXPECT_EQ(evaluated_text(table("", kOverlapping), "D", "{x: 9}"), "null");
    EXPECT_EQ(evaluated_text(table("", kOverlapping), "D", "{x: -1}"), "null");
    EXPECT_EQ(evaluated_text(table("", kOverlapping), "D"), "null");
}

TEST(Table, FirstAndAny) {
    EXPECT_EQ(evaluated_text(table(policy("FIRST"), kOverlapping), "D", "{x: 9}"), "2");
    EXPECT_EQ(evaluated_text(table(policy("ANY"), kOverlapping), "D", "{x: 9}"), "null");
    EXPECT_EQ(evaluated_text(table(policy("ANY"), {{{">0"}, {"1"}}, {{">1"}, {"2 - 1"}}}), "D", "{x: 9}"),
              "1");
}

TEST(Table, PriorityAndOutputOrderGoByOutputValues) {
    EXPECT_EQ(evaluated_text(table(policy("PRIORITY"), kOverlapping, kRanked), "D", "{x: 9}"), "3");
    EXPECT_EQ(evaluated_text(table(policy("OUTPUT ORDER"), kOverlapping, kRanked), "D", "{x: 9}"),
              "[3, 1, 2]");
    const std::string typed = R"(<itemDefinition name="tRank"><typeRef>number</typeRef>
<allowedValues><text>1,2,3</text></allowedValues></itemDefinition>)";
    EXPECT_EQ(
        evaluated_text(typed + table(policy("OUTPUT ORDER"), kOverlapping, "<output typeRef=\"tRank\"/>"),
                       "D", "{x: 9}"),
        "[1, 2, 3]");
    EXPECT_THAT(told(compile_text(definitions(table(policy("PRIORITY"), kOverlapping))).faults),
                ElementsAre("3: missing_output_values ()"));
}

TEST(Table, CollectsAndAggregates) {
    const auto collected = [](std::string_view aggregation, std::string_view inputs) {
        return evaluated_text(table(policy("COLLECT") + std::string(aggregation), kOverlapping), "D", inputs);
    };
    EXPECT_EQ(collected("", "{x: 9}"), "[2, 3, 1]");
    EXPECT_EQ(collected(" aggregation=\"SUM\"", "{x: 9}"), "6");
    EXPECT_EQ(collected(" aggregation=\"MIN\"", "{x: 9}"), "1");
    EXPECT_EQ(collected(" aggregation=\"MAX\"", "{x: 9}"), "3");
    EXPECT_EQ(collected(" aggregation=\"COUNT\"", "{x: 9}"), "3");
    EXPECT_EQ(collected("", "{x: -1}"), "[]");
    EXPECT_EQ(collected(" aggregation=\"COUNT\"", "{x: -1}"), "0");
    EXPECT_EQ(collected(" aggregation=\"SUM\"", "{x: -1}"), "null");
    EXPECT_EQ(evaluated_text(table(policy("RULE ORDER"), kOverlapping), "D", "{x: 9}"), "[2, 3, 1]");
}

TEST(Table, HasSeveralOutputsAndDefaults) {
    constexpr std::string_view kOutputs =
        R"(<output name="a"><defaultOutputEntry><text>"none"</text></defaultOutputEntry>
</output><output name="b"/>)";
    const std::vector<Rule> all = {{{"1"}, {"\"one\"", "x + 1"}}, {{"2"}, {"\"two\"", ""}}};
    EXPECT_EQ(evaluated_text(table("", all, kOutputs), "D", "{x: 1}"), "{a: \"one\", b: 2}");
    EXPECT_EQ(evaluated_text(table("", all, kOutputs), "D", "{x: 2}"), "{a: \"two\", b: null}");
    EXPECT_EQ(evaluated_text(table("", all, kOutputs), "D", "{x: 3}"), "{a: \"none\", b: null}");
}

TEST(Table, ChecksInputValuesAndTypesOfOutputs) {
    const std::string text =
        testing::input_data("x") +
        decision("D",
                 R"(<decisionTable><input><inputExpression typeRef="string"><text>x</text></inputExpression>
<inputValues><text>"a","b"</text></inputValues></input><output typeRef="number"/>)" +
                     rules({{{"\"a\""}, {"1"}}, {{"-"}, {"\"text\""}}}) + "</decisionTable>",
                 testing::needs_input("x"));
    EXPECT_EQ(evaluated_text(text, "D", "{x: \"c\"}"), "null");
    EXPECT_EQ(evaluated_text(text, "D", "{x: \"b\"}"), "null");
    EXPECT_EQ(evaluated_text(text, "D", "{x: \"a\"}"), "null");  // both rules match
}

TEST(Table, TellsItsFaults) {
    const auto compilation =
        compile_text(definitions(table(policy("FIRST") + " aggregation=\"SUM\"", {{{"1 +"}, {")", "1"}}},
                                       "<output name=\"a\"/><output name=\"a\"/>")));
    EXPECT_THAT(told(compilation.faults),
                ElementsAre("3: duplicate_name ()", "3: misplaced_aggregation ()",
                            "3: misplaced_aggregation ()", "3: bad_feel ()", "3: bad_feel ()"));
    EXPECT_EQ(evaluated(*compilation.model, "D"), "null");
}

TEST(Table, ChecksCellsThatHaveNoColumn) {
    const auto compilation = compile_text(definitions(table(policy("FIRST"), {{{"1", "2 +"}, {"1", ")"}}})));
    EXPECT_THAT(told(compilation.faults),
                ElementsAre("3: wrong_cell_count ()", "3: bad_feel ()", "3: bad_feel ()"));
}

TEST(Table, TakesInputsThatAreNotDeclared) {
    const auto compilation = compile_text(definitions(decision(
        "D",
        R"(<decisionTable><input><inputExpression typeRef="string"><text>season</text></inputExpression></input>
<output/>)" +
            rules({{{"\"winter\""}, {"\"stew\""}}}) + "</decisionTable>")));
    EXPECT_THAT(told(compilation.faults), ElementsAre("2: undeclared_input (D)"));
    EXPECT_FALSE(compilation.faults.has_errors());
    EXPECT_EQ(evaluated(*compilation.model, "D", "{season: \"winter\"}"), "stew");
    const auto inputs = compilation.model->inputs_of(*compilation.model->find(NodeKind::kDecision, "D"));
    ASSERT_EQ(inputs.size(), 1U);
    EXPECT_EQ(inputs[0].name, "season");
}

// Cells of every form, and inputs of every kind.
std::string input_of(std::string_view expression) {
    return decision("D", "<decisionTable><input><inputExpression id=\"e\"><text>" + std::string(expression) +
                             "</text></inputExpression></input><output/>" + rules({{{"3"}, {"\"hit\""}}}) +
                             "</decisionTable>");
}

TEST(Table, TellsWhatAnInputExpressionLacks) {
    const auto compilation = compile_text(definitions(input_of("amount +\nyy")));
    EXPECT_THAT(told(compilation.faults), ElementsAre("2: undeclared_input (e)", "3: undeclared_input (e)"));
    EXPECT_FALSE(compilation.faults.has_errors());
    EXPECT_EQ(evaluated(*compilation.model, "D", "{amount: 1, yy: 2}"), "hit");
    const auto inputs = compilation.model->inputs_of(*compilation.model->find(NodeKind::kDecision, "D"));
    ASSERT_EQ(inputs.size(), 2U);
    EXPECT_EQ(inputs[1].name, "yy");
    for (const auto broken : {"x +", "x *", "foo(x)"}) {
        const auto refused = compile_text(definitions(input_of(broken)));
        EXPECT_THAT(told(refused.faults), ElementsAre("2: bad_feel (e)")) << broken;
        EXPECT_TRUE(refused.faults.has_errors());
    }
}

constexpr std::string_view kCells[] = {
    "-",
    "1",
    "1,3",
    "< 2",
    ">= 3",
    "[1..3]",
    "(1..3)",
    "[1..3)",
    "]2..5]",
    "not(1)",
    "not([1..2], 4)",
    "not([5..5])",
    "[5..1]",
    "not([5..1], 2)",
    "[1, 3]",
    "[\"a\", [2..3], null]",
    "not([1, 3])",
    "< true",
    ">= true",
    "not(< true)",
    "null",
    "not(null)",
    "\"a\"",
    "\"a\",\"b\"",
    "[\"a\"..\"c\"]",
    "not(\"a\")",
    "true",
    "false",
    "1, \"a\"",
    "? > 2",
    "x + 0",
    "date(\"2024-01-01\")",
    "< date(\"2024-01-01\")",
    "duration(\"P1D\")",
    "> duration(\"P1D\")",
    "duration(\"P1Y\")",
    "time(\"10:00:00\")",
    "< date and time(\"2024-01-01T00:00:00\")",
    "date and time(\"2023-01-01T00:00:00\")",
    "[date and time(\"2023-01-01T00:00:00Z\")..date and time(\"2024-01-01T00:00:00Z\"))",
    "[3..1]",
    "-1",
    "> -1.5",
};
constexpr std::string_view kInputs[] = {
    "null",
    "0",
    "1",
    "1.0",
    "2",
    "2.5",
    "3",
    "4",
    "-1",
    "-2",
    "1000",
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"bb\"",
    "\"d\"",
    "true",
    "false",
    "date(\"2023-12-31\")",
    "date(\"2024-01-01\")",
    "duration(\"P1D\")",
    "duration(\"P2D\")",
    "duration(\"P1Y\")",
    "time(\"10:00:00\")",
    "date and time(\"2023-01-01T00:00:00\")",
    "date and time(\"2023-06-01T12:00:00@Europe/Paris\")",
    "[1, 2]",
    "[\"a\"]",
    "{a: 1}",
    "[1..3]",
};

std::string numbered(const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t rule = 0; rule < cells.size(); ++rule)
        text += std::to_string(rule) + ": " + cells[rule] + "\n";
    return text;
}

// Whether each rule matches alone, found without an index: its tests are evaluated one by one.
std::string expected_rules(const std::vector<std::string>& cells, std::string_view input) {
    const feel::Value value = testing::feel_value(input);
    feel::Scope scope;
    scope.declare("x");
    std::string matching;
    for (std::size_t rule = 0; rule < cells.size(); ++rule) {
        const auto tests = feel::compile_unary_tests(cells[rule], scope);
        EXPECT_TRUE(tests.ok()) << cells[rule];
        if (!tests) continue;
        feel::Frame frame(tests->frame_size());
        frame[0] = value;
        feel::Evaluation evaluation;
        if (!tests->matches(value, frame, evaluation)) continue;
        matching += (matching.empty() ? "" : ", ") + std::to_string(rule);
    }
    return "[" + matching + "]";
}

TEST(Table, FindsNothingInARangeThatEndsBeforeItBegins) {
    for (const auto input : {"{x: null}", "{x: 3}"})
        EXPECT_EQ(evaluated_text(table(policy("UNIQUE"), {{{"[5..1]"}, {"1"}}}), "D", input), "null");
    EXPECT_EQ(evaluated_text(table(policy("UNIQUE"), {{{"[5..1], null"}, {"1"}}}), "D", "{x: null}"), "1");
}

TEST(Table, FindsByItsIndexWhatTheTestsSay) {
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        std::vector<Rule> all;
        std::vector<std::string> cells;
        for (std::size_t rule = 0; rule < 70; ++rule) {
            cells.emplace_back(kCells[random() % std::size(kCells)]);
            all.push_back({{cells.back()}, {std::to_string(rule)}});
        }
        for (const std::size_t bytes : {std::size_t{1} << 20, std::size_t{40}}) {
            const auto compilation =
                compile_text(definitions(table(policy("RULE ORDER"), all)), {.max_index_bytes = bytes});
            ASSERT_TRUE(compilation.faults.empty()) << compilation.faults[0].reason;
            for (const std::string_view input : kInputs)
                EXPECT_EQ(evaluated(*compilation.model, "D", "{x: " + std::string(input) + "}"),
                          expected_rules(cells, input))
                    << input << '\n'
                    << numbered(cells);
        }
    }
}

}  // namespace
}  // namespace rules::dmn
