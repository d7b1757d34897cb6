#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::http {

// Bytes on their way to a socket. Small answers are gathered in one buffer and go out in one system call;
// large bodies are taken over as they are.
class OutQueue {
 public:
    enum class Result { kSent, kBlocked, kFailed };

    // The buffer to append small things to; valid until the next call of any other function.
    std::string& tail();
    void append(std::string&& bytes);

    // Bytes not sent yet.
    std::size_t size() const noexcept;
    bool empty() const noexcept { return size() == 0; }

    // Bytes sent since the beginning.
    std::uint64_t sent() const noexcept { return sent_; }

    // Sends what the socket takes without blocking and without SIGPIPE.
    Result send(int fd);

    // For who sends by other means: the first bytes not sent, not empty unless all are, and that so many of
    // them are done with.
    std::string_view front() const noexcept;
    void drop(std::size_t sent);

 private:
    std::vector<std::string> segments_;
    std::size_t first_ = 0;   // segments before it are sent
    std::size_t offset_ = 0;  // bytes of the first one that are sent
    std::uint64_t sent_ = 0;
    bool open_ = false;  // the last segment may be appended to
};

}  // namespace mortise::http
