#include "core/host/call_table.hpp"

#include "core/host/services.hpp"

#include <pthread.h>

namespace mortise::host {
namespace {

constexpr std::uint32_t slot_of(CallTable::Handle handle) noexcept {
    return static_cast<std::uint32_t>(handle);
}

// What pthread_self() answers lies at the end of the thread's stack.
constexpr std::size_t kStackAlignment = 4096;

}  // namespace

CallTable::Place::Place(CallTable& table, CallState& call) : table_(table), handle_(table.open(call)) {}

CallTable::Place::~Place() {
    if (handle_ != 0) table_.close(handle_);
}

CallTable::Handle CallTable::open(CallState& call) noexcept {
    // Each thread begins at a place of its own, so that threads seldom meet.
    const auto self = std::this_thread::get_id();
    const std::size_t start = ::pthread_self() / kStackAlignment;
    for (std::size_t i = 0; i < kSlots; ++i) {
        const std::size_t number = (start + i) % kSlots;
        Slot& slot = slots_[number];
        if (slot.taken.load(std::memory_order_relaxed) ||
            slot.taken.exchange(true, std::memory_order_acquire))
            continue;
        if (++slot.uses == 0) slot.uses = 1;  // so that a handle is never zero
        const Handle handle = (Handle{slot.uses} << 32) | number;
        slot.call.store(&call, std::memory_order_relaxed);
        slot.thread.store(self, std::memory_order_relaxed);
        slot.handle.store(handle, std::memory_order_release);
        return handle;
    }
    return 0;
}

void CallTable::close(Handle handle) noexcept {
    Slot& slot = slots_[slot_of(handle)];
    // Whoever pins the slot looks at the handle afterwards, so that one of the two sees the other.
    slot.handle.store(0, std::memory_order_seq_cst);
    while (slot.pinned.load(std::memory_order_seq_cst))
        std::this_thread::yield();
    slot.taken.store(false, std::memory_order_release);
}

CallTable::Count CallTable::give_up(base::Monotonic late, base::Monotonic hopeless,
                                    const std::function<void(const CallState&)>& given_up) noexcept {
    Count count;
    for (Slot& slot : slots_) {
        if (slot.handle.load(std::memory_order_relaxed) == 0) continue;
        slot.pinned.store(true, std::memory_order_seq_cst);
        if (const Handle handle = slot.handle.load(std::memory_order_seq_cst); handle != 0) {
            give_up(slot, handle, late, hopeless, given_up);
            ++count.running;
            count.stuck += slot.given_up == handle ? 1U : 0U;
        }
        slot.pinned.store(false, std::memory_order_release);
    }
    return count;
}

void CallTable::give_up(Slot& slot, Handle handle, base::Monotonic late, base::Monotonic hopeless,
                        const std::function<void(const CallState&)>& given_up) {
    CallState& call = *slot.call.load(std::memory_order_relaxed);
    const base::Monotonic deadline = call.context.deadline;
    // What lent its unit to another plugin is held up by that one, whose own watch sees to it.
    if (slot.given_up == handle || deadline >= late || call.gate.lent()) return;
    const bool had = call.gate.close();
    if (had) call.backend.give_up();
    if (!had && deadline >= hopeless) return;
    slot.given_up = handle;
    given_up(call);
}

CallState* CallTable::find(Handle handle) const noexcept {
    if (handle == 0 || slot_of(handle) >= kSlots) return nullptr;
    const Slot& slot = slots_[slot_of(handle)];
    // Whoever sees a handle sees also whose it is. If it is ours, we hold the slot, and nothing in it
    // changes.
    if (slot.handle.load(std::memory_order_acquire) != handle ||
        slot.thread.load(std::memory_order_relaxed) != std::this_thread::get_id())
        return nullptr;
    return slot.call.load(std::memory_order_relaxed);
}

}  // namespace mortise::host
