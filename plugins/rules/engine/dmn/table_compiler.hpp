#pragma once

#include "dmn/logic_compiler.hpp"
#include "dmn/table.hpp"

namespace rules::dmn {

// Compiles a decision table in the scope of a LogicCompiler.
class TableCompiler {
 public:
    explicit TableCompiler(LogicCompiler& logic) : logic_(logic) {}

    CompiledLogic compile(const DecisionTable& table, const Expression& owner);

 private:
    void check(const DecisionTable& table, const Expression& owner);
    bool compile_inputs(const DecisionTable& table);
    void compile_outputs(const DecisionTable& table);
    std::shared_ptr<const AllowedValues> output_values(const OutputClause& clause, const feel::Type& type);
    void compile_rules(const DecisionTable& table);
    void check_surplus(const Rule& rule, const DecisionTable& table);
    void fold(TableRule& rule);
    LogicPtr cell(const Text& text, const feel::Type& type);
    feel::Type result_type() const;

    LogicCompiler& logic_;
    TableParts parts_;
    std::vector<feel::Type> output_types_;
};

}  // namespace rules::dmn
