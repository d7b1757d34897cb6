#include "dmn/evaluator.hpp"

#include "dmn/model_function.hpp"
#include "dmn/recorder.hpp"

#include <utility>

namespace rules::dmn {

using feel::Value;

namespace {

// As of ScopeBinding.
Value component_of(const Value& value, const std::string& name, feel::Evaluation& evaluation) {
    if (value.is_list()) {
        std::vector<Value> components;
        components.reserve(value.as_list().size());
        for (const Value& item : value.as_list())
            components.push_back(component_of(item, name, evaluation));
        return evaluation.list(std::move(components));
    }
    const Value* found = value.is_context() ? value.as_context().find(name) : nullptr;
    return found != nullptr ? *found : Value();
}

}  // namespace

Value Evaluator::value(NodeIndex index) {
    if (!known_[index]) {
        values_[index] = make(index);
        known_[index] = true;
    }
    return values_[index];
}

void Evaluator::bind(NodeIndex index, Value value) {
    values_[index] = std::move(value);
    known_[index] = true;
}

Value Evaluator::make(NodeIndex index) {
    const Node& node = program_->graph.nodes[index];
    if (node.broken) return run_.evaluation.null("the requirements of '" + node.base().name + "' are faulty");
    if (node.is_input()) return given(index);
    if (node.decision() != nullptr) return decide(index);
    return function(index);
}

Value Evaluator::given(NodeIndex index) {
    const Node& node = program_->graph.nodes[index];
    const std::string& name = node.base().name;
    const Value* found = find_input(node.instance, name);
    if (found == nullptr) {
        if (run_.recorder) run_.recorder->missing(name);
        return run_.evaluation.null("the input '" + name + "' is missing");
    }
    return coerce(*found, program_->nodes[index].result, run_.evaluation);
}

const Value* Evaluator::find_input(InstanceIndex instance, std::string_view name) const {
    const Value* level = &inputs_;
    for (const std::string& import : program_->graph.instances[instance].path) {
        if (!level->is_context()) return nullptr;
        level = level->as_context().find(import);
        if (level == nullptr) return nullptr;
    }
    return level->is_context() ? level->as_context().find(name) : nullptr;
}

Value Evaluator::decide(NodeIndex index) {
    const CompiledNode& node = program_->nodes[index];
    const InstanceIndex instance = program_->graph.nodes[index].instance;
    const std::uint32_t levels = kCallLevels + node.depth;
    if (!run_.evaluation.step() || !run_.evaluation.enter(levels)) return {};
    if (run_.recorder) run_.recorder->begin(run_.evaluation);
    Value result;
    if (node.logic) {
        feel::Frame frame(node.frame_size);
        feel::Slot slot = 0;
        for (const ScopeBinding& binding : node.bindings)
            frame[slot++] = resolve(binding, instance);
        result = coerce(node.logic->evaluate(frame, run_), node.result, run_.evaluation);
    }
    if (run_.recorder) run_.recorder->end(trace_of(*program_, index, result), run_.evaluation);
    run_.evaluation.leave(levels);
    return result;
}

Value Evaluator::resolve(const ScopeBinding& binding, InstanceIndex from) {
    if (binding.node && binding.component)
        return component_of(value(*binding.node), *binding.component, run_.evaluation);
    if (binding.node) return value(*binding.node);
    if (binding.is_undeclared_input()) {
        const Value* found = find_input(from, binding.name);
        if (found != nullptr) return coerce(*found, binding.type, run_.evaluation);
        if (run_.recorder) run_.recorder->missing(binding.name);
        return run_.evaluation.null("the input '" + binding.name + "' is missing");
    }
    std::vector<Value> values;
    values.reserve(binding.members.size());
    for (const ScopeBinding& member : binding.members)
        values.push_back(resolve(member, from));
    return run_.evaluation.context(binding.shape, std::move(values));
}

Value Evaluator::function(NodeIndex index) {
    const Node& node = program_->graph.nodes[index];
    const CompiledNode& compiled = program_->nodes[index];
    if (node.service() != nullptr)
        return Value::function(std::make_shared<ServiceFunction>(program_, index, run_.recorder));
    if (!compiled.logic) return {};
    std::vector<Value> captured;
    captured.reserve(compiled.bindings.size());
    for (const ScopeBinding& binding : compiled.bindings)
        captured.push_back(resolve(binding, node.instance));
    return Value::function(
        std::make_shared<KnowledgeFunction>(program_, index, std::move(captured), run_.recorder));
}

Value Evaluator::service_output(NodeIndex index) {
    const Node& node = program_->graph.nodes[index];
    std::vector<Value> outputs;
    outputs.reserve(node.outputs.size());
    for (const NodeIndex output : node.outputs)
        outputs.push_back(value(output));
    const CompiledNode& compiled = program_->nodes[index];
    Value result = outputs.size() == 1 ? std::move(outputs.front())
                                       : run_.evaluation.context(compiled.outputs, std::move(outputs));
    return coerce(result, compiled.result, run_.evaluation);
}

NodeKind kind_of(const Node& node) {
    if (node.is_input()) return NodeKind::kInputData;
    if (node.decision() != nullptr) return NodeKind::kDecision;
    return node.service() != nullptr ? NodeKind::kService : NodeKind::kKnowledge;
}

NodeTrace trace_of(const Program& program, NodeIndex index, Value value) {
    const Node& node = program.graph.nodes[index];
    NodeTrace trace;
    trace.kind = kind_of(node);
    trace.id = node.base().id;
    trace.name = node.base().name;
    trace.import_path = program.graph.instances[node.instance].path;
    trace.value = std::move(value);
    return trace;
}

}  // namespace rules::dmn
