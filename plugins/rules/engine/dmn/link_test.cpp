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
using testing::input_data;
using ::testing::IsEmpty;
using testing::literal;
using testing::needs_decision;
using testing::needs_input;
using testing::needs_knowledge;
using testing::told;
using ::testing::UnorderedElementsAre;

std::string import(std::string_view name, std::string_view uri) {
    return "<import name=\"" + std::string(name) + "\" namespace=\"" + std::string(uri) +
           "\" importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"/>\n";
}

std::string needs(std::string_view kind, std::string_view href) {
    return "<informationRequirement><" + std::string(kind) + " href=\"" + std::string(href) +
           "\"/></informationRequirement>";
}

Compilation compile_all(const std::vector<std::string>& texts, const Limits& limits = {}) {
    std::vector<Source> sources;
    for (const std::string& text : texts)
        sources.push_back({"m" + std::to_string(sources.size()) + ".dmn", text});
    return compile(sources, limits);
}

TEST(Link, TellsReferencesToNothingAndToTheWrongThing) {
    const auto compilation =
        compile_text(definitions(input_data("i") + decision("a", literal("1"), needs_input("nowhere")) +
                                 decision("b", literal("1"), needs_decision("i")) +
                                 decision("c", literal("1"), needs_knowledge("a"))));
    EXPECT_THAT(told(compilation.faults),
                ElementsAre("3: unknown_reference (a)", "4: wrong_reference (b)", "5: wrong_reference (c)"));
    ASSERT_NE(compilation.model, nullptr);
    EXPECT_EQ(evaluated(*compilation.model, "a"), "1");
}

TEST(Link, TellsNamesAndIdsThatAreUsedTwice) {
    const auto compilation = compile_text(
        definitions(input_data("x") + R"(<decision id="x" name="y"><literalExpression><text>1</text>
</literalExpression></decision>)" +
                    decision("y", literal("1"))));
    EXPECT_THAT(told(compilation.faults), ElementsAre("3: duplicate_id (x)", "4: duplicate_name (y)"));
}

TEST(Link, BreaksCyclesAndLeavesTheRestAlone) {
    const auto compilation = compile_text(definitions(
        decision("a", literal("1"), needs_decision("b")) + decision("b", literal("1"), needs_decision("a")) +
        decision("self", literal("1"), needs_decision("self")) + decision("ok", literal("1"))));
    EXPECT_THAT(told(compilation.faults),
                UnorderedElementsAre("2: requirement_cycle (a)", "3: requirement_cycle (b)",
                                     "4: requirement_cycle (self)"));
    EXPECT_EQ(evaluated(*compilation.model, "a"), "null");
    EXPECT_EQ(evaluated(*compilation.model, "ok"), "1");
}

TEST(Link, TellsTheOtherFaultsOfCycles) {
    const auto compilation = compile_text(definitions(decision("a", literal("1 +"), needs_decision("b")) +
                                                      decision("b", literal("a + c"), needs_decision("a"))));
    EXPECT_THAT(told(compilation.faults),
                UnorderedElementsAre("2: requirement_cycle (a)", "3: requirement_cycle (b)",
                                     "2: bad_feel (a)", "3: bad_feel (b)"));
    EXPECT_EQ(evaluated(*compilation.model, "a"), "null");
}

TEST(Link, LimitsTheDepthOfRequirements) {
    std::string chain = decision("d0", literal("1"));
    for (int i = 1; i < 12; ++i)
        chain += decision("d" + std::to_string(i), literal("1"), needs_decision("d" + std::to_string(i - 1)));
    const auto compilation = compile_text(definitions(chain), {.max_requirement_depth = 10});
    EXPECT_THAT(told(compilation.faults),
                UnorderedElementsAre("12: requirements_too_deep (d10)", "13: requirements_too_deep (d11)"));
}

