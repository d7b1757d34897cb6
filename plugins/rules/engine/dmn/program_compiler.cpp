#include "dmn/program_compiler.hpp"

#include "dmn/boxed.hpp"
#include "dmn/logic_compiler.hpp"
#include "dmn/mentions.hpp"
#include "dmn/xml.hpp"

#include <algorithm>
#include <utility>

namespace rules::dmn {
namespace {

// Of one of several outputs, by the type of the table's decision.
feel::Type component_type(const feel::Type& type, std::string_view name) {
    if (type.kind() == feel::Type::Kind::kList) return feel::Type::list(component_type(type.element(), name));
    const feel::Type* member = type.member(name);
    return member != nullptr ? *member : feel::Type();
}

const DecisionTable* table_of(const Decision* decision) {
    return decision != nullptr && decision->logic ? std::get_if<DecisionTable>(&decision->logic->body)
                                                  : nullptr;
}

bool has_name(const std::vector<ScopeBinding>& bindings, std::string_view name) {
    return std::any_of(bindings.begin(), bindings.end(),
                       [&](const ScopeBinding& binding) { return binding.name == name; });
}

}  // namespace

void ProgramCompiler::run() {
    // An instance's imports stand after it.
    for (std::size_t i = program_.graph.instances.size(); i-- > 0;)
        add_document(program_.graph.instances[i]);
    program_.nodes.resize(program_.graph.nodes.size());
    done_.resize(program_.nodes.size());
    for (NodeIndex index = 0; index < program_.nodes.size(); ++index)
        compile(index);
    // The broken have no order and no value, but faults.
    for (NodeIndex index = 0; index < program_.nodes.size(); ++index)
        if (program_.graph.nodes[index].broken) compile_node(index);
}

void ProgramCompiler::add_document(const Instance& instance) {
    const Definitions& definitions = *instance.definitions;
    const auto [found, added] = documents_.try_emplace(&definitions);
    if (!added) return;
    std::vector<TypeTable::Imported> imports;
    for (const ImportLink& import : instance.imports) {
        const Definitions* imported = program_.graph.instances[import.instance].definitions;
        imports.push_back({import.name, import.uri, documents_.at(imported).types.get()});
    }
    Document& document = found->second;
    document.texts = std::make_unique<TextCompiler>(definitions, feel_limits_, faults_);
    document.types = std::make_unique<TypeTable>(definitions, std::move(imports), *document.texts, limits_);
    document.scope = document.types->scope();
}

// Depth first: how deep that goes was limited when the graph was linked.
void ProgramCompiler::compile(NodeIndex index) {
    const Node& node = program_.graph.nodes[index];
    if (done_[index] || node.broken) return;
    done_[index] = true;
    for (const auto* required : {&node.information, &node.knowledge, &node.outputs, &node.parameters})
        for (const NodeIndex other : *required)
            compile(other);
    compile_node(index);
}

void ProgramCompiler::compile_node(NodeIndex index) {
    const Node& node = program_.graph.nodes[index];
    const Instance& instance = program_.graph.instances[node.instance];
    Document& document = documents_.at(instance.definitions);
    document.texts->mute(!instance.first_of_document);
    document.texts->enter(node.base());
    document.texts->check_name(node.base());
    if (node.is_input()) compile_input(index, document);
    if (node.decision() != nullptr) compile_decision(index, document);
    if (node.knowledge_model() != nullptr) compile_knowledge(index, document);
    if (node.service() != nullptr) compile_service(index, document);
    document.scope.truncate(0);
}

void ProgramCompiler::compile_input(NodeIndex index, Document& document) {
    const InformationItem& variable = program_.graph.nodes[index].variable();
    CompiledNode& compiled = program_.nodes[index];
    compiled.type = document.types->resolve(variable.type, variable, *document.texts);
    compiled.result = compiled.type;
}

void ProgramCompiler::compile_decision(NodeIndex index, Document& document) {
    const Decision& decision = *program_.graph.nodes[index].decision();
    CompiledNode& compiled = program_.nodes[index];
    compiled.result = document.types->resolve(decision.variable.type, decision.variable, *document.texts);
    compiled.type = compiled.result;
    compiled.bindings = bindings(index);
    add_table_outputs(index, compiled.bindings);
    declare(compiled.bindings, document);
    add_undeclared_inputs(index, compiled.bindings, document);
    if (!decision.logic) {
        document.texts->fault(decision, "missing_logic", "The decision has no logic: its value is null.",
                              Severity::kWarning);
        return;
    }
    const Callables called = callables(compiled.bindings);
    LogicCompiler compiler(document.scope, *document.types, *document.texts, limits_, called);
    CompiledLogic logic = compiler.compile(*decision.logic);
    compiled.logic = std::move(logic.logic);
    compiled.tables = compiler.tables();
    compiled.frame_size = compiler.frame_size();
    compiled.depth = compiler.depth();
    if (compiled.result.is_any()) compiled.type = logic.type;
}

void ProgramCompiler::compile_knowledge(NodeIndex index, Document& document) {
    const BusinessKnowledgeModel& model = *program_.graph.nodes[index].knowledge_model();
    CompiledNode& compiled = program_.nodes[index];
    compiled.bindings = bindings(index);
    const feel::Type declared = document.types->resolve(model.variable.type, model.variable, *document.texts);
    const auto* function = model.logic ? std::get_if<FunctionDefinition>(&model.logic->body) : nullptr;
    if (function == nullptr) {
        document.texts->fault(model, "missing_logic", "The knowledge model has no logic: its value is null.",
                              Severity::kWarning);
        return;
    }
    document.scope.declare(model.name);
    declare(compiled.bindings, document);
    document.texts->check_parameters(function->parameters);
    for (const InformationItem& parameter : function->parameters) {
        feel::Type type = document.types->resolve(parameter.type, parameter, *document.texts);
        document.texts->check_name(parameter);
        document.scope.declare(parameter.name, type);
        compiled.parameters.push_back({parameter.name, std::move(type)});
    }
    if (function->kind != FunctionKind::kFeel) {
        document.texts->fault(model, "external_function",
                              "Functions in Java or PMML can't be run here: write the function in FEEL.");
        compiled.logic = std::make_shared<FaultyLogic>("the function is not written in FEEL");
        compiled.frame_size = document.scope.size();
        set_result(compiled, declared, {});
        return;
    }
    Callables called = callables(compiled.bindings);
    called.parameters.emplace(model.name, &compiled.parameters);
    ++called.end;
    LogicCompiler compiler(document.scope, *document.types, *document.texts, limits_, called);
    CompiledLogic logic = compiler.compile(function->body);
    compiled.logic = std::move(logic.logic);
    compiled.tables = compiler.tables();
    compiled.frame_size = compiler.frame_size();
    compiled.depth = compiler.depth();
    set_result(compiled, declared, logic.type);
}

void ProgramCompiler::compile_service(NodeIndex index, Document& document) {
    const Node& node = program_.graph.nodes[index];
    const InformationItem& variable = node.variable();
    CompiledNode& compiled = program_.nodes[index];
    for (const NodeIndex parameter : node.parameters)
        compiled.parameters.push_back(
            {program_.graph.nodes[parameter].base().name, program_.nodes[parameter].result});
    std::vector<std::string> names;
    std::vector<feel::Type::Member> members;
    for (const NodeIndex output : node.outputs) {
        names.push_back(program_.graph.nodes[output].base().name);
        members.push_back({names.back(), program_.nodes[output].type});
    }
    const feel::Type known = members.size() == 1 ? members.front().type : feel::Type::context(members);
    compiled.outputs = std::make_shared<const feel::Shape>(std::move(names));
    set_result(compiled, document.types->resolve(variable.type, variable, *document.texts), known);
}

// The variable of a function is declared with the function's type or, as older models do, its result's.
void ProgramCompiler::set_result(CompiledNode& compiled, const feel::Type& declared,
                                 const feel::Type& known) {
    compiled.result = declared.kind() == feel::Type::Kind::kFunction ? declared.result() : declared;
    std::vector<feel::Type> parameters;
    for (const feel::Parameter& parameter : compiled.parameters)
        parameters.push_back(parameter.type);
    compiled.type =
        feel::Type::function(std::move(parameters), compiled.result.is_any() ? known : compiled.result);
}

std::vector<ScopeBinding> ProgramCompiler::bindings(NodeIndex index) const {
    const Node& node = program_.graph.nodes[index];
    std::vector<ScopeBinding> all;
    for (const NodeIndex target : node.information)
        bind(node.instance, target, all);
    for (const NodeIndex target : node.knowledge)
        bind(node.instance, target, all);
    for (ScopeBinding& binding : all)
        finish(binding);
    return all;
}

// An element of an import is a member of the context that is named like the import.
void ProgramCompiler::bind(InstanceIndex from, NodeIndex target, std::vector<ScopeBinding>& bindings) const {
    const Node& node = program_.graph.nodes[target];
    const auto& base = program_.graph.instances[from].path;
    const auto& path = program_.graph.instances[node.instance].path;
    std::vector<ScopeBinding>* level = &bindings;
    for (std::size_t i = base.size(); i < path.size(); ++i) {
        auto group = std::find_if(level->begin(), level->end(), [&](const ScopeBinding& binding) {
            return binding.name == path[i] && !binding.node;
        });
        if (group == level->end()) group = level->insert(group, {path[i], {}});
        level = &group->members;
    }
    level->push_back({node.base().name, program_.nodes[target].type, target});
}

void ProgramCompiler::finish(ScopeBinding& binding) {
    if (binding.node) return;
    std::vector<std::string> names;
    std::vector<feel::Type::Member> members;
    for (ScopeBinding& member : binding.members) {
        finish(member);
        names.push_back(member.name);
        members.push_back({member.name, member.type});
    }
    binding.shape = std::make_shared<const feel::Shape>(std::move(names));
    binding.type = feel::Type::context(std::move(members));
}

// In Camunda a decision's table gives its outputs to the decisions that require it, by the outputs' names.
// They come after all names that are declared, and only where they are used.
void ProgramCompiler::add_table_outputs(NodeIndex index, std::vector<ScopeBinding>& bindings) const {
    const Node& node = program_.graph.nodes[index];
    if (!node.decision()->logic) return;
    for (const NodeIndex required : node.information) {
        const DecisionTable* table = table_of(program_.graph.nodes[required].decision());
        if (table == nullptr) continue;
        const feel::Type& type = program_.nodes[required].type;
        for (const OutputClause& output : table->outputs) {
            if (output.name.empty() || has_name(bindings, output.name) ||
                !feel::built_in_function(output.name).is_null() ||
                !mentions(*node.decision()->logic, output.name))
                continue;
            ScopeBinding binding{output.name, type, required};
            if (table->outputs.size() > 1) {
                binding.component = output.name;
                binding.type = component_type(type, output.name);
            }
            bindings.push_back(std::move(binding));
        }
    }
}

// Some editors let a table name its inputs without drawing them as input data (Camunda's engine takes any
// variable). They are taken from the inputs, if nothing else in the model has the name.
void ProgramCompiler::add_undeclared_inputs(NodeIndex index, std::vector<ScopeBinding>& bindings,
                                            Document& document) const {
    const Node& node = program_.graph.nodes[index];
    const DecisionTable* table = table_of(node.decision());
    if (table == nullptr) return;
    std::vector<ScopeBinding> found;
    for (const InputClause& input : table->inputs)
        for (const feel::UndeclaredName& name :
             document.texts->undeclared_names(input.expression, document.scope))
            if (!is_declared(program_.graph.instances[node.instance], name.name))
                add_undeclared_input(input, name, found, document);
    declare(found, document);
    bindings.insert(bindings.end(), found.begin(), found.end());
}

void ProgramCompiler::add_undeclared_input(const InputClause& input, const feel::UndeclaredName& name,
                                           std::vector<ScopeBinding>& bindings, Document& document) {
    Element place = input.expression;
    place.line += name.line - 1;
    document.texts->fault(
        place, "undeclared_input",
        "'" + name.name + "' is no input data of the model and no requirement of the decision.",
        Severity::kWarning);
    if (has_name(bindings, name.name)) return;
    // The input's type is that of its whole expression.
    const bool whole = xml_name(input.expression.text) == name.name;
    bindings.push_back(
        {name.name, whole ? document.types->resolve(input.type, input, *document.texts) : feel::Type()});
}

bool ProgramCompiler::is_declared(const Instance& instance, const std::string& name) const {
    const Definitions& definitions = *instance.definitions;
    const auto in = [&](const auto& elements) {
        return std::any_of(elements.begin(), elements.end(),
                           [&](const Element& element) { return element.name == name; });
    };
    return in(definitions.inputs) || in(definitions.decisions) || in(definitions.knowledge_models) ||
           in(definitions.services) || in(definitions.imports);
}

Callables ProgramCompiler::callables(const std::vector<ScopeBinding>& bindings) const {
    Callables all;
    add_callables(bindings, "", all);
    all.end = static_cast<feel::Slot>(bindings.size());
    return all;
}

// Those that have parameters, as what is broken may not.
void ProgramCompiler::add_callables(const std::vector<ScopeBinding>& bindings, const std::string& prefix,
                                    Callables& callables) const {
    for (const ScopeBinding& binding : bindings) {
        add_callables(binding.members, prefix + binding.name + ".", callables);
        if (!binding.node || program_.graph.nodes[*binding.node].broken) continue;
        const CompiledNode& compiled = program_.nodes[*binding.node];
        if (program_.graph.nodes[*binding.node].service() != nullptr ||
            (program_.graph.nodes[*binding.node].knowledge_model() != nullptr && compiled.logic))
            callables.parameters.emplace(prefix + binding.name, &compiled.parameters);
    }
}

void ProgramCompiler::declare(const std::vector<ScopeBinding>& bindings, Document& document) const {
    for (const ScopeBinding& binding : bindings)
        document.scope.declare(binding.name, binding.type);
}

}  // namespace rules::dmn
