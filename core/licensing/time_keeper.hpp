#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "licenses/document/time_mark.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::licensing {

// The time by which licences are judged on this node: the later of the clock and a mark that never falls
// because the clock does (licenses/document/time_mark.hpp). Thread-safe; now() takes no lock.
class TimeKeeper {
 public:
    explicit TimeKeeper(const base::Clock& clock) : clock_(clock), observed_at_(clock.monotonic()) {}

    // Not before what is known.
    base::Micros now() const noexcept;
    // The clock is behind what is known: to be warned about.
    bool clock_is_behind() const noexcept;

    // Lets the time that passed since the last call count. Every second or so.
    void tick() noexcept;
    // What now() will be after learn_licence(issued_at) and learn(newest).
    base::Micros now_after(licenses::Seconds issued_at, licenses::Seconds newest) const noexcept;
    // How late it is at least, as documents, running time, and a clock that stood for a day of it show;
    // never what the clock alone says.
    base::Micros known() const noexcept {
        return least_.load(std::memory_order_relaxed) * base::kMicrosPerSecond;
    }

    // A genuine document says that it is at least so late.
    void learn(licenses::Seconds issued_at) noexcept;
    // A licence says so too, and jumps of the clock before it are forgotten. Repeating it changes nothing.
    void learn_licence(licenses::Seconds issued_at) noexcept;
    void merge(const licenses::TimeMark& other) noexcept;

    std::string seal(std::string_view installation_secret) const;

 private:
    template <class Change>
    void change(Change&& change) noexcept;
    licenses::Seconds clock_seconds() const noexcept { return clock_.now() / base::kMicrosPerSecond; }

    const base::Clock& clock_;
    mutable std::mutex mutex_;
    licenses::TimeMark mark_;      // under mutex_
    base::Monotonic observed_at_;  // under mutex_: up to when running time has counted
    std::atomic<licenses::Seconds> least_ = 0;
};

}  // namespace mortise::licensing
