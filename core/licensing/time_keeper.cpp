#include "core/licensing/time_keeper.hpp"

#include <algorithm>
#include <chrono>

namespace mortise::licensing {

using licenses::Seconds;

base::Micros TimeKeeper::now() const noexcept {
    return std::max(clock_.now(), least_.load(std::memory_order_relaxed) * base::kMicrosPerSecond);
}

bool TimeKeeper::clock_is_behind() const noexcept {
    return clock_seconds() < least_.load(std::memory_order_relaxed);
}

template <class Change>
void TimeKeeper::change(Change&& change) noexcept {
    const std::lock_guard lock(mutex_);
    change(mark_);
    least_.store(mark_.mark(), std::memory_order_relaxed);
}

void TimeKeeper::tick() noexcept {
    change([this](licenses::TimeMark& mark) {
        // Whole seconds count; the rest waits for the next call.
        const auto ran = std::chrono::floor<std::chrono::seconds>(clock_.monotonic() - observed_at_);
        observed_at_ += ran;
        mark.observe(clock_seconds(), ran.count());
    });
}

void TimeKeeper::learn(Seconds issued_at) noexcept {
    change([&](licenses::TimeMark& mark) { mark.observe_signed(issued_at); });
}

void TimeKeeper::learn_licence(Seconds issued_at) noexcept {
    change([&](licenses::TimeMark& mark) { mark.forgive_jumps(issued_at); });
}

base::Micros TimeKeeper::now_after(Seconds issued_at, Seconds newest) const noexcept {
    const std::lock_guard lock(mutex_);
    licenses::TimeMark mark = mark_;
    mark.forgive_jumps(issued_at);
    mark.observe_signed(newest);
    return std::max(clock_.now(), mark.mark() * base::kMicrosPerSecond);
}

void TimeKeeper::merge(const licenses::TimeMark& other) noexcept {
    change([&](licenses::TimeMark& mark) { mark.merge(other); });
}

std::string TimeKeeper::seal(std::string_view installation_secret) const {
    const std::lock_guard lock(mutex_);
    return mark_.seal(installation_secret);
}

}  // namespace mortise::licensing
