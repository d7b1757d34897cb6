#include "dmn/engine.hpp"

#include "dmn/evaluator.hpp"
#include "dmn/model_function.hpp"
#include "dmn/program_compiler.hpp"
#include "dmn/read.hpp"
#include "dmn/recorder.hpp"

#include <algorithm>
#include <utility>

namespace rules::dmn {
namespace {

constexpr std::size_t kMaxTraceEntries = 10'000;

// Whether `import.import.name` is what a text says.
bool is_called(const std::string& name, const std::vector<std::string>& path, std::string_view text) {
    for (const std::string& import : path) {
        if (!text.starts_with(import + ".")) return false;
        text.remove_prefix(import.size() + 1);
    }
    return text == name;
}

// All nodes that evaluating one can reach, itself included, but for the knowledge models and services: those
// get their inputs from who calls them.
void reach(const Graph& graph, NodeIndex index, std::vector<bool>& reached) {
    if (reached[index] || graph.nodes[index].broken) return;
    reached[index] = true;
    for (const NodeIndex other : graph.nodes[index].information)
        reach(graph, other, reached);
}

// Calls a knowledge model with the inputs that are named like its parameters.
feel::Value call_knowledge(const feel::Value& function, const feel::Value& inputs,
                           feel::Evaluation& evaluation) {
    if (!function.is_function()) return {};
    std::vector<feel::Value> arguments;
    for (const feel::Parameter& parameter : function.as_function().parameters()) {
        const feel::Value* given = inputs.is_context() ? inputs.as_context().find(parameter.name) : nullptr;
        arguments.push_back(given != nullptr ? *given : feel::Value());
    }
    return invoke(function, std::span<const feel::Value>(arguments), evaluation);
}

}  // namespace

Compilation compile(std::span<const Source> sources, const Limits& limits, const feel::Limits& feel_limits) {
    Compilation compilation{nullptr, Faults(limits.max_faults)};
    Faults& faults = compilation.faults;
    if (sources.empty() || sources.size() > limits.max_documents) {
        faults.push_back({Severity::kError, "", "", 0, "wrong_document_count",
                          "A model has 1 to " + std::to_string(limits.max_documents) + " documents."});
        return compilation;
    }
    const auto program = std::make_shared<Program>();
    bool readable = true;
    for (const Source& source : sources) {
        auto definitions = read_definitions(source.xml, source.name, limits, faults);
        readable = readable && definitions;
        if (definitions) program->documents.push_back(*std::move(definitions));
    }
    if (!readable) return compilation;
    program->graph = link(program->documents, limits, faults);
    ProgramCompiler(*program, limits, feel_limits, faults).run();
    compilation.model = std::make_shared<const Model>(program);
    return compilation;
}

const std::string& Model::name() const {
    return program_->documents.front().name;
}
const std::string& Model::id() const {
    return program_->documents.front().id;
}
const std::string& Model::uri() const {
    return program_->documents.front().uri;
}

Model::Entry Model::entry(std::uint32_t index) const {
    NodeTrace named = trace_of(*program_, index, {});
    const CompiledNode& compiled = program_->nodes[index];
    const bool called = named.kind == NodeKind::kKnowledge || named.kind == NodeKind::kService;
    return {index,
            named.kind,
            std::move(named.id),
            std::move(named.name),
            std::move(named.import_path),
            called ? compiled.type.result() : compiled.type};
}

std::vector<Model::Entry> Model::entries() const {
    std::vector<Entry> all;
    for (std::uint32_t index = 0; index < program_->nodes.size(); ++index)
        all.push_back(entry(index));
    return all;
}

std::vector<Model::Table> Model::tables() const {
    const Graph& graph = program_->graph;
    std::vector<Table> all;
    for (std::uint32_t index = 0; index < program_->nodes.size(); ++index) {
        if (!graph.instances[graph.nodes[index].instance].first_of_document) continue;
        for (const auto& table : program_->nodes[index].tables)
            all.push_back({index, table});
    }
    return all;
}

std::optional<std::uint32_t> Model::find(NodeKind kind, std::string_view name_or_id) const {
    const Graph& graph = program_->graph;
    std::optional<std::uint32_t> by_id;
    for (NodeIndex index = 0; index < graph.nodes.size(); ++index) {
        const Node& node = graph.nodes[index];
        if (kind_of(node) != kind) continue;
        const auto& path = graph.instances[node.instance].path;
        if (is_called(node.base().name, path, name_or_id)) return index;
        if (!by_id && path.empty() && node.base().id == name_or_id) by_id = index;
    }
    return by_id;
}

std::vector<Model::Input> Model::inputs_of(std::uint32_t index) const {
    const Graph& graph = program_->graph;
    const auto path_of = [&](NodeIndex node) { return graph.instances[graph.nodes[node].instance].path; };
    std::vector<Input> inputs;
    const Node& asked = graph.nodes[index];
    if (asked.service() != nullptr)
        for (const NodeIndex parameter : asked.parameters)
            inputs.push_back(
                {graph.nodes[parameter].base().name, path_of(parameter), program_->nodes[parameter].result});
    if (asked.knowledge_model() != nullptr)
        for (const feel::Parameter& parameter : program_->nodes[index].parameters)
            inputs.push_back({parameter.name, {}, parameter.type});
    if (asked.decision() == nullptr) return inputs;

    std::vector<bool> reached(graph.nodes.size());
    reach(graph, index, reached);
    for (NodeIndex node = 0; node < reached.size(); ++node) {
        if (!reached[node]) continue;
        if (graph.nodes[node].is_input())
            inputs.push_back({graph.nodes[node].base().name, path_of(node), program_->nodes[node].type});
        for (const ScopeBinding& binding : program_->nodes[node].bindings)
            if (binding.is_undeclared_input()) inputs.push_back({binding.name, path_of(node), binding.type});
    }
    return inputs;
}

Outcome Model::evaluate(std::uint32_t index, const feel::Value& inputs, feel::Evaluation& evaluation,
                        Explain explain) const {
    const bool kept_notes = evaluation.keeps_notes();
    Run run{evaluation, explain == Explain::kYes ? std::make_shared<Recorder>(kMaxTraceEntries) : nullptr};
    if (run.recorder) evaluation.keep_notes(true);
    Evaluator evaluator(program_, inputs, run);
    const Node& node = program_->graph.nodes[index];
    Outcome outcome;
    if (node.service() != nullptr && !node.broken) {
        for (const NodeIndex parameter : node.parameters)
            evaluator.bind(parameter, evaluator.given(parameter));
        outcome.value = evaluator.service_output(index);
    } else if (node.knowledge_model() != nullptr && !node.broken) {
        outcome.value = call_knowledge(evaluator.value(index), inputs, evaluation);
    } else {
        outcome.value = evaluator.value(index);
    }
    if (run.recorder) outcome.explanation = run.recorder->close();
    evaluation.keep_notes(kept_notes);
    return outcome;
}

}  // namespace rules::dmn
