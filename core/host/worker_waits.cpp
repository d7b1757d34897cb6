#include "core/host/worker_waits.hpp"

#include <algorithm>
#include <utility>

namespace mortise::host {

WorkerWaits::Wait::Wait(WorkerWaits& waits, const WorkerPool& wanted, std::size_t workers,
                        std::vector<const WorkerPool*> held)
    : waits_(waits), wanted_(&wanted), workers_(workers), held_(std::move(held)) {
    const std::lock_guard lock(waits_.mutex_);
    waits_.waiting_.push_back(this);
    hopeless_ = waits_.is_hopeless(*this);
}

WorkerWaits::Wait::~Wait() {
    const std::lock_guard lock(waits_.mutex_);
    std::erase(waits_.waiting_, this);
}

// Takes out who can go on, which lets others go on, until nobody else can. A worker that no waiting call
// holds is free sooner or later, so who waits for its pool can go on.
bool WorkerWaits::is_hopeless(const Wait& wait) const {
    std::vector<const Wait*> stuck = waiting_;
    const auto can_go_on = [&stuck](const Wait* one) {
        const auto taken = std::count_if(stuck.begin(), stuck.end(), [&](const Wait* other) {
            return std::find(other->held_.begin(), other->held_.end(), one->wanted_) != other->held_.end();
        });
        return static_cast<std::size_t>(taken) < one->workers_;
    };
    while (true) {
        const auto free = std::find_if(stuck.begin(), stuck.end(), can_go_on);
        if (free == stuck.end()) break;
        stuck.erase(free);
    }
    return std::find(stuck.begin(), stuck.end(), &wait) != stuck.end();
}

}  // namespace mortise::host
