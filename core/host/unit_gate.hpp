#pragma once

#include <atomic>
#include <cstdint>

namespace mortise::host {

// Stands before a call's unit of work, between the call's thread, which uses it now and then, and the watch
// that takes it away from a call that is too late.
class UnitGate {
 public:
    // The call's thread: false if the unit was taken away.
    bool enter() noexcept {
        State open = State::kOpen;
        return state_.compare_exchange_strong(open, State::kUsed);
    }
    // The call's thread, after enter() answered true.
    void leave() noexcept { state_.store(State::kOpen, std::memory_order_release); }

    // The watch: closes it for good, unless the unit is being used.
    bool close() noexcept {
        State open = State::kOpen;
        return state_.compare_exchange_strong(open, State::kClosed);
    }
    bool closed() const noexcept { return state_.load() == State::kClosed; }

 private:
    enum class State : std::uint8_t { kOpen, kUsed, kClosed };
    std::atomic<State> state_{State::kOpen};
};

}  // namespace mortise::host
