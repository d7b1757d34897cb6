#include "analysis/analysis.hpp"

#include "analysis/test_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rules::analysis {
namespace {

using testing::analysed;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::TestColumn;
using testing::TestRule;
using testing::TestTable;
using testing::told;

// A UNIQUE table of one column and rules of the same output; each example is tried out.
std::vector<std::string> found(std::string type, const std::vector<std::string>& cells,
                               std::string allowed = "", std::string policy = "UNIQUE") {
    TestTable table{{{"x", std::move(type), std::move(allowed)}}, {}, std::move(policy)};
    for (const std::string& cell : cells)
        table.rules.push_back({{cell}});
    const TableReport report = analysed(table);
    EXPECT_TRUE(report.complete);
    EXPECT_THAT(report.undecided, IsEmpty());
    testing::expect_shown(table, report);
    return told(report);
}

TEST(Gaps, OfNumbers) {
    EXPECT_THAT(found("number", {"< 1", "[1..5)", ">= 5"}), IsEmpty());
    EXPECT_THAT(found("number", {"< 1", "(1..5)", "> 5"}), ElementsAre("gap | 1, 5"));
    EXPECT_THAT(found("number", {"[0..10]", "[11..20]"}), ElementsAre("gap | < 0, (10..11), > 20"));
    EXPECT_THAT(found("number", {"1,2", "not(1,2)"}), IsEmpty());
    EXPECT_THAT(found("number", {"1", "2"}), ElementsAre("gap | not(1, 2)"));
    EXPECT_THAT(found("number", {}), ElementsAre("gap | -"));
    EXPECT_THAT(found("number", {"-"}), IsEmpty());
}

TEST(Gaps, OfStrings) {
    EXPECT_THAT(found("string", {"\"a\"", "\"b\""}), ElementsAre("gap | not(\"a\", \"b\")"));
    EXPECT_THAT(found("string", {"\"a\"", "\"b\""}, "\"a\", \"b\""), IsEmpty());
    EXPECT_THAT(found("string", {"\"a\""}, "\"a\", \"b\", \"c\""), ElementsAre("gap | \"b\", \"c\""));
    EXPECT_THAT(found("string", {"\"a\"", "not(\"a\")"}), IsEmpty());
    EXPECT_THAT(found("string", {"\"\\\"\""}), ElementsAre("gap | not(\"\\\"\")"));
}

TEST(Gaps, OfLists) {
    EXPECT_THAT(found("number", {"[1, 2]", "not(1, 2)"}), IsEmpty());
    EXPECT_THAT(found("string", {"[\"a\", \"b\"]"}, "\"a\", \"b\", \"c\""), ElementsAre("gap | \"c\""));
}

TEST(Gaps, OfBooleansAndNull) {
    EXPECT_THAT(found("boolean", {"true"}), ElementsAre("gap | false"));
    EXPECT_THAT(found("boolean", {"true", "false"}), IsEmpty());
    EXPECT_THAT(found("boolean", {"true", "null"}), ElementsAre("gap | false"));
    EXPECT_THAT(found("number", {"null"}), ElementsAre("gap | not(null)"));
    EXPECT_THAT(found("number", {"not(null)"}), ElementsAre("gap | null"));
}

TEST(Gaps, OfTemporals) {
    EXPECT_THAT(found("date", {"<= date(\"2024-01-31\")", ">= date(\"2024-02-01\")"}), IsEmpty());
    EXPECT_THAT(found("date", {"< date(\"2024-01-31\")", ">= date(\"2024-02-01\")"}),
                ElementsAre("gap | date(\"2024-01-31\")"));
    EXPECT_THAT(found("time", {"< time(\"08:00:00\")", "[time(\"09:00:00\")..time(\"17:00:00\")]",
                               "> time(\"17:00:00\")"}),
                ElementsAre("gap | [time(\"08:00:00\")..time(\"09:00:00\"))"));
    EXPECT_THAT(found("time", {"<= time(\"08:00:00Z\")"}), ElementsAre("gap | > time(\"08:00:00Z\")"));
    EXPECT_THAT(found("dateTime", {"< date and time(\"2024-01-01T00:00:00\")",
                                   "> date and time(\"2024-01-01T00:00:00\")"}),
                ElementsAre("gap | date and time(\"2024-01-01T00:00:00\")"));
    EXPECT_THAT(
        found("dateTime", {"< @\"2024-01-01T00:00:00Z\"", ">= @\"2024-01-01T08:00:00+06:00\""}),
        ElementsAre("gap | [date and time(\"2024-01-01T00:00:00Z\")..date and time(\"2024-01-01T08:00:00+06:"
                    "00\"))"));
    EXPECT_THAT(found("yearMonthDuration", {"< duration(\"P1Y\")", "> duration(\"P1Y1M\")"}),
                ElementsAre("gap | [duration(\"P1Y\")..duration(\"P1Y1M\")]"));
    EXPECT_THAT(found("dayTimeDuration", {"<= duration(\"PT1H\")"}),
                ElementsAre("gap | > duration(\"PT1H\")"));
}

TEST(Gaps, AreWideBoxes) {
    TestTable table{{{"x", "number", ""}, {"y", "string", ""}}, {{{"[1..5)", "\"a\""}}}};
    const TableReport report = analysed(table);
    EXPECT_THAT(told(report), ElementsAre("gap | < 1, >= 5 | -", "gap | - | not(\"a\")"));
    testing::expect_shown(table, report);
    EXPECT_EQ(report.findings.front().message, "No rule matches at x: < 1, >= 5.");
    EXPECT_EQ(report.findings.front().region, (std::vector<std::string>{"< 1, >= 5", "-"}));
}

TEST(Gaps, AreNoneWithADefaultOutput) {
    TestTable table{{{"x", "number", ""}}, {{{"1"}}}, "UNIQUE"};
    table.output = "<output name=\"o\"><defaultOutputEntry><text>0</text></defaultOutputEntry></output>";
    EXPECT_THAT(told(analysed(table)), IsEmpty());
}

TEST(Overlaps, GoByTheHitPolicy) {
    const std::vector<std::string> cells = {"<= 5", ">= 5"};
    EXPECT_THAT(found("number", cells), ElementsAre("policy_violation 1 2"));
    EXPECT_THAT(found("number", cells, "", "ANY"), ElementsAre("overlap 1 2"));
    EXPECT_THAT(found("number", cells, "", "FIRST"), ElementsAre("overlap 1 2"));
    EXPECT_THAT(found("number", cells, "", "COLLECT"), ElementsAre("overlap 1 2"));
    EXPECT_THAT(found("number", {"< 5", ">= 5"}), IsEmpty());
}

TEST(Overlaps, OfAnyTablesMayHaveOneOutput) {
    TestTable table{{{"x", "number", ""}}, {{{"<= 5"}, "1"}, {{">= 5"}, "2"}, {{"5"}, "x"}}, "ANY"};
    const TableReport report = analysed(table);
    EXPECT_THAT(told(report), ElementsAre("policy_violation 1 2", "overlap 1 3", "overlap 2 3",
                                          "subsumed 3 1", "subsumed 3 2"));
    EXPECT_THAT(report.findings.front().example.front().value, "5");
    EXPECT_EQ(dmn::testing::evaluated(*testing::compiled(table), "D", "{x: 5}"), "null");
    ASSERT_EQ(report.undecided.size(), 1U);
    EXPECT_EQ(report.undecided.front().rule, 3U);
    EXPECT_EQ(report.undecided.front().column, 0U);
}

TEST(Overlaps, AreTheCommonPart) {
    TestTable table{{{"x", "number", ""}, {"y", "number", ""}}, {{{"[1..5]", "> 0"}}, {{"[3..9)", "-"}}}};
    const TableReport report = analysed(table);
    const Finding& finding = report.findings.back();
    EXPECT_EQ(finding.kind, Kind::kPolicyViolation);
    EXPECT_THAT(finding.region, ElementsAre("[3..5]", "> 0"));
    EXPECT_EQ(finding.message, "Rules 1 and 2 match together at x: [3..5]; y: > 0.");
    EXPECT_EQ(finding.rules.front().id, "r1");
    testing::expect_shown(table, report);
}

TEST(Subsumed, IsARuleInsideOfAnother) {
    EXPECT_THAT(found("number", {"-", "> 5"}, "", "COLLECT"), ElementsAre("overlap 1 2", "subsumed 2 1"));
    EXPECT_THAT(found("number", {"-", "-"}, "", "COLLECT"), ElementsAre("overlap 1 2", "subsumed 2 1"));
    EXPECT_THAT(found("number", {"[1..2]", "1,2", "-"}, "", "FIRST"),
                ElementsAre("overlap 1 2", "overlap 1 3", "overlap 2 3", "masked 2 1"));
}

TEST(Masked, ByARuleOrByTheUnionOfEarlierOnes) {
    EXPECT_THAT(found("number", {"< 5", ">= 5", "[1..9]"}, "", "FIRST"),
                ElementsAre("overlap 1 3", "overlap 2 3", "masked 3 1 2"));
    // Null is left to the last.
    EXPECT_THAT(found("number", {"< 5", ">= 5", "-"}, "", "FIRST"),
                ElementsAre("overlap 1 3", "overlap 2 3"));
    EXPECT_THAT(found("boolean", {"true", "false", "null", "-"}, "", "FIRST"), Contains("masked 4 1 2 3"));
    EXPECT_THAT(
        found("date", {"<= date(\"2024-01-31\")", ">= date(\"2024-02-01\")", "not(null)"}, "", "FIRST"),
        Contains("masked 3 1 2"));
    EXPECT_THAT(
        found("time",
              {"< time(\"10:00:00\")", ">= time(\"10:00:00\")", "[time(\"09:00:00\")..time(\"11:00:00\")]"},
              "", "FIRST"),
        Contains("masked 3 1 2"));
}

// A time with a zone is neither before, after nor equal to one without, but on both sides of it.
TEST(Masked, NotWhereATimeOfAZoneGetsThrough) {
    const std::vector<std::string> cells = {"< time(\"10:00:00\")", "time(\"10:00:00\")",
                                            "> time(\"10:00:00\")",
                                            "[time(\"09:00:00\")..time(\"11:00:00\")]"};
    EXPECT_THAT(found("time", cells, "", "FIRST"), Not(Contains(HasSubstr("masked"))));
    TestTable table{{{"x", "time", ""}}, {}, "FIRST"};
    for (std::size_t i = 0; i < cells.size(); ++i)
        table.rules.push_back({{cells[i]}, std::to_string(i + 1)});
    EXPECT_EQ(dmn::testing::evaluated(*testing::compiled(table), "D", "{x: time(\"10:00:00Z\")}"), "4");
}

TEST(Masked, GoesByPriorityAndThenByPlace) {
    TestTable table{{{"x", "number", ""}},
                    {{{"> 5"}, "\"low\""}, {{"> 3"}, "\"high\""}, {{"> 9"}, "\"high\""}, {{"> 4"}, "y"}},
                    "PRIORITY",
                    R"(<output name="o"><outputValues><text>"high","low"</text></outputValues></output>)",
                    dmn::testing::input_data("y")};
    table.elements.clear();
    table.rules.pop_back();
    const TableReport report = analysed(table);
    EXPECT_THAT(told(report), ElementsAre("gap | <= 3", "overlap 1 2", "overlap 1 3", "overlap 2 3",
                                          "masked 1 2", "masked 3 2"));
    testing::expect_shown(table, report);
}

TEST(Impossible, BySelfContradictionTypeAndAllowedValues) {
    EXPECT_THAT(found("number", {"(5..5)", "-"}), ElementsAre("impossible 1"));
    EXPECT_THAT(found("number", {"\"a\"", "-"}), ElementsAre("impossible 1"));
    EXPECT_THAT(found("number", {"[5..1]", "-"}), ElementsAre("impossible 1"));
    EXPECT_THAT(found("string", {"\"a\"", "\"b\"", "\"c\""}, "\"a\", \"b\""), ElementsAre("impossible 3"));
    EXPECT_THAT(found("number", {"> 100", "<= 100"}, "[0..100]"), ElementsAre("impossible 1"));
    const TestTable table{{{"x", "string", "\"a\""}, {"y", "number", ""}},
                          {{{"\"b\"", "-"}}, {{"\"a\"", "\"c\""}}}};
    const TableReport report = analysed(table);
    ASSERT_EQ(report.findings.size(), 3U);
    EXPECT_EQ(report.findings[1].message,
              "Rule 1 never matches: its test of x takes none of the allowed values.");
    EXPECT_EQ(report.findings[2].message, "Rule 2 never matches: its test of y holds for no value.");
}

TEST(Impossible, ByTwoColumnsOfOneInput) {
    const TestTable table{{{"x", "number", ""}, {"x", "number", ""}},
                          {{{">= 5", "< 3"}}, {{">= 3", "< 5"}}, {{"< 3", "-"}}, {{"-", ">= 5"}}}};
    const TableReport report = analysed(table);
    EXPECT_THAT(told(report), ElementsAre("impossible 1"));
    EXPECT_THAT(report.undecided, IsEmpty());
}

TEST(Outputs, ThatAreNullOrNotListed) {
    TestTable table{{{"x", "number", ""}}, {{{"< 1"}, ""}, {{"1"}, "\"c\""}, {{"> 1"}, "\"a\""}}};
    EXPECT_THAT(told(analysed(table)), ElementsAre("missing_output 1"));
    table.output = R"(<output name="o"><outputValues><text>"a","b"</text></outputValues></output>)";
    EXPECT_THAT(told(analysed(table)), ElementsAre("missing_output 1", "missing_output 2"));
    testing::expect_shown(table, analysed(table));
}

TEST(Undecided, CellsLeadToNoWrongFinding) {
    TestTable table{{{"x", "number", ""}, {"y", "number", ""}},
                    {{{"> y", "-"}}, {{"<= 5", "-"}}, {{"<= 5", "1"}}, {{"? > 7", "2"}}},
                    "FIRST"};
    const TableReport report = analysed(table);
    EXPECT_THAT(told(report), ElementsAre("overlap 2 3", "masked 3 2"));
    ASSERT_EQ(report.undecided.size(), 2U);
    EXPECT_EQ(report.undecided[0].column, 1U);
    EXPECT_EQ(report.undecided[0].rule, 1U);
    EXPECT_EQ(report.undecided[1].rule_id, "r4");
    EXPECT_TRUE(report.complete);
}

TEST(Undecided, ListsHaveNoSections) {
    TestTable table{{{"x", "tList", ""}, {"y", "number", ""}},
                    {{{"list contains(?, 1)", "1"}}, {{"-", "2"}}}};
    table.elements =
        "<itemDefinition name=\"tList\" isCollection=\"true\"><typeRef>number</typeRef></itemDefinition>";
    const TableReport report = analysed(table);
    EXPECT_THAT(told(report), ElementsAre("gap | - | not(1, 2)"));
    testing::expect_shown(table, report);
    EXPECT_EQ(report.undecided.front().reason, "its values are of type tList");
}

TEST(Undecided, ComputedColumnsLeaveFindingsUncertain) {
    TestTable table{{{"x", "number", ""}, {"abs(x)", "number", ""}}, {{{"> 0", "> 0"}}, {{"<= 0", "<= 0"}}}};
    const TableReport report = analysed(table);
    ASSERT_EQ(report.findings.size(), 2U);
    for (const Finding& finding : report.findings)
        EXPECT_FALSE(finding.certain);
    EXPECT_EQ(report.undecided.front().column, 2U);
    // What takes all values of the computed column is certain.
    table.rules = {{{"> 0", "-"}}};
    EXPECT_TRUE(analysed(table).findings.front().certain);
}

TEST(Undecided, MixedZones) {
    const TestTable table{{{"x", "time", ""}}, {{{"< time(\"10:00:00\")"}}, {{">= time(\"10:00:00Z\")"}}}};
    const TableReport report = analysed(table);
    EXPECT_THAT(report.findings, IsEmpty());
    EXPECT_THAT(report.undecided.front().reason, HasSubstr("zone"));
}

TEST(Types, RestrictAnInput) {
    TestTable table{{{"x", "tAge", ""}}, {{{"< 18"}}, {{"[18..200]"}}}};
    table.elements =
        "<itemDefinition name=\"tAge\"><typeRef>number</typeRef><allowedValues><text>[0..120]</text></allowedValues>"
        "</itemDefinition>";
    EXPECT_THAT(told(analysed(table)), IsEmpty());
    table.rules = {{{"< 18"}}, {{"< 0"}}};
    const TableReport report = analysed(table);
    EXPECT_THAT(told(report), ElementsAre("gap | [18..120]", "impossible 2"));
    testing::expect_shown(table, report);
}

TEST(Types, AreTakenFromTheTestsWhereThereAreNone) {
    EXPECT_THAT(found("", {"< 5", ">= 5"}), IsEmpty());
    EXPECT_THAT(found("", {"< 5", "\"a\""}), ElementsAre("gap | >= 5, < \"a\", > \"a\""));
    EXPECT_THAT(found("", {"-"}), IsEmpty());
    EXPECT_THAT(found("", {"> 5", "> 7", "-"}, "", "FIRST"), Contains("masked 2 1"));
    EXPECT_THAT(found("", {"< 5", ">= 5", "-"}, "", "FIRST"), Not(Contains(HasSubstr("masked"))));
}

TEST(Report, TellsWhichTable) {
    const Report report = analyse(*testing::compiled({{{"x", "number", ""}}, {{{"1"}}}}));
    ASSERT_EQ(report.tables.size(), 1U);
    const TableReport& table = report.tables.front();
    EXPECT_EQ(table.decision_id, "D");
    EXPECT_EQ(table.decision_name, "D");
    EXPECT_EQ(table.element_id, "t");
    EXPECT_EQ(table.hit_policy, dmn::HitPolicy::kUnique);
    EXPECT_THAT(table.inputs, ElementsAre("x"));
    EXPECT_EQ(table.rules, 1U);
}

TEST(Limits, FindingsAreCapped) {
    TestTable table{{{"x", "number", ""}}, std::vector<TestRule>(30, TestRule{{"-"}}), "COLLECT"};
    Limits limits;
    limits.max_findings = 10;
    const TableReport report = analysed(table, limits);
    EXPECT_EQ(report.findings.size(), 20U);
    ASSERT_EQ(report.counts.size(), 2U);
    EXPECT_EQ(report.counts[0].kind, Kind::kOverlap);
    EXPECT_EQ(report.counts[0].found, 30U * 29 / 2);
    EXPECT_EQ(report.counts[1].found, 30U * 29 / 2);
}

// Each rule leaves out two values of its own column: the gaps are as many as there are combinations of those.
TestTable hostile(std::size_t columns) {
    TestTable table;
    table.policy = "COLLECT";
    for (std::size_t column = 0; column < columns; ++column) {
        table.columns.push_back({"x" + std::to_string(column), "number", ""});
        TestRule rule{std::vector<std::string>(columns, "-")};
        rule.inputs[column] = "not(1, 2)";
        table.rules.push_back(std::move(rule));
        TestRule other{std::vector<std::string>(columns, "> 1")};
        other.inputs[column] = "[0..1]";
        table.rules.push_back(std::move(other));
    }
    return table;
}

TEST(Limits, StepsEndTheSearch) {
    Limits limits;
    limits.steps = 20'000;
    const TableReport report = analysed(hostile(24), limits);
    EXPECT_FALSE(report.complete);
    for (const Finding& finding : report.findings)
        EXPECT_NE(finding.kind, Kind::kMasked);
}

TEST(Limits, ATableTooLargeIsTold) {
    Limits limits;
    limits.steps = 100;
    const TableReport report = analysed(hostile(8), limits);
    EXPECT_FALSE(report.complete);
    EXPECT_THAT(report.findings, IsEmpty());
    EXPECT_EQ(report.undecided.front().reason, "the table is too large");
}

TEST(Limits, ATableOfAThousandRulesIsNoEffort) {
    TestTable table;
    for (std::size_t column = 0; column < 5; ++column)
        table.columns.push_back({"x" + std::to_string(column), "number", ""});
    for (std::size_t rule = 0; rule < 1'000; ++rule) {
        TestRule one;
        for (std::size_t column = 0, rest = rule; column < 5; ++column, rest /= 4) {
            const auto low = rest % 4 * 10;
            one.inputs.push_back("[" + std::to_string(low) + ".." + std::to_string(low + 10) + ")");
        }
        table.rules.push_back(std::move(one));
    }
    Limits limits;
    limits.steps = 5'000'000;
    const TableReport report = analysed(table, limits);
    EXPECT_TRUE(report.complete);
    for (const Finding& finding : report.findings)
        EXPECT_EQ(finding.kind, Kind::kGap);
    testing::expect_shown(table, report);
}

}  // namespace
}  // namespace rules::analysis
