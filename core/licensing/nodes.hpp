#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/storage/database.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace mortise::licensing {

// The nodes that run on one database, by their heartbeats: no more than the licence's limit `nodes`. A node
// that dies counts until its heartbeat is old; one that starts again takes its own place. The clocks of nodes
// may differ by a few seconds. Not for two threads.
class Nodes {
 public:
    static constexpr std::chrono::seconds kBeat{5};
    static constexpr std::chrono::seconds kGone{20};  // without a heartbeat

    // `id` is the node's own over restarts, `name` is for people.
    Nodes(const LicenceHolder& licence, const base::Clock& clock, base::Uuid id, std::string name)
        : licence_(licence), clock_(clock), id_(id), name_(std::move(name)), started_at_(clock.now()) {}

    // At start: takes a place among the nodes. Error `license_limit_reached` if all are taken.
    base::Status join(storage::Unit& unit);
    // Every kBeat. A node that was silent for so long that others forgot it takes a place anew; error
    // `license_limit_reached` if there is none.
    base::Status beat(storage::Unit& unit);
    // At the end: frees the place at once.
    base::Status leave(storage::Unit& unit);
    // How many run.
    base::Result<std::uint64_t> count(storage::Unit& unit) const;

 private:
    const LicenceHolder& licence_;
    const base::Clock& clock_;
    const base::Uuid id_;
    const std::string name_;
    const base::Micros started_at_;
};

}  // namespace mortise::licensing
