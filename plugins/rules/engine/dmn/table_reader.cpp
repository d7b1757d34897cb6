// The part of ExpressionReader that reads decision tables.
#include "dmn/expression_reader.hpp"
#include "dmn/policy_names.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace rules::dmn {

DecisionTable ExpressionReader::read_table(pugi::xml_node node) {
    DecisionTable table;
    table.hit_policy = read_hit_policy(node);
    table.aggregation = read_aggregation(node);
    for (const pugi::xml_node part : node.children()) {
        const std::string_view name = kind(part);
        if (name == "input") table.inputs.push_back(read_input(part));
        if (name == "output") table.outputs.push_back(read_output(part));
        if (name != "rule") continue;
        Rule rule = read_rule(part);
        if (rule.inputs.size() != table.inputs.size() || rule.outputs.size() != table.outputs.size())
            fault(part, "wrong_cell_count",
                  "A rule of this table has " + std::to_string(table.inputs.size()) + " input and " +
                      std::to_string(table.outputs.size()) + " output entries, not " +
                      std::to_string(rule.inputs.size()) + " and " + std::to_string(rule.outputs.size()) +
                      ".");
        rule.inputs.resize(std::max(rule.inputs.size(), table.inputs.size()));
        rule.outputs.resize(std::max(rule.outputs.size(), table.outputs.size()));
        table.rules.push_back(std::move(rule));
    }
    if (table.outputs.empty()) fault(node, "missing_output", "A decision table needs an output.");
    return table;
}

InputClause ExpressionReader::read_input(pugi::xml_node node) {
    InputClause clause;
    read_element(node, clause);
    const pugi::xml_node expression = child(node, "inputExpression");
    if (expression.empty())
        fault(node, "missing_expression", "An input of a decision table needs an inputExpression.");
    clause.expression = read_text(expression);
    clause.type = read_type(expression);
    clause.values = read_values(node, "inputValues");
    return clause;
}

OutputClause ExpressionReader::read_output(pugi::xml_node node) const {
    OutputClause clause;
    read_element(node, clause);
    clause.type = read_type(node);
    clause.values = read_values(node, "outputValues");
    clause.default_value = read_values(node, "defaultOutputEntry");
    return clause;
}

std::optional<Text> ExpressionReader::read_values(pugi::xml_node node, const char* name) const {
    const pugi::xml_node values = child(node, name);
    if (values.empty()) return std::nullopt;
    Text text = read_text(values);
    // Editors write an empty element where nothing is restricted.
    if (xml_name(text.text).empty()) return std::nullopt;
    return text;
}

Rule ExpressionReader::read_rule(pugi::xml_node node) const {
    Rule rule;
    read_element(node, rule);
    for (const pugi::xml_node entry : node.children()) {
        if (kind(entry) == "inputEntry") rule.inputs.push_back(read_text(entry));
        if (kind(entry) == "outputEntry") rule.outputs.push_back(read_text(entry));
    }
    return rule;
}

HitPolicy ExpressionReader::read_hit_policy(pugi::xml_node node) {
    const std::string name = xml_name(node.attribute("hitPolicy").value());
    if (name.empty()) return HitPolicy::kUnique;
    for (const auto& [known, policy] : kHitPolicyNames)
        if (name == known) return policy;
    fault(node, "unknown_hit_policy", "There is no hit policy '" + name + "'.");
    return HitPolicy::kUnique;
}

Aggregation ExpressionReader::read_aggregation(pugi::xml_node node) {
    const std::string name = xml_name(node.attribute("aggregation").value());
    for (const auto& [known, aggregation] : kAggregationNames)
        if (name == known) return aggregation;
    fault(node, "unknown_aggregation", "There is no aggregation '" + name + "'.");
    return Aggregation::kNone;
}

}  // namespace rules::dmn
