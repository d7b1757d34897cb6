#pragma once

#include "analysis/analysis.hpp"
#include "dmn/test_model.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What tests of the analysis share.
namespace rules::analysis::testing {

using dmn::testing::definitions;

struct TestColumn {
    std::string expression;
    std::string type;     // of the input data and the column; empty: none
    std::string allowed;  // input values; empty: all
};

struct TestRule {
    std::vector<std::string> inputs;
    std::string output = "1";
};

struct TestTable {
    std::vector<TestColumn> columns;
    std::vector<TestRule> rules;
    std::string policy = "UNIQUE";
    std::string output = R"(<output name="o"/>)";
    std::string elements;  // of the model, beside the decision and its inputs
};

inline std::string text_element(std::string_view name, std::string_view text) {
    return "<" + std::string(name) + "><text><![CDATA[" + std::string(text) + "]]></text></" +
           std::string(name) + ">";
}

inline std::string xml_of(const TestColumn& column) {
    const std::string type = column.type.empty() ? "" : " typeRef=\"" + column.type + "\"";
    return "<input><inputExpression" + type + "><text><![CDATA[" + column.expression +
           "]]></text></inputExpression>" +
           (column.allowed.empty() ? "" : text_element("inputValues", column.allowed)) + "</input>";
}

inline std::string xml_of(const TestRule& rule, std::size_t number) {
    std::string xml = "<rule id=\"r" + std::to_string(number) + "\">";
    for (const std::string& input : rule.inputs)
        xml += text_element("inputEntry", input);
    return xml + text_element("outputEntry", rule.output) + "</rule>";
}

// A decision `D` with the table.
inline std::string xml_of(const TestTable& table) {
    std::string inputs;
    std::string requirements;
    std::string body = "<decisionTable id=\"t\" hitPolicy=\"" + table.policy + "\">";
    for (const TestColumn& column : table.columns) {
        const bool known = inputs.find("\"" + column.expression + "\"") != std::string::npos;
        if (feel::is_name(column.expression) && !known) {
            inputs += dmn::testing::input_data(column.expression, column.type);
            requirements += dmn::testing::needs_input(column.expression);
        }
        body += xml_of(column);
    }
    body += table.output;
    for (std::size_t i = 0; i < table.rules.size(); ++i)
        body += xml_of(table.rules[i], i + 1);
    return definitions(table.elements + inputs +
                       dmn::testing::decision("D", body + "</decisionTable>", requirements));
}

inline std::shared_ptr<const dmn::Model> compiled(const TestTable& table) {
    auto compilation = dmn::testing::compile_text(xml_of(table));
    EXPECT_FALSE(compilation.faults.has_errors())
        << ::testing::PrintToString(dmn::testing::told(compilation.faults)) << xml_of(table);
    return compilation.model;
}

inline TableReport analysed(const TestTable& table, const Limits& limits = {}) {
    const Report report = analyse(*compiled(table), limits);
    EXPECT_EQ(report.tables.size(), 1U);
    EXPECT_EQ(report.complete, report.tables.front().complete);
    return report.tables.front();
}

// The numbers of all rules that match, by an evaluation of the table with COLLECT.
class Matcher {
 public:
    explicit Matcher(TestTable table) : model_(compiled(collecting(std::move(table)))) {}

    std::vector<std::size_t> matched(const feel::Value& inputs) const {
        const auto decision = model_->find(dmn::NodeKind::kDecision, "D");
        feel::Evaluation evaluation;
        const auto outcome = model_->evaluate(*decision, inputs, evaluation, dmn::Explain::kYes);
        std::vector<std::size_t> rules;
        for (const dmn::RuleTrace& rule : outcome.explanation.nodes.back().tables.front().matched)
            rules.push_back(rule.number);
        return rules;
    }

    std::vector<std::size_t> matched(const std::vector<Assignment>& example) const {
        return matched(dmn::testing::feel_value(context_of(example)));
    }

    static std::string context_of(const std::vector<Assignment>& example) {
        std::string text = "{";
        for (const Assignment& input : example)
            text += (text.size() > 1 ? ", " : "") + input.input + ": " + input.value;
        return text + "}";
    }

 private:
    static TestTable collecting(TestTable table) {
        table.policy = "COLLECT";
        return table;
    }

    std::shared_ptr<const dmn::Model> model_;
};

// Each example shows what it is said to show.
inline void expect_shown(const TestTable& table, const TableReport& report) {
    const Matcher matcher(table);
    for (const Finding& finding : report.findings) {
        SCOPED_TRACE(finding.message + " " + Matcher::context_of(finding.example));
        if (finding.kind == Kind::kImpossible) {
            EXPECT_TRUE(finding.example.empty());
            continue;
        }
        EXPECT_FALSE(finding.example.empty() && !table.columns.empty());
        const auto matched = matcher.matched(finding.example);
        if (finding.kind == Kind::kGap) {
            EXPECT_TRUE(matched.empty());
            continue;
        }
        EXPECT_THAT(matched, ::testing::Contains(finding.rules.front().number));
        if (finding.kind == Kind::kMissingOutput) continue;
        const auto is_other = [&](const RuleRef& rule) {
            return rule.number != finding.rules.front().number &&
                   std::find(matched.begin(), matched.end(), rule.number) != matched.end();
        };
        EXPECT_TRUE(std::any_of(finding.rules.begin(), finding.rules.end(), is_other));
    }
}

// As `gap x: < 1`, `overlap 1 2`.
inline std::vector<std::string> told(const TableReport& report) {
    std::vector<std::string> all;
    for (const Finding& finding : report.findings) {
        std::string text(name_of(finding.kind));
        for (const RuleRef& rule : finding.rules)
            text += " " + std::to_string(rule.number);
        if (finding.kind == Kind::kGap)
            for (const std::string& tests : finding.region)
                text += " | " + tests;
        all.push_back(std::move(text));
    }
    return all;
}

}  // namespace rules::analysis::testing
