#pragma once

#include "analysis/budget.hpp"
#include "analysis/grid.hpp"

#include <cstddef>
#include <functional>
#include <unordered_set>
#include <vector>

namespace rules::analysis {

// Looks in a box for what some rules leave uncovered.
class Uncovered {
 public:
    // Rules cover where they may match, or where they must.
    Uncovered(const Grid& grid, Box within, Certainty certainty, Budget& steps);

    // Calls `found` for boxes, apart from each other, until it gives false. Gives false if the steps didn't
    // suffice.
    bool search(Bits rules, const std::function<bool(const Box&)>& found);

 private:
    // Groups of a domain that leave the same rules.
    struct Part {
        Bits groups;
        Bits rules;
    };
    enum class Outcome : std::uint8_t { kCovered, kFound, kStopped };

    Outcome visit(std::size_t depth, const Bits& rules);
    Outcome visit_parts(std::size_t depth, const Bits& rules);
    std::vector<Part> split(std::size_t depth, const Bits& rules);
    std::vector<Part> split_by_groups(std::size_t depth, const Bits& rules);
    std::vector<Part> split_by_rules(std::size_t depth, const Bits& rules);
    void close(std::size_t depth, const Bits& rules);
    const Bits& groups_of(std::size_t rule, std::size_t depth) const;
    const Bits& rules_of(const Group& group) const;
    bool meets(std::size_t rule) const;

    const Grid& grid_;
    Box within_;
    Certainty certainty_;
    Budget& steps_;
    Box box_;  // the present one
    const std::function<bool(const Box&)>* found_ = nullptr;
    std::vector<Bits> full_from_;  // rules that cover all of a domain and of those that follow
    // Rules that, from a domain on, cover all.
    std::vector<std::unordered_set<Bits, BitsHash>> closed_;
    std::size_t closed_words_ = 0;
};

}  // namespace rules::analysis
