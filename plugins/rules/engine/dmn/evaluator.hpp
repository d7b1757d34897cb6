#pragma once

#include "dmn/explanation.hpp"
#include "dmn/program.hpp"
#include "feel/value.hpp"

#include <memory>
#include <span>
#include <vector>

namespace rules::dmn {

// The values of a program's nodes for one set of inputs, each evaluated once and only if it is asked for.
class Evaluator {
 public:
    // `inputs` is a context of the values of input data by name, those of imports in contexts by the imports'
    // names; or null, where there are none but those that are bound.
    Evaluator(std::shared_ptr<const Program> program, feel::Value inputs, Run& run)
        : program_(std::move(program)),
          inputs_(std::move(inputs)),
          run_(run),
          values_(program_->nodes.size()),
          known_(program_->nodes.size()) {}

    feel::Value value(NodeIndex index);
    // Gives a node a value instead of its own.
    void bind(NodeIndex index, feel::Value value);
    // What `inputs` say of an input data or of an input decision; null if nothing.
    feel::Value given(NodeIndex index);
    // The output of a service whose parameters are bound.
    feel::Value service_output(NodeIndex index);

 private:
    feel::Value make(NodeIndex index);
    feel::Value decide(NodeIndex index);
    feel::Value function(NodeIndex index);
    feel::Value resolve(const ScopeBinding& binding, InstanceIndex from);
    const feel::Value* find_input(InstanceIndex instance, std::string_view name) const;

    std::shared_ptr<const Program> program_;
    feel::Value inputs_;
    Run& run_;
    std::vector<feel::Value> values_;
    std::vector<bool> known_;
};

NodeKind kind_of(const Node& node);
NodeTrace trace_of(const Program& program, NodeIndex index, feel::Value value);

}  // namespace rules::dmn
