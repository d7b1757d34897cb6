#include "analysis/neighbours.hpp"

#include <algorithm>
#include <utility>

namespace rules::analysis {

Neighbours::Neighbours(const Grid& grid, Budget& steps, Budget& memory)
    : grid_(grid),
      steps_(steps),
      memory_(memory),
      all_(grid.rules),
      any_(grid.domains.size()),
      every_(grid.domains.size()) {
    for (std::size_t rule = 0; rule < grid.rules; ++rule)
        all_.set(rule);
}

// The smallest of the box's sides first, since it leaves the least rules.
Bits Neighbours::combined(const Box& box, std::size_t but, Union how) {
    std::vector<std::pair<std::size_t, std::size_t>> sides;
    for (std::size_t domain = 0; domain < box.size(); ++domain)
        sides.emplace_back(box[domain].count(), domain);
    std::sort(sides.begin(), sides.end());
    Bits rules = all_;
    rules.reset(but);
    for (const auto& [count, domain] : sides) {
        rules &= of_groups(domain, box[domain], how);
        if (steps_.spent()) return Bits(grid_.rules);
        if (rules.none()) break;
    }
    return rules;
}

Bits Neighbours::of_groups(std::size_t domain, const Bits& groups, Union how) {
    Known& known = how == Union::kAny ? any_[domain] : every_[domain];
    const auto found = known.find(groups);
    if (found != known.end()) return found->second;
    Bits rules = computed(domain, groups, how);
    if (memory_.take(groups.words() + rules.words())) known.emplace(groups, rules);
    return rules;
}

Bits Neighbours::computed(std::size_t domain, const Bits& groups, Union how) {
    Bits rules = how == Union::kAny ? Bits(grid_.rules) : all_;
    if (!steps_.take(groups.words() + groups.count() * rules.words())) return rules;
    groups.each([&](std::size_t group) {
        const Bits& must = grid_.domains[domain].groups()[group].must();
        if (how == Union::kAny)
            rules |= must;
        else
            rules &= must;
    });
    return rules;
}

}  // namespace rules::analysis
