#pragma once

// For the tests of this room and of those that test against a real server: a raw client and a small pool.

#include "core/http/unique_fd.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace mortise::http::testing {

// An answer as it came over the wire.
struct Reply {
    int status = 0;
    std::string head;  // status line and fields
    std::string body;
    std::optional<std::string> field(std::string_view name) const;
};

// A client that sends exactly the bytes it is given. Every wait ends after ten seconds.
class Client {
 public:
    // `receive_buffer` bytes, 0: the system's choice.
    explicit Client(std::uint16_t port, int receive_buffer = 0);

    bool connected() const { return connected_; }
    bool send(std::string_view bytes);
    // The next answer; nullopt if the connection ended or the time was up. `head_only`: it has no body,
    // whatever its Content-Length says.
    std::optional<Reply> read(bool head_only = false);
    // Whether the server has ended the connection in order, without a byte more and without a reset.
    bool ended();
    // Everything until the end.
    std::string read_all();
    void shut_sending();
    void leave(bool reset);  // closes, by RST if `reset`
    int fd() const { return fd_.get(); }

 private:
    bool fill();

    UniqueFd fd_;
    bool connected_ = false;
    std::string in_;
};

// Runs what it is given on its threads; the destructor runs what is left.
class Pool {
 public:
    explicit Pool(unsigned threads);
    ~Pool();
    void post(std::function<void()> task);

 private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace mortise::http::testing
