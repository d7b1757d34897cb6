#include "dependency_graph.hpp"

#include <algorithm>
#include <deque>

namespace milestones {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constexpr std::size_t kShownKeys = 20;

}  // namespace

std::size_t DependencyGraph::index(const Uuid& id) {
    const auto [entry, added] = index_.try_emplace(id, ids_.size());
    if (added) {
        ids_.push_back(id);
        awaited_.emplace_back();
    }
    return entry->second;
}

void DependencyGraph::add(const Uuid& waiting, const Uuid& awaited) {
    const std::size_t from = index(waiting);
    const std::size_t to = index(awaited);
    awaited_[from].push_back(to);
}

std::optional<std::vector<DependencyGraph::Uuid>> DependencyGraph::cycle_through(const Uuid& start) const {
    const auto entry = index_.find(start);
    if (entry == index_.end()) return std::nullopt;
    const std::size_t goal = entry->second;
    std::vector<std::size_t> came_from(ids_.size(), kNone);
    std::deque<std::size_t> frontier{goal};
    while (!frontier.empty()) {
        const std::size_t at = frontier.front();
        frontier.pop_front();
        for (const std::size_t next : awaited_[at]) {
            if (came_from[next] != kNone) continue;
            came_from[next] = at;
            if (next != goal) frontier.push_back(next);
        }
    }
    if (came_from[goal] == kNone) return std::nullopt;
    std::vector<Uuid> path{start};
    for (std::size_t at = came_from[goal]; at != goal; at = came_from[at])
        path.push_back(ids_[at]);
    path.push_back(start);
    std::ranges::reverse(path);
    return path;
}

// Kahn's algorithm from the other end: what waits for nothing more comes next. What lies on a cycle, or waits
// for one, is left out.
std::vector<std::size_t> DependencyGraph::order() const {
    std::vector<std::size_t> open(ids_.size());
    std::vector<std::vector<std::size_t>> waiting(ids_.size());
    for (std::size_t from = 0; from < ids_.size(); ++from) {
        open[from] = awaited_[from].size();
        for (const std::size_t to : awaited_[from])
            waiting[to].push_back(from);
    }
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < ids_.size(); ++i)
        if (open[i] == 0) order.push_back(i);
    for (std::size_t done = 0; done < order.size(); ++done)
        for (const std::size_t next : waiting[order[done]])
            if (--open[next] == 0) order.push_back(next);
    return order;
}

std::optional<std::vector<DependencyGraph::Uuid>> DependencyGraph::find_cycle() const {
    const std::vector<std::size_t> sorted = order();
    if (sorted.size() == ids_.size()) return std::nullopt;
    std::vector<bool> free(ids_.size(), false);
    for (const std::size_t i : sorted)
        free[i] = true;
    // Whoever is left waits for another one that is left: following them must come round.
    std::size_t at = static_cast<std::size_t>(std::ranges::find(free, false) - free.begin());
    std::vector<bool> seen(ids_.size(), false);
    while (!seen[at]) {
        seen[at] = true;
        at = *std::ranges::find_if(awaited_[at], [&](std::size_t next) { return !free[next]; });
    }
    return cycle_through(ids_[at]);
}

std::vector<DependencyGraph::Uuid> DependencyGraph::awaited_first() const {
    std::vector<Uuid> result;
    for (const std::size_t i : order())
        result.push_back(ids_[i]);
    return result;
}

std::string describe_cycle(const std::vector<std::string>& keys) {
    std::string text = "Each would wait for the next (a parent waits for its children): ";
    for (std::size_t i = 0; i < std::min(keys.size(), kShownKeys); ++i)
        text.append(i == 0 ? "" : " -> ").append(keys[i]);
    return text + (keys.size() > kShownKeys ? " -> …" : ".");
}

}  // namespace milestones
