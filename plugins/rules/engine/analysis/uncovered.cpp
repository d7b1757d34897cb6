#include "analysis/uncovered.hpp"

#include <unordered_map>
#include <utility>

namespace rules::analysis {
namespace {

constexpr std::size_t kMostClosedWords = 4U << 20;

}  // namespace

Uncovered::Uncovered(const Grid& grid, Box within, Certainty certainty, Budget& steps)
    : grid_(grid),
      within_(std::move(within)),
      certainty_(certainty),
      steps_(steps),
      box_(within_),
      closed_(within_.size()) {}

const Bits& Uncovered::groups_of(std::size_t rule, std::size_t depth) const {
    const Domain& domain = grid_.domains[depth];
    return certainty_ == Certainty::kMay ? domain.may(rule) : domain.must(rule);
}

const Bits& Uncovered::rules_of(const Group& group) const {
    return certainty_ == Certainty::kMay ? group.may : group.must();
}

bool Uncovered::meets(std::size_t rule) const {
    for (std::size_t depth = 0; depth < within_.size(); ++depth)
        if (!groups_of(rule, depth).meets(within_[depth])) return false;
    return true;
}

bool Uncovered::search(Bits rules, const std::function<bool(const Box&)>& found) {
    if (is_empty(within_)) return true;
    found_ = &found;
    full_from_.assign(within_.size(), Bits(grid_.rules));
    for (const Bits& groups : within_)
        if (!steps_.take(rules.count() * groups.words())) return false;
    for (std::size_t rule = 0; rule < grid_.rules; ++rule) {
        if (!rules.test(rule)) continue;
        if (!meets(rule)) rules.reset(rule);
        for (std::size_t depth = within_.size();
             depth-- > 0 && groups_of(rule, depth).includes(within_[depth]);)
            full_from_[depth].set(rule);
    }
    visit(0, rules);
    return !steps_.spent();
}

Uncovered::Outcome Uncovered::visit(std::size_t depth, const Bits& rules) {
    if (!steps_.take(rules.words() + 1)) return Outcome::kStopped;
    if (rules.none()) {
        for (std::size_t rest = depth; rest < within_.size(); ++rest)
            box_[rest] = within_[rest];
        return (*found_)(box_) ? Outcome::kFound : Outcome::kStopped;
    }
    if (depth == within_.size() || rules.meets(full_from_[depth])) return Outcome::kCovered;
    if (closed_[depth].contains(rules)) return Outcome::kCovered;
    const Outcome outcome = visit_parts(depth, rules);
    if (outcome == Outcome::kCovered) close(depth, rules);
    return outcome;
}

Uncovered::Outcome Uncovered::visit_parts(std::size_t depth, const Bits& rules) {
    Outcome all = Outcome::kCovered;
    std::vector<Part> parts = split(depth, rules);
    if (steps_.spent()) return Outcome::kStopped;
    for (Part& part : parts) {
        box_[depth] = std::move(part.groups);
        const Outcome outcome = visit(depth + 1, part.rules);
        if (outcome == Outcome::kStopped) return outcome;
        if (outcome == Outcome::kFound) all = outcome;
    }
    return all;
}

void Uncovered::close(std::size_t depth, const Bits& rules) {
    if (closed_words_ + rules.words() > kMostClosedWords) return;
    if (closed_[depth].insert(rules).second) closed_words_ += rules.words();
}

std::vector<Uncovered::Part> Uncovered::split(std::size_t depth, const Bits& rules) {
    const std::size_t left = rules.count();
    const std::uint64_t by_rules = std::uint64_t{left} * (left + 1) * within_[depth].words();
    const std::uint64_t by_groups = std::uint64_t{within_[depth].count()} * rules.words();
    return by_rules < by_groups ? split_by_rules(depth, rules) : split_by_groups(depth, rules);
}

std::vector<Uncovered::Part> Uncovered::split_by_groups(std::size_t depth, const Bits& rules) {
    const std::vector<Group>& groups = grid_.domains[depth].groups();
    std::vector<Part> parts;
    std::unordered_map<Bits, std::size_t, BitsHash> places;
    for (std::size_t group = 0; group < groups.size(); ++group) {
        if (!within_[depth].test(group)) continue;
        if (!steps_.take(3 * rules.words())) return {};
        Bits rest = rules & rules_of(groups[group]);
        const auto [at, added] = places.emplace(std::move(rest), parts.size());
        if (added) parts.push_back({Bits(groups.size()), at->first});
        parts[at->second].groups.set(group);
    }
    return parts;
}

std::vector<Uncovered::Part> Uncovered::split_by_rules(std::size_t depth, const Bits& rules) {
    std::vector<Part> parts = {{within_[depth], Bits(grid_.rules)}};
    rules.each([&](std::size_t rule) {
        const Bits& of_rule = groups_of(rule, depth);
        const std::size_t before = parts.size();
        if (!steps_.take(before * (2 * of_rule.words() + 1))) return;
        for (std::size_t i = 0; i < before; ++i) {
            Bits inside = parts[i].groups & of_rule;
            if (inside.none()) continue;
            Bits outside = parts[i].groups - of_rule;
            if (!outside.none()) parts.push_back({std::move(outside), parts[i].rules});
            parts[i].groups = std::move(inside);
            parts[i].rules.set(rule);
        }
    });
    return parts;
}

}  // namespace rules::analysis
