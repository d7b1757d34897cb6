#pragma once

// Private to worker.cpp and server.cpp: Pistache must not be seen by other files.

#include "core/http/connection.hpp"
#include "core/http/deadlines.hpp"

#include <pistache/reactor.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace mortise::http {

// What all workers of a server share. Set before they start, then only read but for what is atomic.
struct WorkerShared {
    const ServerSettings& settings;
    CodecLimits limits;
    Handler& handler;
    const base::Clock& clock;
    const TlsKeeper& tls;
    DrainGate gate = {};
    std::vector<std::shared_ptr<Inbox>> inboxes = {};  // one for each worker
};

// Serves connections on one thread of Pistache's reactor: polls their sockets and its inbox.
//
// It is a handler of the reactor itself, not of Pistache's TCP layer, whose Peer and Transport can't be used
// as they are (measured on 0.0.5): a write that would block is tried again without end on the reactor thread,
// so that one slow reader of a large answer stops all others; reading can't be paused; and an answer is sent
// to a descriptor's number, whoever has it by then. Here a socket belongs to its Connection from accept to
// close, both happen on this thread, and nothing else knows its number.
class Worker final : public Pistache::Aio::Handler {
 public:
    explicit Worker(WorkerShared& shared);
    ~Worker() override;

    // The reactor clones one worker for each of its threads.
    std::shared_ptr<Pistache::Aio::Handler> clone() const override;
    void registerPoller(Pistache::Polling::Epoll& poller) override;
    void onReady(const Pistache::Aio::FdSet& fds) override;

 private:
    void on_inbox();
    void welcome(Newcomer&& newcomer) noexcept;
    void on_socket(int fd, const Pistache::Aio::FdSet::Entry& event);
    void on_timer();
    // Does something with a connection, then follows it; an exception ends the connection.
    template <class Action>
    void attend(Connection& connection, Action&& action) noexcept;
    // Does as the connection now wants: changes what is polled for, or forgets it.
    void follow(Connection& connection);
    void forget(Connection& connection) noexcept;
    // Keeps the connection's deadline up to date.
    void watch(Connection& connection);
    void set_timer(bool on);

    WorkerShared& shared_;
    std::vector<char> scratch_;
    std::vector<char> plain_;
    WorkerContext context_;
    UniqueFd timer_;
    std::vector<std::shared_ptr<Connection>> by_fd_;
    Deadlines deadlines_;
    bool ticking_ = false;  // the timer, while there are connections
    Inbox::Batch batch_;    // kept for its capacity
};

}  // namespace mortise::http
