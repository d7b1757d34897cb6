#pragma once

#include "core/base/clock.hpp"
#include "core/host/call_table.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace mortise::host {

// Looks after the calls of a plugin that runs in this process: one that holds its thread beyond its deadline
// is given up, within a second, and is stuck until it returns. A thread of its own, which costs the calls
// nothing. Thread-safe.
class CallWatch {
 public:
    // So many stuck calls at once, and the plugin gets no more.
    static constexpr std::size_t kMostStuck = 4;

    using GivenUp = std::function<void(const CallState&)>;
    // Both are called on the watch's thread and must not throw: `given_up` while the call can't end,
    // `on_exhausted` once. Table and clock outlive the watch.
    CallWatch(CallTable& calls, const base::Clock& clock, GivenUp given_up,
              std::function<void()> on_exhausted);
    ~CallWatch();
    CallWatch(const CallWatch&) = delete;
    CallWatch& operator=(const CallWatch&) = delete;

    // Whether there were ever so many stuck calls at once.
    bool exhausted() const noexcept { return exhausted_.load(std::memory_order_relaxed); }

 private:
    void watch();

    CallTable& calls_;
    const base::Clock& clock_;
    const GivenUp given_up_;
    const std::function<void()> on_exhausted_;
    std::atomic<bool> exhausted_ = false;
    std::mutex mutex_;
    std::condition_variable end_;
    bool ending_ = false;  // under mutex_
    std::thread thread_;
};

}  // namespace mortise::host
