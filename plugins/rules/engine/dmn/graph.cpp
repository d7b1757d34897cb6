#include "dmn/graph.hpp"

#include "dmn/linker.hpp"

namespace rules::dmn {

const Element& Node::base() const {
    return std::visit([](const auto* found) -> const Element& { return *found; }, element);
}

const InformationItem& Node::variable() const {
    return std::visit([](const auto* found) -> const InformationItem& { return found->variable; }, element);
}

std::optional<InstanceIndex> Graph::instance_of(InstanceIndex from, std::string_view uri) const {
    const Instance& instance = instances[from];
    if (uri.empty() || instance.definitions->uri == uri) return from;
    for (const ImportLink& import : instance.imports)
        if (import.uri == uri) return import.instance;
    for (const ImportLink& import : instance.imports)
        if (const auto found = instance_of(import.instance, uri)) return found;
    return std::nullopt;
}

std::optional<NodeIndex> Graph::resolve(InstanceIndex from, const Reference& reference) const {
    const auto instance = instance_of(from, reference.uri);
    if (!instance) return std::nullopt;
    const auto& by_id = instances[*instance].by_id;
    const auto found = by_id.find(reference.id);
    return found != by_id.end() ? std::optional(found->second) : std::nullopt;
}

Graph link(std::span<const Definitions> documents, const Limits& limits, Faults& faults) {
    return Linker(documents, limits, faults).run();
}

}  // namespace rules::dmn
