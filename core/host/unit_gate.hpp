#pragma once

#include <atomic>
#include <cstdint>

namespace mortise::host {

// Stands before a call's unit of work, between the call's thread, which uses it now and then, and the watch
// that takes it away from a call that is too late. While it is lent to a call of another plugin's method, it
// is the watch of that call that may take it.
class UnitGate {
 public:
    // The call's thread: false if the unit was taken away.
    bool enter() noexcept {
        State open = State::kOpen;
        return state_.compare_exchange_strong(open, State::kUsed);
    }
    // The same, for a call of another plugin's method.
    bool lend() noexcept {
        State open = State::kOpen;
        return state_.compare_exchange_strong(open, State::kLent);
    }
    // The call's thread, after enter() or lend() answered true.
    void leave() noexcept { state_.store(State::kOpen, std::memory_order_release); }

    // The watch: closes it for good, unless the unit is being used.
    bool close() noexcept {
        State open = State::kOpen;
        return state_.compare_exchange_strong(open, State::kClosed);
    }
    bool closed() const noexcept { return state_.load() == State::kClosed; }
    bool lent() const noexcept { return state_.load() == State::kLent; }

 private:
    enum class State : std::uint8_t { kOpen, kUsed, kLent, kClosed };
    std::atomic<State> state_{State::kOpen};
};

}  // namespace mortise::host
