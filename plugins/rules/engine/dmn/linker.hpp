#pragma once

#include "dmn/graph.hpp"

#include <set>
#include <string>
#include <vector>

namespace rules::dmn {

// Makes the graph in three passes: instances with their nodes, references, checks of the whole.
class Linker {
 public:
    Linker(std::span<const Definitions> documents, const Limits& limits, Faults& faults)
        : documents_(documents), limits_(limits), faults_(faults) {}

    Graph run();

 private:
    void fault(const Definitions& where, const Element& element, const char* code, std::string reason);
    // Told only of the first of a document's instances, since all have the same faults.
    void fault(NodeIndex index, const char* code, std::string reason, std::uint32_t line = 0);

    // Appends the instance of a document and, depth first, those of its imports.
    InstanceIndex add_instance(const Definitions& definitions, std::vector<std::string> path);
    void add_nodes(InstanceIndex index);
    template <class Kind>
    void add_nodes_of(InstanceIndex index, const std::vector<Kind>& elements);
    void add_imports(InstanceIndex index);
    void add_import(InstanceIndex index, const Import& import, const Definitions& target);
    void import_fault(InstanceIndex index, const Import& import, const char* code, std::string reason);
    const Definitions* imported(const Import& import) const;  // null pointer if there is none

    void resolve_node(NodeIndex index);
    using Accepts = bool (*)(const Node&);
    void resolve(NodeIndex from, const std::vector<Reference>& references, Accepts accepts, const char* kind,
                 std::vector<NodeIndex>& targets);

    void check_names(const Definitions& definitions);
    void check_depth();
    void refuse_depth(NodeIndex index);
    std::vector<NodeIndex> requirements(const Node& node) const;

    std::span<const Definitions> documents_;
    const Limits& limits_;
    Faults& faults_;
    Graph graph_;
    std::set<const Definitions*> seen_;
    std::vector<const Definitions*> open_;  // on the path from the main document to the present one
};

}  // namespace rules::dmn
