#pragma once

#include "core/base/result.hpp"
#include "core/events/outbox.hpp"
#include "core/licensing/snapshot.hpp"
#include "core/storage/database.hpp"

namespace mortise::licensing {

// Tells of a licence that ends soon, or isn't valid: the event mortise.license.attention in the platform's
// outbox, once a day for each state, whichever node comes first. True if it was this one. `snapshot.warning`
// is not empty.
base::Result<bool> notice_of_the_day(storage::Unit& unit, events::Outbox& outbox, const Snapshot& snapshot,
                                     base::Micros now);

}  // namespace mortise::licensing
