#pragma once

#include "dmn/fault.hpp"
#include "dmn/limits.hpp"
#include "dmn/program.hpp"
#include "dmn/text_compiler.hpp"
#include "dmn/type_table.hpp"
#include "feel/compile.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rules::dmn {

struct Callables;

// Compiles all nodes of a linked program, each after those that it requires, so that their types are known.
class ProgramCompiler {
 public:
    ProgramCompiler(Program& program, const Limits& limits, const feel::Limits& feel_limits, Faults& faults)
        : program_(program), limits_(limits), feel_limits_(feel_limits), faults_(faults) {}

    void run();

 private:
    // What the instances of one document share.
    struct Document {
        std::unique_ptr<TextCompiler> texts;
        std::unique_ptr<TypeTable> types;
        feel::Scope scope;
    };

    void add_document(const Instance& instance);
    void compile(NodeIndex index);
    void compile_node(NodeIndex index);
    void compile_input(NodeIndex index, Document& document);
    void compile_decision(NodeIndex index, Document& document);
    void compile_knowledge(NodeIndex index, Document& document);
    void compile_service(NodeIndex index, Document& document);
    void set_result(CompiledNode& compiled, const feel::Type& declared, const feel::Type& known);

    std::vector<ScopeBinding> bindings(NodeIndex index) const;
    void bind(InstanceIndex from, NodeIndex target, std::vector<ScopeBinding>& bindings) const;
    static void finish(ScopeBinding& binding);
    void add_table_outputs(NodeIndex index, std::vector<ScopeBinding>& bindings) const;
    void add_undeclared_inputs(NodeIndex index, std::vector<ScopeBinding>& bindings,
                               Document& document) const;
    static void add_undeclared_input(const InputClause& input, const feel::UndeclaredName& name,
                                     std::vector<ScopeBinding>& bindings, Document& document);
    bool is_declared(const Instance& instance, const std::string& name) const;
    Callables callables(const std::vector<ScopeBinding>& bindings) const;
    void add_callables(const std::vector<ScopeBinding>& bindings, const std::string& prefix,
                       Callables& callables) const;
    void declare(const std::vector<ScopeBinding>& bindings, Document& document) const;

    Program& program_;
    const Limits& limits_;
    const feel::Limits& feel_limits_;
    Faults& faults_;
    std::map<const Definitions*, Document> documents_;
    std::vector<bool> done_;
};

}  // namespace rules::dmn
