#include "dmn/linker.hpp"

#include <algorithm>
#include <utility>

namespace rules::dmn {

Graph Linker::run() {
    if (documents_.empty()) return {};
    add_instance(documents_.front(), {});
    for (NodeIndex index = 0; index < graph_.nodes.size(); ++index)
        resolve_node(index);
    check_depth();
    return std::move(graph_);
}

void Linker::fault(const Definitions& where, const Element& element, const char* code, std::string reason) {
    faults_.push_back({Severity::kError, where.source, element.id, element.line, code, std::move(reason)});
}

void Linker::fault(NodeIndex index, const char* code, std::string reason, std::uint32_t line) {
    const Node& node = graph_.nodes[index];
    const Instance& instance = graph_.instances[node.instance];
    if (!instance.first_of_document) return;
    const Element& element = node.base();
    faults_.push_back({Severity::kError, instance.definitions->source, element.id,
                       line != 0 ? line : element.line, code, std::move(reason)});
}

InstanceIndex Linker::add_instance(const Definitions& definitions, std::vector<std::string> path) {
    const auto index = static_cast<InstanceIndex>(graph_.instances.size());
    const bool first = seen_.insert(&definitions).second;
    graph_.instances.push_back({&definitions, std::move(path), {}, {}, first});
    if (first) check_names(definitions);
    add_nodes(index);
    open_.push_back(&definitions);
    add_imports(index);
    open_.pop_back();
    return index;
}

void Linker::add_nodes(InstanceIndex index) {
    const Definitions& definitions = *graph_.instances[index].definitions;
    add_nodes_of(index, definitions.inputs);
    add_nodes_of(index, definitions.decisions);
    add_nodes_of(index, definitions.knowledge_models);
    add_nodes_of(index, definitions.services);
}

template <class Kind>
void Linker::add_nodes_of(InstanceIndex index, const std::vector<Kind>& elements) {
    for (const Kind& element : elements) {
        const auto node = static_cast<NodeIndex>(graph_.nodes.size());
        graph_.nodes.push_back({.element = &element, .instance = index});
        if (!element.id.empty()) graph_.instances[index].by_id.emplace(element.id, node);
    }
}

void Linker::add_imports(InstanceIndex index) {
    for (const Import& import : graph_.instances[index].definitions->imports) {
        const Definitions* target = imported(import);
        if (target == nullptr) {
            import_fault(index, import, "unknown_import",
                         "No document with the namespace '" + import.uri + "' is in the bundle.");
        } else if (std::find(open_.begin(), open_.end(), target) != open_.end()) {
            import_fault(index, import, "import_cycle",
                         "The import of '" + import.uri + "' leads back to this document.");
        } else if (graph_.instances.size() >= limits_.max_import_paths) {
            import_fault(index, import, "too_many_imports",
                         "The models have more than " + std::to_string(limits_.max_import_paths) +
                             " paths of imports.");
        } else {
            add_import(index, import, *target);
        }
    }
}

void Linker::add_import(InstanceIndex index, const Import& import, const Definitions& target) {
    std::vector<std::string> path = graph_.instances[index].path;
    if (!import.name.empty()) path.push_back(import.name);
    const InstanceIndex instance = add_instance(target, std::move(path));
    graph_.instances[index].imports.push_back({import.name, import.uri, instance});
}

void Linker::import_fault(InstanceIndex index, const Import& import, const char* code, std::string reason) {
    const Instance& instance = graph_.instances[index];
    if (instance.first_of_document) fault(*instance.definitions, import, code, std::move(reason));
}

const Definitions* Linker::imported(const Import& import) const {
    for (const Definitions& candidate : documents_)
        if (candidate.uri == import.uri) return &candidate;
    return nullptr;
}

void Linker::resolve_node(NodeIndex index) {
    const Accepts is_data = [](const Node& target) { return target.is_input(); };
    const Accepts is_decision = [](const Node& target) { return target.decision() != nullptr; };
    const Accepts is_knowledge = [](const Node& target) {
        return target.knowledge_model() != nullptr || target.service() != nullptr;
    };
    Node& node = graph_.nodes[index];
    if (const Decision* decision = node.decision()) {
        resolve(index, decision->required_inputs, is_data, "input data", node.information);
        resolve(index, decision->required_decisions, is_decision, "decision", node.information);
        resolve(index, decision->required_knowledge, is_knowledge, "business knowledge", node.knowledge);
    }
    if (const BusinessKnowledgeModel* model = node.knowledge_model())
        resolve(index, model->required_knowledge, is_knowledge, "business knowledge", node.knowledge);
    if (const DecisionService* service = node.service()) {
        resolve(index, service->output_decisions, is_decision, "decision", node.outputs);
        std::vector<NodeIndex> encapsulated;
        resolve(index, service->encapsulated_decisions, is_decision, "decision", encapsulated);
        resolve(index, service->input_data, is_data, "input data", node.parameters);
        resolve(index, service->input_decisions, is_decision, "decision", node.parameters);
        if (service->output_decisions.empty())
            fault(index, "missing_output", "A decision service needs an output decision.");
    }
}

void Linker::resolve(NodeIndex from, const std::vector<Reference>& references, Accepts accepts,
                     const char* kind, std::vector<NodeIndex>& targets) {
    for (const Reference& reference : references) {
        const auto target = graph_.resolve(graph_.nodes[from].instance, reference);
        const std::string href = reference.uri + "#" + reference.id;
        if (!target)
            fault(from, "unknown_reference", "Nothing has the id '" + href + "'.", reference.line);
        else if (!accepts(graph_.nodes[*target]))
            fault(from, "wrong_reference", "'" + href + "' is no " + kind + ".", reference.line);
        else if (std::find(targets.begin(), targets.end(), *target) == targets.end())
            targets.push_back(*target);
    }
}

void Linker::check_names(const Definitions& definitions) {
    std::set<std::string_view> ids;
    std::set<std::string_view> names;
    const auto check = [&](const auto& elements) {
        for (const Element& element : elements) {
            if (!element.id.empty() && !ids.insert(element.id).second)
                fault(definitions, element, "duplicate_id", "The id '" + element.id + "' is used twice.");
            if (!element.name.empty() && !names.insert(element.name).second)
                fault(definitions, element, "duplicate_name",
                      "The name '" + element.name + "' is used twice.");
        }
    };
    check(definitions.imports);
    check(definitions.inputs);
    check(definitions.decisions);
    check(definitions.knowledge_models);
    check(definitions.services);
    names.clear();
    check(definitions.item_definitions);
}

std::vector<NodeIndex> Linker::requirements(const Node& node) const {
    std::vector<NodeIndex> all = node.information;
    all.insert(all.end(), node.knowledge.begin(), node.knowledge.end());
    all.insert(all.end(), node.outputs.begin(), node.outputs.end());
    return all;
}

// Takes away, again and again, the nodes of which all requirements are taken away (Kahn): what is left
// requires itself, or what does.
void Linker::check_depth() {
    std::vector<std::vector<NodeIndex>> required_by(graph_.nodes.size());
    std::vector<std::size_t> missing(graph_.nodes.size());
    std::vector<std::size_t> depth(graph_.nodes.size(), 1);
    std::vector<NodeIndex> ready;
    for (NodeIndex index = 0; index < graph_.nodes.size(); ++index) {
        const std::vector<NodeIndex> required = requirements(graph_.nodes[index]);
        for (const NodeIndex other : required)
            required_by[other].push_back(index);
        missing[index] = required.size();
        if (required.empty()) ready.push_back(index);
    }
    while (!ready.empty()) {
        const NodeIndex index = ready.back();
        ready.pop_back();
        if (depth[index] > limits_.max_requirement_depth) refuse_depth(index);
        for (const NodeIndex other : required_by[index]) {
            depth[other] = std::max(depth[other], depth[index] + 1);
            if (--missing[other] == 0) ready.push_back(other);
        }
    }
    for (NodeIndex index = 0; index < graph_.nodes.size(); ++index) {
        if (missing[index] == 0) continue;
        graph_.nodes[index].broken = true;
        fault(index, "requirement_cycle",
              "'" + graph_.nodes[index].base().name + "' requires itself, directly or through others.");
    }
}

void Linker::refuse_depth(NodeIndex index) {
    graph_.nodes[index].broken = true;
    fault(index, "requirements_too_deep",
          "The requirements are deeper than " + std::to_string(limits_.max_requirement_depth) + ".");
}

}  // namespace rules::dmn
