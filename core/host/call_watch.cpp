#include "core/host/call_watch.hpp"

#include <chrono>
#include <utility>

namespace mortise::host {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 50ms;       // while there are calls
constexpr auto kIdleTick = 500ms;  // while there are none
// A statement is interrupted at the deadline, and given up with its connection half a second later where the
// database doesn't obey; the plugin has the rest of this time to say so.
constexpr auto kGrace = 700ms;
// A call that is inside a statement for so long has its sink to blame.
constexpr auto kHopeless = 2s;

}  // namespace

CallWatch::CallWatch(CallTable& calls, const base::Clock& clock, GivenUp given_up,
                     std::function<void()> on_exhausted)
    : calls_(calls),
      clock_(clock),
      given_up_(std::move(given_up)),
      on_exhausted_(std::move(on_exhausted)),
      thread_([this] { watch(); }) {}

CallWatch::~CallWatch() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    end_.notify_one();
    thread_.join();
}

void CallWatch::watch() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        lock.unlock();
        const base::Monotonic now = clock_.monotonic();
        const auto count = calls_.give_up(now - kGrace, now - kHopeless, given_up_);
        if (count.stuck >= kMostStuck && !exhausted_.exchange(true)) on_exhausted_();
        lock.lock();
        end_.wait_for(lock, count.running == 0 ? kIdleTick : kTick, [this] { return ending_; });
    }
}

}  // namespace mortise::host
