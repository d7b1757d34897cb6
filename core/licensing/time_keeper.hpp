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
    // What now() will be after learn(issued_at, true).
    base::Micros now_after_newer(licenses::Seconds issued_at) const noexcept;
    // Whether jumps were forgiven since the last call: the mark that is stored is then too high.
    bool take_forgiven() noexcept { return forgiven_.exchange(false); }

    // A genuine document says that it is at least so late. `newer`: it is of a licence that replaces another,
    // so that jumps of the clock before it are forgotten.
    void learn(licenses::Seconds issued_at, bool newer) noexcept;
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
    std::atomic<bool> forgiven_ = false;
};

}  // namespace mortise::licensing
