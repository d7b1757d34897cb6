#include "core/http/acceptor.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace mortise::http {
namespace {

constexpr int kPauseMs = 100;  // until accept is tried again without descriptors

base::Error listen_error(const std::string& host, std::uint16_t port, const std::string& why) {
    return {base::ErrorKind::kUnavailable,
            "listen_failed",
            "Cannot listen on " + host + ":" + std::to_string(port) + ": " + why + ".",
            {}};
}

void set_option(int fd, int level, int option) noexcept {
    const int on = 1;
    ::setsockopt(fd, level, option, &on, sizeof on);
}

UniqueFd open_spare() noexcept {
    return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

UniqueFd try_listen(const addrinfo& address, int backlog) {
    UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return {};
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR);
    if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0 || ::listen(fd.get(), backlog) != 0)
        return {};
    return fd;
}

std::uint16_t port_of(int fd) noexcept {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    // The port stands at the same place in the addresses of both families.
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

base::IpAddress address_of(const sockaddr_storage& address) noexcept {
    base::IpAddress result;
    if (address.ss_family == AF_INET6) {
        const auto& found = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
        std::memcpy(result.bytes.data(), &found, sizeof found);
        return result;
    }
    const auto& found = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    return base::IpAddress::v4(ntohl(found.s_addr));
}

}  // namespace

Acceptor::~Acceptor() {
    stop();
}

base::Status Acceptor::listen(const std::string& host, std::uint16_t port, int backlog) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found))
        return listen_error(host, port, ::gai_strerror(error));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    int error = 0;
    for (const addrinfo* address = found; address && !listener_; address = address->ai_next) {
        listener_ = try_listen(*address, backlog);
        error = errno;
    }
    if (!listener_) return listen_error(host, port, std::generic_category().message(error));
    wake_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wake_) return listen_error(host, port, std::generic_category().message(errno));
    port_ = port_of(listener_.get());
    return {};
}

void Acceptor::start(std::vector<std::shared_ptr<Inbox>> inboxes, std::shared_ptr<Seats> seats,
                     LastWords last_words) {
    inboxes_ = std::move(inboxes);
    seats_ = std::move(seats);
    last_words_ = std::move(last_words);
    spare_ = open_spare();
    thread_ = std::thread([this] { run(); });
}

void Acceptor::stop() {
    if (thread_.joinable()) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
        thread_.join();
    }
    listener_.reset();
}

void Acceptor::run() {
    bool paused = false;
    for (;;) {
        std::array<pollfd, 2> fds{pollfd{wake_.get(), POLLIN, 0}, pollfd{listener_.get(), POLLIN, 0}};
        // Without descriptors the listening socket is left out, or poll would return at once for ever.
        ::poll(fds.data(), paused ? 1 : 2, paused ? kPauseMs : -1);
        if (fds[0].revents != 0) return;
        paused = !accept_all();
    }
}

UniqueFd Acceptor::accept_one(sockaddr_storage& address) noexcept {
    socklen_t size = sizeof address;
    return UniqueFd(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
}

bool Acceptor::accept_all() {
    for (;;) {
        sockaddr_storage address{};
        UniqueFd socket = accept_one(address);
        try {
            if (socket) {
                seat(std::move(socket), address_of(address));
                continue;
            }
            if (errno == EAGAIN) return true;
            // One client that has left or isn't let in (accept(2)); anything else is likely to last.
            if (errno == ECONNABORTED || errno == EPROTO || errno == EPERM || errno == EINTR) continue;
            if ((errno != EMFILE && errno != ENFILE) || !turn_one_away()) return false;
        } catch (const std::bad_alloc&) {
            return false;
        }
    }
}

void Acceptor::seat(UniqueFd&& socket, const base::IpAddress& peer) {
    set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY);
    Seat taken = seats_->take(peer);
    if (taken.kind() == Seat::Kind::kNone) return;
    inboxes_[next_++ % inboxes_.size()]->push({std::move(socket), peer.to_string(), std::move(taken)});
}

bool Acceptor::turn_one_away() {
    if (!spare_) {
        spare_ = open_spare();
        if (!spare_) return false;
    }
    spare_.reset();
    sockaddr_storage address{};
    UniqueFd socket = accept_one(address);
    const bool came = static_cast<bool>(socket);
    if (came) {
        const std::string words = last_words_(address_of(address).to_string());
        // What the client has sent is read, since closing upon unread bytes resets the connection.
        std::array<char, 4096> request{};
        (void)!::recv(socket.get(), request.data(), request.size(), 0);
        (void)!::send(socket.get(), words.data(), words.size(), MSG_NOSIGNAL);
        ::shutdown(socket.get(), SHUT_WR);
    }
    socket.reset();
    spare_ = open_spare();
    return came;
}

}  // namespace mortise::http
