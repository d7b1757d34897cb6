#pragma once

#include "analysis/domain.hpp"

#include <cstddef>
#include <vector>

namespace rules::analysis {

// Groups of each domain: all combinations of them.
using Box = std::vector<Bits>;

// A table as combinations of groups of its domains.
struct Grid {
    std::vector<Domain> domains;
    // Of each domain the groups in which there are values that a table is expected to cover.
    Box expected;
    std::size_t rules = 0;

    Box may(std::size_t rule) const {
        Box box;
        for (const Domain& domain : domains)
            box.push_back(domain.may(rule));
        return box;
    }
    Box must(std::size_t rule) const {
        Box box;
        for (const Domain& domain : domains)
            box.push_back(domain.must(rule));
        return box;
    }
};

inline Box common(Box left, const Box& right) {
    for (std::size_t i = 0; i < left.size(); ++i)
        left[i] &= right[i];
    return left;
}

inline bool is_empty(const Box& box) {
    for (const Bits& groups : box)
        if (groups.none()) return true;
    return false;
}

}  // namespace rules::analysis
