#pragma once

#include "core/base/clock.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <optional>

namespace mortise::http {

class Connection;

// What a connection waits for, and therefore how long it may.
enum class Wait : std::uint8_t {
    kNothing,  // the handler has the request; the pipeline sees to its deadline
    kHead,     // a TLS handshake or a request's head, from the accept or the head's first byte
    kBody,     // a request's body, from the head's end
    kIdle,     // the next request
    kWrite,    // the client to take some of what is sent to it
    kLinger,   // the client to read why it was told to stop
    kStream,   // something to send on an answer that stays open
};
inline constexpr std::size_t kWaits = 7;

// How long each may take.
using WaitTimes = std::array<std::chrono::milliseconds, kWaits>;

// The deadlines of one worker's connections. All that wait for the same have the same time, so those that
// began first end first: a list for each kind, in order, is all it takes, and beginning to wait moves one
// node to the end of a list, without allocating. Not for several threads.
class Deadlines {
 public:
    struct Entry {
        Connection* connection;
        Wait wait;
        base::Monotonic due;
    };
    using Place = std::list<Entry>::iterator;

    explicit Deadlines(const WaitTimes& times) : times_(times) {}

    Place add(Connection& connection, Wait wait, base::Monotonic now);
    // Begins anew, also if it waits for the same already.
    void wait(Place place, Wait wait, base::Monotonic now) noexcept;
    void remove(Place place) noexcept { of(place->wait).erase(place); }

    // One whose time is up, if there is one. It is given again until it waits anew or is removed.
    Connection* next_due(base::Monotonic now) noexcept;
    bool empty() const noexcept;

 private:
    std::list<Entry>& of(Wait wait) noexcept { return lists_[static_cast<std::size_t>(wait)]; }
    base::Monotonic due(Wait wait, base::Monotonic now) const noexcept {
        return now + times_[static_cast<std::size_t>(wait)];
    }

    const WaitTimes times_;
    std::array<std::list<Entry>, kWaits> lists_;
};

}  // namespace mortise::http
