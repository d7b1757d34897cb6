#include "core/host/call_table.hpp"

namespace mortise::host {
namespace {

constexpr std::uint32_t slot_of(CallTable::Handle handle) noexcept {
    return static_cast<std::uint32_t>(handle);
}

constexpr std::uint32_t uses_of(CallTable::Handle handle) noexcept {
    return static_cast<std::uint32_t>(handle >> 32);
}

}  // namespace

CallTable::CallTable() {
    for (std::uint32_t i = kSlots; i > 0; --i)
        free_.push_back(i - 1);
}

CallTable::Place::Place(CallTable& table, CallState& call) : table_(table), handle_(table.open(call)) {}

CallTable::Place::~Place() {
    if (handle_ != 0) table_.close(handle_);
}

CallTable::Handle CallTable::open(CallState& call) {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return 0;
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slots_[slot].call = &call;
    slots_[slot].thread = std::this_thread::get_id();
    return (Handle{slots_[slot].uses} << 32) | slot;
}

void CallTable::close(Handle handle) {
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[slot_of(handle)];
    slot.call = nullptr;
    if (++slot.uses == 0) slot.uses = 1;  // so that a handle is never zero
    free_.push_back(slot_of(handle));
}

CallState* CallTable::find(Handle handle) const {
    if (slot_of(handle) >= kSlots) return nullptr;
    const std::lock_guard lock(mutex_);
    const Slot& slot = slots_[slot_of(handle)];
    return slot.uses == uses_of(handle) && slot.thread == std::this_thread::get_id() ? slot.call : nullptr;
}

}  // namespace mortise::host