TEST(Link, ReadsImportsByNameWithTypesInputsAndKnowledge) {
    const std::string lent = definitions(
        R"(<itemDefinition name="tAge"><typeRef>number</typeRef>
<allowedValues><text>[0..150]</text></allowedValues></itemDefinition>)" +
            input_data("age", "tAge") + decision("older", literal("age + 1"), needs_input("age")) +
            R"(<businessKnowledgeModel id="twice" name="twice"><variable/><encapsulatedLogic>
<formalParameter name="n" typeRef="number"/><literalExpression><text>n * 2</text></literalExpression>
</encapsulatedLogic></businessKnowledgeModel>)",
        testing::kDmn15, "urn:lent");
    const std::string main = definitions(
        import("lib", "urn:lent") + input_data("mine", "lib.tAge") +
        decision(
            "D", literal("lib.twice(lib.older) + mine"),
            needs("requiredDecision", "urn:lent#older") + needs_input("mine") +
                "<knowledgeRequirement><requiredKnowledge href=\"urn:lent#twice\"/></knowledgeRequirement>",
            "number"));
    const auto compilation = compile_all({main, lent});
    EXPECT_THAT(told(compilation.faults), IsEmpty());
    ASSERT_NE(compilation.model, nullptr);
    EXPECT_EQ(evaluated(*compilation.model, "D", "{lib: {age: 20}, mine: 3}"), "45");
    EXPECT_EQ(evaluated(*compilation.model, "D", "{lib: {age: 20}, mine: 300}"), "null");
    EXPECT_EQ(evaluated(*compilation.model, "lib.older", "{lib: {age: 20}}"), "21");
}

TEST(Link, GivesEachPathOfImportsItsOwnInputs) {
    const std::string base =
        definitions(input_data("who") + decision("greet", literal("\"Hi \" + who"), needs_input("who")),
                    testing::kDmn15, "urn:base");
    const auto middle = [](std::string_view uri) {
        return definitions(import("base", "urn:base") + decision("say", literal("base.greet"),
                                                                 needs("requiredDecision", "urn:base#greet")),
                           testing::kDmn15, uri);
    };
    const std::string main = definitions(
        import("one", "urn:one") + import("two", "urn:two") +
        decision("D", literal("one.say + two.say"),
                 needs("requiredDecision", "urn:one#say") + needs("requiredDecision", "urn:two#say")));
    const auto compilation = compile_all({main, middle("urn:one"), middle("urn:two"), base});
    EXPECT_THAT(told(compilation.faults), IsEmpty());
    EXPECT_EQ(evaluated(*compilation.model, "D", R"({one: {base: {who: "A"}}, two: {base: {who: "B"}}})"),
              "Hi AHi B");
}

TEST(Link, TakesImportsWithoutANameAsOwnNames) {
    const std::string lent = definitions(
        input_data("x") + decision("older", literal("x + 1"), needs_input("x")), testing::kDmn15, "urn:lent");
    const std::string main =
        definitions(import("", "urn:lent") +
                    decision("D", literal("older"), needs("requiredDecision", "urn:lent#older")));
    const auto compilation = compile_all({main, lent});
    EXPECT_THAT(told(compilation.faults), IsEmpty());
    EXPECT_EQ(evaluated(*compilation.model, "D", "{x: 1}"), "2");
}

TEST(Link, TellsImportsThatAreMissingOrLeadBack) {
    const auto missing = compile_all({definitions(import("a", "urn:nowhere"))});
    EXPECT_THAT(told(missing.faults), ElementsAre("2: unknown_import ()"));

    const std::string back = definitions(import("b", "urn:main"), testing::kDmn15, "urn:back");
    EXPECT_THAT(told(compile_all({definitions(import("a", "urn:back")), back}).faults),
                ElementsAre("2: import_cycle ()"));
}

TEST(Link, LimitsThePathsOfImports) {
    std::string imports;
    for (int i = 0; i < 10; ++i)
        imports += import("i" + std::to_string(i), "urn:lent");
    const std::string lent = definitions("", testing::kDmn15, "urn:lent");
    const auto compilation = compile_all({definitions(imports), lent}, {.max_import_paths = 5});
    EXPECT_EQ(compilation.faults[0].code, "too_many_imports");
}

TEST(Link, WantsADocument) {
    EXPECT_THAT(told(compile_all({}).faults), ElementsAre("0: wrong_document_count ()"));
    EXPECT_EQ(compile_all({definitions(""), "no xml"}).model, nullptr);
}

TEST(Link, KeepsSoManyFaultsOnly) {
    std::string many;
    for (int i = 0; i < 20; ++i)
        many += "<decision/>";
    const auto compilation = compile_text(definitions(many), {.max_faults = 5});
    EXPECT_EQ(compilation.faults.size(), 5U);
    EXPECT_FALSE(compilation.faults.complete());
}

}  // namespace
}  // namespace rules::dmn
