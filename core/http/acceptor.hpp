#pragma once

#include "core/base/result.hpp"
#include "core/http/connection_seats.hpp"
#include "core/http/inbox.hpp"
#include "core/http/unique_fd.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace mortise::http {

// Listens on one address and deals the connections out to inboxes in turn, on a thread of its own.
//
// Not Pistache's Listener: that one spins at a full core while the process has no descriptor left (its poller
// is level-triggered and accept goes on failing), and its listening socket can't be closed without stopping
// the reactors.
class Acceptor {
 public:
    Acceptor() = default;
    ~Acceptor();  // stops
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    // Binds to the first address that `host` names and takes us. `port` 0: any free one.
    base::Status listen(const std::string& host, std::uint16_t port, int backlog);
    std::uint16_t port() const noexcept { return port_; }

    // Begins to accept. Who finds no seat is closed at once. The inboxes must not be empty.
    void start(std::vector<std::shared_ptr<Inbox>> inboxes, std::shared_ptr<Seats> seats);
    // Closes the listening socket; connections that the kernel still held are reset.
    void stop();

 private:
    void run();
    // Accepts what waits; false when it is better to wait: there are no descriptors or no memory for more.
    bool accept_all();

    UniqueFd listener_;
    UniqueFd wake_;
    std::uint16_t port_ = 0;
    std::vector<std::shared_ptr<Inbox>> inboxes_;
    std::shared_ptr<Seats> seats_;
    std::size_t next_ = 0;
    std::thread thread_;
};

}  // namespace mortise::http
