#pragma once

#include "analysis/budget.hpp"
#include "analysis/grid.hpp"

#include <cstddef>
#include <vector>

namespace rules::analysis {

struct Gaps {
    std::vector<Box> boxes;  // as wide as they go, so that they may overlap
    std::size_t count = 0;   // with those that were too many to keep
    bool complete = true;
};

// What is expected and no rule may match.
Gaps find_gaps(const Grid& grid, std::size_t most, Budget& steps);

}  // namespace rules::analysis
