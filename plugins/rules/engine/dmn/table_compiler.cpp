#include "dmn/table_compiler.hpp"

#include "dmn/boxed.hpp"

#include <algorithm>
#include <utility>

namespace rules::dmn {
namespace {

bool is_multiple(HitPolicy policy) {
    return policy == HitPolicy::kCollect || policy == HitPolicy::kRuleOrder ||
           policy == HitPolicy::kOutputOrder;
}

bool needs_priority(HitPolicy policy) {
    return policy == HitPolicy::kPriority || policy == HitPolicy::kOutputOrder;
}

}  // namespace

CompiledLogic TableCompiler::compile(const DecisionTable& table, const Expression& owner) {
    parts_.element_id = owner.id;
    parts_.hit_policy = table.hit_policy;
    parts_.aggregation = table.aggregation;
    compile_outputs(table);
    check(table, owner);
    const bool complete = compile_inputs(table);
    compile_rules(table);
    if (!complete || parts_.outputs.empty()) return logic_.faulty("the decision table could not be compiled");
    feel::Type type = result_type();
    auto compiled = std::make_shared<TableLogic>(std::move(parts_), logic_.limits_.max_index_bytes);
    logic_.tables_.push_back(compiled);
    return {std::move(compiled), std::move(type)};
}

void TableCompiler::check(const DecisionTable& table, const Expression& owner) {
    if (table.aggregation != Aggregation::kNone && table.hit_policy != HitPolicy::kCollect)
        logic_.texts_.fault(owner, "misplaced_aggregation", "Only a COLLECT table has an aggregation.");
    if (table.aggregation != Aggregation::kNone && table.outputs.size() > 1)
        logic_.texts_.fault(owner, "misplaced_aggregation", "A table of several outputs has no aggregation.");
    const auto ranked = [](const TableOutput& output) { return output.values && output.values->ranked(); };
    if (needs_priority(table.hit_policy) &&
        std::none_of(parts_.outputs.begin(), parts_.outputs.end(), ranked))
        logic_.texts_.fault(owner, "missing_output_values",
                            "This hit policy orders by output values, and no output lists them.");
}

bool TableCompiler::compile_inputs(const DecisionTable& table) {
    bool complete = true;
    for (std::size_t column = 0; column < table.inputs.size(); ++column) {
        const InputClause& clause = table.inputs[column];
        logic_.texts_.enter(clause);
        feel::Type type = logic_.types_.resolve(clause.type, clause, logic_.texts_);
        auto expression = logic_.texts_.expression(clause.expression, logic_.scope_);
        if (expression) logic_.reserve(expression->frame_size());
        auto values = logic_.texts_.allowed_values(clause.values, logic_.types_.scope(), type);
        const feel::Type& known = type.is_any() && expression ? expression->type() : type;
        std::vector<feel::UnaryTests> tests;
        for (const Rule& rule : table.rules) {
            logic_.texts_.enter(rule);
            auto test = logic_.texts_.tests(rule.inputs[column], logic_.scope_, known);
            if (!test) {
                complete = false;
                continue;
            }
            logic_.reserve(test->frame_size());
            tests.push_back(*std::move(test));
        }
        complete = complete && expression;
        if (complete)
            parts_.inputs.push_back({clause.expression.text, *std::move(expression), std::move(type),
                                     std::move(values), std::move(tests)});
    }
    return complete;
}

void TableCompiler::compile_outputs(const DecisionTable& table) {
    std::vector<std::string> names;
    for (const OutputClause& clause : table.outputs) {
        logic_.texts_.enter(clause);
        const bool named = !clause.name.empty() || table.outputs.size() == 1;
        if (!named)
            logic_.texts_.fault(clause, "missing_name", "Each of several outputs of a table needs a name.");
        if (named && std::find(names.begin(), names.end(), clause.name) != names.end())
            logic_.texts_.fault(clause, "duplicate_name", "Two outputs have the name '" + clause.name + "'.");
        feel::Type type = logic_.types_.resolve(clause.type, clause, logic_.texts_);
        TableOutput output{clause.name, output_values(clause, type), nullptr};
        if (clause.default_value) output.default_value = cell(*clause.default_value, type);
        names.push_back(clause.name);
        parts_.outputs.push_back(std::move(output));
        output_types_.push_back(std::move(type));
    }
    parts_.shape = std::make_shared<const feel::Shape>(std::move(names));
}

// An output without values of its own has those of its type.
std::shared_ptr<const AllowedValues> TableCompiler::output_values(const OutputClause& clause,
                                                                  const feel::Type& type) {
    if (clause.values) return logic_.texts_.allowed_values(clause.values, logic_.types_.scope(), type);
    const auto* values = dynamic_cast<const AllowedValues*>(type.constraint());
    return values != nullptr ? std::make_shared<const AllowedValues>(*values) : nullptr;
}

void TableCompiler::compile_rules(const DecisionTable& table) {
    for (const Rule& rule : table.rules) {
        logic_.texts_.enter(rule);
        TableRule compiled;
        compiled.id = rule.id;
        for (std::size_t i = 0; i < table.outputs.size(); ++i)
            compiled.outputs.push_back(cell(rule.outputs[i], output_types_[i]));
        check_surplus(rule, table);
        fold(compiled);
        parts_.rules.push_back(std::move(compiled));
    }
}

// Cells without a column have faults of their own.
void TableCompiler::check_surplus(const Rule& rule, const DecisionTable& table) {
    for (std::size_t i = table.inputs.size(); i < rule.inputs.size(); ++i)
        static_cast<void>(logic_.texts_.tests(rule.inputs[i], logic_.scope_, {}));
    for (std::size_t i = table.outputs.size(); i < rule.outputs.size(); ++i)
        cell(rule.outputs[i], {});
}

// Outputs are literals as a rule: then the whole output is made here, once.
void TableCompiler::fold(TableRule& rule) {
    std::vector<feel::Value> values;
    for (const LogicPtr& output : rule.outputs) {
        const auto* constant = dynamic_cast<const ConstantLogic*>(output.get());
        if (constant == nullptr) return;
        values.push_back(constant->value());
    }
    rule.constant =
        values.size() == 1 ? values.front() : feel::ContextBuilder::of(parts_.shape, std::move(values));
}

LogicPtr TableCompiler::cell(const Text& text, const feel::Type& type) {
    // Editors leave a cell empty where an output has no value.
    if (is_blank(text.text)) return std::make_shared<ConstantLogic>(feel::Value());
    auto expression = logic_.texts_.expression(text, logic_.scope_);
    if (!expression) return logic_.faulty("the output entry could not be compiled").logic;
    logic_.reserve(expression->frame_size());
    if (const feel::Value* constant = expression->constant()) {
        feel::Evaluation evaluation(logic_.texts_.limits());
        return std::make_shared<ConstantLogic>(coerce(*constant, type, evaluation));
    }
    LogicPtr logic = std::make_shared<LiteralLogic>(*std::move(expression));
    return std::make_shared<TypedLogic>(std::move(logic), type);
}

feel::Type TableCompiler::result_type() const {
    feel::Type row = output_types_.front();
    if (output_types_.size() > 1) {
        std::vector<feel::Type::Member> members;
        for (std::size_t i = 0; i < output_types_.size(); ++i)
            members.push_back({parts_.outputs[i].name, output_types_[i]});
        row = feel::Type::context(std::move(members));
    }
    // A default output is no list, even where the outputs of rules are collected in one.
    const bool has_default =
        std::any_of(parts_.outputs.begin(), parts_.outputs.end(),
                    [](const TableOutput& output) { return output.default_value != nullptr; });
    if (!is_multiple(parts_.hit_policy)) return row;
    if (parts_.aggregation == Aggregation::kCount) return feel::Type::Kind::kNumber;
    if (has_default || parts_.aggregation != Aggregation::kNone) return {};
    return feel::Type::list(std::move(row));
}

}  // namespace rules::dmn
