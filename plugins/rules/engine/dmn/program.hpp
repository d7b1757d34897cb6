#pragma once

#include "dmn/graph.hpp"
#include "dmn/logic.hpp"
#include "feel/function.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rules::dmn {

class TableLogic;

// A name that a decision or knowledge model sees, and where its value comes from.
struct ScopeBinding {
    std::string name;
    feel::Type type;
    // One of the three: an element of the graph; those of an import, as a context; or, with neither, an input
    // that the model uses without declaring it.
    std::optional<NodeIndex> node = {};
    // Of the element's value this component alone; of a list of contexts the list of their components.
    std::optional<std::string> component = {};
    std::vector<ScopeBinding> members = {};
    std::shared_ptr<const feel::Shape> shape = {};

    bool is_undeclared_input() const { return !node && !shape; }
};

struct CompiledNode {
    // What its name stands for where it is required: of knowledge models and services a function.
    feel::Type type;
    // What its value, of a function its result, has to conform to.
    feel::Type result;
    // In the slots from 0 on. Of a knowledge model its own name is before them, its parameters after.
    std::vector<ScopeBinding> bindings;
    std::vector<feel::Parameter> parameters;
    LogicPtr logic;  // null: of inputs and services, and where there is none
    std::vector<std::shared_ptr<const TableLogic>> tables;  // that stand anywhere in the logic
    std::size_t frame_size = 0;
    std::uint32_t depth = 0;                     // of the logic's boxed expressions
    std::shared_ptr<const feel::Shape> outputs;  // of a service with several output decisions
};

// All that an evaluation needs; immutable.
struct Program {
    std::vector<Definitions> documents;
    Graph graph;
    std::vector<CompiledNode> nodes;  // as graph.nodes
};

}  // namespace rules::dmn
