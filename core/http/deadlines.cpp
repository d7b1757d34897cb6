#include "core/http/deadlines.hpp"

#include <algorithm>
#include <iterator>

namespace mortise::http {

Deadlines::Place Deadlines::add(Connection& connection, Wait wait, base::Monotonic now) {
    auto& list = of(wait);
    list.push_back({&connection, wait, due(wait, now)});
    return std::prev(list.end());
}

void Deadlines::wait(Place place, Wait wait, base::Monotonic now) noexcept {
    auto& list = of(wait);
    list.splice(list.end(), of(place->wait), place);
    place->wait = wait;
    place->due = due(wait, now);
}

Connection* Deadlines::next_due(base::Monotonic now) noexcept {
    for (auto& list : lists_) {
        if (list.empty() || list.front().wait == Wait::kNothing) continue;
        if (list.front().due <= now) return list.front().connection;
    }
    return nullptr;
}

bool Deadlines::empty() const noexcept {
    return std::all_of(lists_.begin(), lists_.end(), [](const auto& list) { return list.empty(); });
}

}  // namespace mortise::http
