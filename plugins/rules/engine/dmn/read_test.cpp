#include "dmn/read.hpp"

#include "dmn/test_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rules::dmn {
namespace {

using testing::decision;
using testing::definitions;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::literal;
using testing::told;

std::vector<std::string> refusal(std::string_view xml, const Limits& limits = {}) {
    Faults faults;
    EXPECT_FALSE(read_definitions(xml, "m.dmn", limits, faults)) << xml;
    return told(faults);
}

Definitions read(std::string_view xml, Faults& faults) {
    auto read = read_definitions(xml, "m.dmn", {}, faults);
    EXPECT_TRUE(read) << xml;
    return read ? *std::move(read) : Definitions{};
}

TEST(Read, TakesTheNamespacesOfAllVersions) {
    for (const std::string_view uri :
         {"http://www.omg.org/spec/DMN/20130901", "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
          "http://www.omg.org/spec/DMN/20180521/MODEL/", "https://www.omg.org/spec/DMN/20191111/MODEL/",
          "https://www.omg.org/spec/DMN/20211108/MODEL/", "https://www.omg.org/spec/DMN/20230324/MODEL/"}) {
        Faults faults;
        const Definitions model = read(definitions(decision("D", literal("1")), uri), faults);
        EXPECT_THAT(told(faults), IsEmpty());
        ASSERT_EQ(model.decisions.size(), 1U) << uri;
        EXPECT_EQ(model.decisions[0].name, "D");
        EXPECT_EQ(model.decisions[0].line, 2U);
    }
}

TEST(Read, WarnsOfAVersionThatItDoesNotKnow) {
    Faults faults;
    read(definitions("", "https://www.omg.org/spec/DMN/20990101/MODEL/"), faults);
    EXPECT_THAT(told(faults), ElementsAre("1: unknown_version (d)"));
    EXPECT_FALSE(faults.has_errors());
}

TEST(Read, TakesAPrefixAndLeavesOtherNamespacesAlone) {
    Faults faults;
    const Definitions model = read(
        R"(<dmn:definitions xmlns:dmn="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:x="urn:x" namespace="n">
<x:decision name="not ours"/>
<dmn:decision id="a" name="  Our
  decision "><x:literalExpression/><dmn:literalExpression><dmn:text>1 <!-- one -->+ 2</dmn:text></dmn:literalExpression></dmn:decision>
</dmn:definitions>)",
        faults);
    EXPECT_THAT(told(faults), IsEmpty());
    ASSERT_EQ(model.decisions.size(), 1U);
    EXPECT_EQ(model.decisions[0].name, "Our decision");
    ASSERT_NE(model.decisions[0].logic, nullptr);
    EXPECT_EQ(std::get<LiteralExpression>(model.decisions[0].logic->body).text.text, "1 + 2");
}

TEST(Read, ResolvesPrefixesOfTypes) {
    Faults faults;
    const Definitions model = read(
        R"(<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd" namespace="n"
 xmlns:feel="http://www.omg.org/spec/FEEL/20140401">
<inputData id="i" name="i"><variable name="i" typeRef="feel:string"/></inputData>
<itemDefinition name="t"><typeRef>feel:number</typeRef></itemDefinition></definitions>)",
        faults);
    EXPECT_EQ(model.inputs[0].variable.type.name, "string");
    EXPECT_EQ(model.inputs[0].variable.type.uri, "http://www.omg.org/spec/FEEL/20140401");
    EXPECT_EQ(model.item_definitions[0].type.name, "number");
}

TEST(Read, ReadsADecisionTable) {
    Faults faults;
    const Definitions model = read(definitions(decision("D", R"(
<decisionTable id="t" hitPolicy="COLLECT" aggregation="SUM">
<input id="i"><inputExpression typeRef="number"><text>a</text></inputExpression>
<inputValues><text>1,2</text></inputValues></input>
<output id="o" typeRef="number"><defaultOutputEntry><text>0</text></defaultOutputEntry><outputValues/></output>
<rule id="r"><inputEntry><text>1</text></inputEntry><outputEntry><text>7</text></outputEntry></rule>
</decisionTable>)")),
                                   faults);
    EXPECT_THAT(told(faults), IsEmpty());
    const auto& table = std::get<DecisionTable>(model.decisions[0].logic->body);
    EXPECT_EQ(table.hit_policy, HitPolicy::kCollect);
    EXPECT_EQ(table.aggregation, Aggregation::kSum);
    EXPECT_EQ(table.inputs[0].values->text, "1,2");
    EXPECT_FALSE(table.outputs[0].values.has_value());
    EXPECT_EQ(table.outputs[0].default_value->text, "0");
    EXPECT_EQ(table.rules[0].outputs[0].text, "7");
    EXPECT_EQ(table.rules[0].line, 7U);
}

TEST(Read, TellsAllFaultsOfForm) {
    Faults faults;
    read(definitions(R"(<decision id="a"/>
<decision id="b" name="b"><informationRequirement><requiredInput href="x"/></informationRequirement>
<decisionTable id="t" hitPolicy="BEST"><input/><output/>
<rule id="r"><outputEntry/></rule></decisionTable></decision>
<decision id="c" name="c"><conditional id="k"><if/></conditional></decision>
<decision id="e" name="e"><relation><column name="x"/><row id="w"/></relation></decision>)"),
         faults);
    EXPECT_THAT(
        told(faults),
        ElementsAre("2: missing_name (a)", "3: bad_reference ()", "4: unknown_hit_policy (t)",
                    "4: missing_expression ()", "5: wrong_cell_count (r)", "6: missing_expression ()",
                    "6: missing_expression (k)", "6: missing_expression (k)", "7: wrong_cell_count (w)"));
}

TEST(Read, RefusesWhatIsNoModel) {
    EXPECT_THAT(refusal(""), ElementsAre("1: bad_xml ()"));
    EXPECT_THAT(refusal("<definitions>\n<a></b></definitions>"), ElementsAre("2: bad_xml ()"));
    EXPECT_THAT(refusal("<definitions xmlns='urn:other'/>"), ElementsAre("1: not_dmn ()"));
    EXPECT_THAT(refusal("<decision xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/'/>"),
                ElementsAre("1: not_dmn ()"));
    EXPECT_THAT(refusal("<definitions name='\xff'/>"), ElementsAre("0: not_utf8 ()"));
    EXPECT_THAT(refusal("<definitions name='\xed\xa0\x80'/>"), ElementsAre("0: not_utf8 ()"));
}

TEST(Read, RefusesDocumentTypes) {
    EXPECT_THAT(refusal("<!DOCTYPE definitions [<!ENTITY a 'b'>]>" + definitions("")),
                ElementsAre("0: doctype ()"));
}

TEST(Read, KeepsItsLimits) {
    EXPECT_THAT(refusal(definitions(""), {.max_document_bytes = 10}),
                ElementsAre("0: document_too_large ()"));
    EXPECT_THAT(refusal(definitions(decision("D", literal("1"))), {.max_xml_nodes = 5}),
                ElementsAre("0: document_too_large ()"));
    std::string deep;
    for (int i = 0; i < 300; ++i)
        deep += "<list>";
    for (int i = 0; i < 300; ++i)
        deep += "</list>";
    EXPECT_THAT(refusal(definitions(decision("D", deep))), ElementsAre("0: document_too_deep ()"));
}

}  // namespace
}  // namespace rules::dmn
