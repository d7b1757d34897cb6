#pragma once

#include "core/base/clock.hpp"
#include "core/storage/database.hpp"

#include <chrono>
#include <type_traits>

namespace mortise::tenancy {

// How long a step that this room starts by itself waits for its turn in core.db.
inline constexpr std::chrono::seconds kCoreUnitPatience{10};

// Runs `body(unit)` in a unit of core.db and commits it, again from the start if storage says that this can
// help. `body` answers a base::Result and must be free of effects outside the unit. Each attempt has until
// `patience` is over.
template <class Body>
auto run_core(storage::Database& database, const base::Clock& clock, storage::Access access, Body&& body,
              base::Monotonic::duration patience = kCoreUnitPatience)
    -> std::invoke_result_t<Body&, storage::Unit&> {
    constexpr int kAttempts = 4;
    for (int attempt = 1;; ++attempt) {
        auto unit = database.begin_core(access, clock.monotonic() + patience);
        if (!unit) return std::move(unit).error();
        auto result = body(**unit);
        if (result.ok()) {
            auto committed = (*unit)->commit();
            if (committed.ok()) return result;
            if (attempt == kAttempts || !storage::is_retryable(committed.error()))
                return std::move(committed).error();
        } else if (attempt == kAttempts || !storage::is_retryable(result.error())) {
            return result;
        }
    }
}

}  // namespace mortise::tenancy
