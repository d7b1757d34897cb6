#pragma once

#include "dmn/fault.hpp"
#include "dmn/limits.hpp"
#include "dmn/model.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace rules::dmn {

using NodeIndex = std::uint32_t;
using InstanceIndex = std::uint32_t;

struct ImportLink {
    std::string name;  // empty: the imported names count as own ones
    std::string uri;
    InstanceIndex instance = 0;
};

// A document as it is seen by one path of imports. Two paths to one document are two instances, since the
// input data of each may have other values.
struct Instance {
    const Definitions* definitions = nullptr;
    std::vector<std::string> path;  // the names of the imports that lead here; empty for the main document
    std::vector<ImportLink> imports;
    std::unordered_map<std::string_view, NodeIndex> by_id;
    bool first_of_document = true;
};

// An element of the requirement graph with its references resolved.
struct Node {
    std::variant<const InputData*, const Decision*, const BusinessKnowledgeModel*, const DecisionService*>
        element;
    InstanceIndex instance = 0;
    // Faulty requirements, such as a cycle: its value is null.
    bool broken = false;
    std::vector<NodeIndex> information = {};  // input data and decisions that it requires
    std::vector<NodeIndex> knowledge = {};    // business knowledge models and services that it requires
    // Of a decision service. As a function it takes its input data first, then its input decisions (10.4).
    std::vector<NodeIndex> outputs = {};
    std::vector<NodeIndex> parameters = {};

    const Element& base() const;
    const InformationItem& variable() const;
    bool is_input() const { return std::holds_alternative<const InputData*>(element); }
    const Decision* decision() const { return get<Decision>(); }
    const BusinessKnowledgeModel* knowledge_model() const { return get<BusinessKnowledgeModel>(); }
    const DecisionService* service() const { return get<DecisionService>(); }

 private:
    template <class Kind>
    const Kind* get() const {
        const auto* found = std::get_if<const Kind*>(&element);
        return found != nullptr ? *found : nullptr;
    }
};

struct Graph {
    std::vector<Instance> instances;  // the first is the main document
    std::vector<Node> nodes;

    // The instance that an import of `from`, or of what it imports, gives for a namespace.
    std::optional<InstanceIndex> instance_of(InstanceIndex from, std::string_view uri) const;
    std::optional<NodeIndex> resolve(InstanceIndex from, const Reference& reference) const;
};

// Links the first of `documents` with those that it imports. All faults of references, names and cycles are
// added to `faults`; what is not affected stays usable. The documents must outlive the graph.
Graph link(std::span<const Definitions> documents, const Limits& limits, Faults& faults);

}  // namespace rules::dmn
