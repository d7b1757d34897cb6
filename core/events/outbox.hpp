#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mortise::events {

// What happened, before it has a place: the attributes of CloudEvents 1.0 that its publisher decides.
struct Event {
    std::string type;     // "mortise.milestones.milestone.created"
    std::string source;   // "/plugins/milestones"
    std::string subject;  // which thing
    std::string data;     // a JSON object
};

// An event with its place in the tenant's order.
struct StoredEvent {
    std::int64_t position = 0;  // rises by one with each event of the tenant; the Last-Event-ID
    base::Uuid id;
    Event event;
    base::Micros time = 0;
    base::Uuid correlation;
    base::Uuid cause;
};

// The events of a tenant, written in the transaction of what they tell of. Positions are taken under the head
// row, which is locked until the commit: so a reader never sees a later one before an earlier one. Append
// last in a unit, so that the lock is held for a moment only. Stateless but for the clock; thread-safe.
class Outbox {
 public:
    explicit Outbox(const base::Clock& clock) : clock_(clock) {}

    // In a writing unit of a tenant. Nothing is done for no events.
    base::Status append(storage::Unit& unit, const base::RequestContext& context,
                        std::span<const Event> events);

    // Events with a position above `after`, in order, at most `limit`.
    base::Result<std::vector<StoredEvent>> read(storage::Unit& unit, std::int64_t after, std::uint32_t limit);

 private:
    const base::Clock& clock_;
};

// The event as a CloudEvents 1.0 JSON document (structured mode), with `position` and `correlationid` as
// extensions.
std::string to_cloud_event(const StoredEvent& event);

}  // namespace mortise::events
