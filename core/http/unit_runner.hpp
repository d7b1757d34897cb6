#pragma once

#include "core/base/clock.hpp"
#include "core/http/route.hpp"

#include <string>

namespace mortise::storage {
class Database;
}

namespace mortise::http {

// What an Idempotency-Key protects: the same key with another request is an error.
struct Idempotency {
    std::string key;           // empty: none was sent
    std::string request_hash;  // BLAKE2b-256 of method, path and body
};

// Runs the handler of `route` in the unit of work that the row asks for: opens it, repeats the answer that an
// idempotency key already has, calls the handler, keeps its answer, commits, and only then answers. Busy,
// deadlock and serialization failures, and a plugin that is busy, run it again. An error, and a response of
// 400 and more, roll all back. `work` must be one that has a unit. Blocks; call.unit is set by this function.
base::Result<Response> run_in_unit(storage::Database& database, const base::Clock& clock, const Route& route,
                                   Call call, const Idempotency& idempotency);

}  // namespace mortise::http
