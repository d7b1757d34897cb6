#pragma once

#include "core/base/result.hpp"
#include "core/http/connection_seats.hpp"
#include "core/http/inbox.hpp"
#include "core/http/unique_fd.hpp"

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
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

    // What a client is told for whom there is no descriptor; gets its address. Called on the acceptor's
    // thread.
    using LastWords = std::function<std::string(const std::string& peer)>;

    // Begins to accept. Who finds no seat is closed at once; who comes while there are no descriptors is told
    // `last_words` and closed. The inboxes must not be empty.
    void start(std::vector<std::shared_ptr<Inbox>> inboxes, std::shared_ptr<Seats> seats,
               LastWords last_words);
    // Closes the listening socket; connections that the kernel still held are reset.
    void stop();

 private:
    void run();
    // Accepts what waits; false when it is better to wait: there are no descriptors or no memory for more.
    bool accept_all();
    UniqueFd accept_one(sockaddr_storage& address) noexcept;
    void seat(UniqueFd&& socket, const base::IpAddress& peer);
    // Lets one client in on the spare descriptor, and out again; false if not even that can be done.
    bool turn_one_away();

    UniqueFd listener_;
    UniqueFd spare_;  // given up for a client who is to be told that there is none left
    UniqueFd wake_;
    std::uint16_t port_ = 0;
    std::vector<std::shared_ptr<Inbox>> inboxes_;
    std::shared_ptr<Seats> seats_;
    LastWords last_words_;
    std::size_t next_ = 0;
    std::thread thread_;
};

}  // namespace mortise::http
