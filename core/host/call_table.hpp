#pragma once

#include "core/base/clock.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
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

    // Takes the unit of work from every call whose deadline was before `late` and that is not inside a
    // statement, and shows each to `given_up`; those of before `hopeless` even where the unit can't be had. A
    // call is given up once. One thread at a time.
    struct Count {
        std::size_t running = 0;
        std::size_t stuck = 0;  // of these: given up
    };
    Count give_up(base::Monotonic late, base::Monotonic hopeless,
                  const std::function<void(const CallState&)>& given_up) noexcept;

 private:
    static constexpr std::size_t kSlots = 1024;

    // Written by the thread that holds the slot; others may read it at any time.
    struct alignas(64) Slot {
        std::atomic<bool> taken = false;
        std::atomic<Handle> handle = 0;  // zero while no call is in it
        std::atomic<std::thread::id> thread = {};
        std::atomic<CallState*> call = nullptr;
        std::uint32_t uses = 0;            // the holder's
        std::atomic<bool> pinned = false;  // give_up() looks at it: the call stays until it is done
        Handle given_up = 0;               // of give_up(): the last call that was
    };

    Handle open(CallState& call) noexcept;
    void close(Handle handle) noexcept;
    static void give_up(Slot& slot, Handle handle, base::Monotonic late, base::Monotonic hopeless,
                        const std::function<void(const CallState&)>& given_up);

    std::array<Slot, kSlots> slots_;
};

}  // namespace mortise::host
