#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

namespace mortise::host {

struct CallState;

// The calls in progress of one plugin, by the handle that was given out. A handle is a slot's number and how
// often the slot was used, so a stale one finds nothing. Thread-safe, without a lock: every service that a
// plugin uses looks its call up here.
class CallTable {
 public:
    using Handle = std::uint64_t;

    // Holds the place of a call while it runs, on the thread that runs it.
    class Place {
     public:
        Place(CallTable& table, CallState& call);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        // Zero: too many calls at once.
        Handle handle() const noexcept { return handle_; }

     private:
        CallTable& table_;
        Handle handle_;
    };

    // The call, if it is still running and this is its thread; else null.
    CallState* find(Handle handle) const noexcept;

 private:
    static constexpr std::size_t kSlots = 1024;

    // Written by the thread that holds the slot; others may read it at any time.
    struct alignas(64) Slot {
        std::atomic<bool> taken = false;
        std::atomic<Handle> handle = 0;  // zero while no call is in it
        std::atomic<std::thread::id> thread = {};
        std::atomic<CallState*> call = nullptr;
        std::uint32_t uses = 0;  // the holder's
    };

    Handle open(CallState& call) noexcept;
    void close(Handle handle) noexcept;

    std::array<Slot, kSlots> slots_;
};

}  // namespace mortise::host
