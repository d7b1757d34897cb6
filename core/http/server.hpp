#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/http/connection_seats.hpp"
#include "core/http/message.hpp"
#include "core/http/tls.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace mortise::http {

struct ServerSettings {
    std::string host = "127.0.0.1";          // a name or an address of either family
    std::uint16_t port = 0;                  // 0: any free one
    unsigned reactors = 2;                   // threads that serve connections, 1 to 64
    int backlog = 1024;                      // connections that the kernel may hold for us
    std::size_t max_head = 16 * 1024;        // bytes of request line and fields, else 431
    std::size_t max_fields = 100;            // else 431
    std::size_t max_target = 8 * 1024;       // bytes, else 414
    std::size_t max_ahead = 64 * 1024;       // bytes read ahead while a request is being answered
    std::size_t max_unsent = 256 * 1024;     // bytes of answers unsent before the next request is looked at
    std::size_t max_linger = 256 * 1024;     // bytes discarded of a client that is told to stop
    std::chrono::milliseconds linger{2000};  // how long such a client may take to read why
    // Deadlines of a connection; each is noticed up to 100 ms late. None is extended by single bytes.
    std::chrono::milliseconds head_timeout{10000};    // from the accept or a head's first byte to its end
    std::chrono::milliseconds body_timeout{30000};    // from the head's end to the body's
    std::chrono::milliseconds idle_timeout{60000};    // from an answer to the next request's first byte
    std::chrono::milliseconds answer_timeout{30000};  // in which the client takes nothing of an answer
    std::chrono::milliseconds stream_beat{15000};     // in which nothing is sent on an answer that stays open
    std::size_t max_stream_unsent = 64 * 1024;  // bytes that wait for such a client before it is cut off
    SeatLimits seats = {};
    TlsSettings tls = {};
};

// Listens, and serves connections on its reactor threads. start, stop_accepting, drain and stop are for one
// owner thread, in that order.
class Server {
 public:
    // Handler and clock must outlive the server.
    Server(ServerSettings settings, Handler& handler, const base::Clock& clock);
    ~Server();  // stops
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Binds and serves. Fails with `listen_failed` when the address can't be had, with `tls_unusable` when
    // certificate or key can't be used. Makes the process ignore SIGPIPE, unless it handles it, and raises
    // its limit of descriptors to what the seats need, as far as it may; where that is less, half of it, at
    // most 1024, is left to databases and plugins.
    base::Status start();
    std::uint16_t port() const noexcept;  // 0 before start
    // How many are served at a time: fewer than the seats where the limit of descriptors does not allow more.
    std::size_t max_connections() const noexcept;

    // Reads the certificate again, for connections that come from now on. On an error the old one stays. Any
    // thread. Nothing to do without TLS.
    base::Status reload_certificate();
    // Whether its files have changed since they were read. Any thread.
    bool certificate_changed() const;

    // Closes the listening socket and the connections on which no request is under way, and ends the answers
    // that stay open. From now on every answer closes its connection.
    void stop_accepting();
    // Waits until no request is under way, or until the deadline; true if none is.
    bool drain(base::Monotonic deadline);
    // Closes what is left and ends the threads. Answers that come later are dropped.
    void stop();

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mortise::http
