#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace mortise::events {

// Answers are repeated for so long; then a key may be used anew.
inline constexpr std::chrono::hours kIdempotencyLifetime{24};

// Whose key it is: the same key of another principal, or on another route, is another key.
struct IdempotencyKey {
    base::Uuid principal;
    std::string route;
    std::string key;
};

struct IdempotentAnswer {
    std::string request_hash;  // of the request that was answered
    int status = 0;
    std::string headers;              // as the caller encodes them
    std::optional<std::string> body;  // none: the answer held a secret and was not kept
};

// The answers of requests that came with an Idempotency-Key, kept in the transaction of what they did, in the
// tenant's database or the core's. Stateless but for the clock; thread-safe.
class IdempotencyStore {
 public:
    explicit IdempotencyStore(const base::Clock& clock) : clock_(clock) {}

    // nullopt if there is none, or it is older than the lifetime.
    base::Result<std::optional<IdempotentAnswer>> find(storage::Unit& unit, const IdempotencyKey& key);
    // storage::kUnique if another request with the key was committed meanwhile: roll back and find it.
    base::Status insert(storage::Unit& unit, const IdempotencyKey& key, const IdempotentAnswer& answer);
    // Removes what is older than the lifetime.
    base::Status purge(storage::Unit& unit);

 private:
    base::Micros oldest() const;

    const base::Clock& clock_;
};

}  // namespace mortise::events
