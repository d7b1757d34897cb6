#include "core/http/testing.hpp"

#include "core/base/text.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstdlib>

namespace mortise::http::testing {

std::optional<std::string> Reply::field(std::string_view name) const {
    std::size_t at = head.find("\r\n");
    while (at != std::string::npos && at + 2 < head.size()) {
        const std::size_t end = head.find("\r\n", at + 2);
        const std::string_view line = std::string_view(head).substr(at + 2, end - at - 2);
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos && base::iequals(line.substr(0, colon), name))
            return std::string(line.substr(colon + 2));
        at = end;
    }
    return std::nullopt;
}

Client::Client(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{10, 0};
    const int on = 1;
    ::setsockopt(fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (receive_buffer > 0) ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Client::fill() {
    char buffer[16 * 1024];
    const ssize_t got = ::recv(fd(), buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(got));
    return true;
}

std::optional<Reply> Client::read(bool head_only) {
    std::size_t end;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) return std::nullopt;
    Reply reply;
    reply.head = in_.substr(0, end + 2);
    in_.erase(0, end + 4);
    reply.status = std::atoi(reply.head.c_str() + std::string_view("HTTP/1.1 ").size());
    const std::size_t length =
        head_only ? 0 : std::strtoull(reply.field("Content-Length").value_or("0").c_str(), nullptr, 10);
    while (in_.size() < length)
        if (!fill()) return std::nullopt;
    reply.body = in_.substr(0, length);
    in_.erase(0, length);
    return reply;
}

bool Client::ended() {
    if (!in_.empty()) return false;
    char byte;
    return ::recv(fd(), &byte, 1, 0) == 0;
}

std::string Client::read_all() {
    while (fill()) {
    }
    return std::move(in_);
}

void Client::shut_sending() {
    ::shutdown(fd(), SHUT_WR);
}

void Client::leave(bool reset) {
    if (reset) {
        const linger now{1, 0};
        ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    fd_.reset();
}

Pool::Pool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i)
        threads_.emplace_back([this] { run(); });
}

Pool::~Pool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void Pool::post(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
}

void Pool::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        const auto task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
    }
}

}  // namespace mortise::http::testing
