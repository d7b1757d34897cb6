#pragma once

#include "mortise/uuid.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace milestones {

// Who waits for whom: a milestone for what it depends on, a parent for its children. Both in one graph, since
// a child that depends on its own parent could never be completed either.
class DependencyGraph {
 public:
    using Uuid = mortise::sdk::Uuid;

    void add(const Uuid& waiting, const Uuid& awaited);

    // A shortest cycle through `start`, in the order of waiting, with `start` at both ends.
    std::optional<std::vector<Uuid>> cycle_through(const Uuid& start) const;

    // Any cycle, as above.
    std::optional<std::vector<Uuid>> find_cycle() const;

    // Every milestone that was named in add, each behind all that it waits for. Without a cycle only.
    std::vector<Uuid> awaited_first() const;

 private:
    std::size_t index(const Uuid& id);
    std::vector<std::size_t> order() const;

    std::vector<Uuid> ids_;
    std::vector<std::vector<std::size_t>> awaited_;
    std::unordered_map<Uuid, std::size_t> index_;
};

// A cycle for people, by its keys; of a long one the beginning.
std::string describe_cycle(const std::vector<std::string>& keys);

}  // namespace milestones
