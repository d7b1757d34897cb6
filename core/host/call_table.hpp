#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace mortise::host {

struct CallState;

// The calls in progress of one plugin, by the handle that was given out. A handle is a slot's number and how
// often the slot was used, so a stale one finds nothing. Thread-safe.
class CallTable {
 public:
    using Handle = std::uint64_t;

    CallTable();

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
    CallState* find(Handle handle) const;

 private:
    static constexpr std::size_t kSlots = 1024;
    struct Slot {
        CallState* call = nullptr;
        std::thread::id thread;
        std::uint32_t uses = 1;
    };

    Handle open(CallState& call);
    void close(Handle handle);

    mutable std::mutex mutex_;
    std::array<Slot, kSlots> slots_;
    std::vector<std::uint32_t> free_;
};

}  // namespace mortise::host
