#pragma once

#include "analysis/budget.hpp"
#include "analysis/grid.hpp"

#include <cstddef>
#include <unordered_map>
#include <vector>

namespace rules::analysis {

// Which rules match together with one.
class Neighbours {
 public:
    Neighbours(const Grid& grid, Budget& steps, Budget& memory);

    // The rules, but for one, that must match somewhere in the box.
    Bits meeting(const Box& box, std::size_t but) { return combined(box, but, Union::kAny); }
    // Those that must match everywhere in it.
    Bits covering(const Box& box, std::size_t but) { return combined(box, but, Union::kAll); }

 private:
    enum class Union : bool { kAny, kAll };
    using Known = std::unordered_map<Bits, Bits, BitsHash>;  // by the groups of a domain

    Bits combined(const Box& box, std::size_t but, Union how);
    Bits of_groups(std::size_t domain, const Bits& groups, Union how);
    Bits computed(std::size_t domain, const Bits& groups, Union how);

    const Grid& grid_;
    Budget& steps_;
    Budget& memory_;
    Bits all_;
    // Cells of a column are often alike.
    std::vector<Known> any_;
    std::vector<Known> every_;
};

}  // namespace rules::analysis
