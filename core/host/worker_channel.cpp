#include "core/host/worker_channel.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace mortise::host {
namespace {

constexpr suseconds_t kTickMicros = 20000;
constexpr std::size_t kMostInPacket = kPieceBytes;
constexpr std::size_t kKeptBuffer = 4 * kPieceBytes;  // larger ones are given back

bool is_late(base::Monotonic deadline) {
    return std::chrono::steady_clock::now() >= deadline;
}

// Whether a child has ended; it is still there to be waited for.
bool has_ended(pid_t child) noexcept {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == child;
}

}  // namespace

bool Channel::quiet() const noexcept {
    char byte = 0;
    return in_begin_ == in_end_ && ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           errno == EAGAIN;
}

ChannelState Channel::pause_reason(base::Monotonic deadline) const noexcept {
    if (peer_ != 0 && has_ended(peer_)) return ChannelState::kClosed;
    return is_late(deadline) ? ChannelState::kDeadline : ChannelState::kGood;
}

ChannelState Channel::flush(base::Monotonic deadline) {
    std::string_view rest = out_;
    while (!rest.empty()) {
        const ssize_t sent =
            ::send(socket_.get(), rest.data(), std::min(rest.size(), kMostInPacket), MSG_NOSIGNAL);
        if (sent >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno != EINTR && errno != EAGAIN) return ChannelState::kClosed;
        if (const auto reason = pause_reason(deadline); reason != ChannelState::kGood) return reason;
    }
    out_.clear();
    if (out_.capacity() > kKeptBuffer) out_.shrink_to_fit();
    return ChannelState::kGood;
}

ChannelState Channel::receive(Frame& frame, base::Monotonic deadline) {
    if (in_begin_ == in_end_) {
        in_begin_ = in_end_ = 0;
        if (in_.size() > kKeptBuffer) {
            in_.clear();
            in_.shrink_to_fit();
        }
    }
    if (const ChannelState state = read_more(kFrameHead, deadline); state != ChannelState::kGood)
        return state;
    std::uint32_t size = 0;
    std::memcpy(&size, in_.data() + in_begin_, sizeof(size));
    if (size == 0 || size > kMaxFrameBytes) return ChannelState::kBroken;
    const std::size_t whole = sizeof(size) + size;
    if (const ChannelState state = read_more(whole, deadline); state != ChannelState::kGood) return state;
    frame.type = static_cast<FrameType>(in_[in_begin_ + sizeof(size)]);
    frame.payload = std::string_view(in_).substr(in_begin_ + kFrameHead, whole - kFrameHead);
    in_begin_ += whole;
    return ChannelState::kGood;
}

// Until `needed` bytes stand at in_begin_. Memory grows with what has come, not with what was announced.
ChannelState Channel::read_more(std::size_t needed, base::Monotonic deadline) {
    while (in_end_ - in_begin_ < needed) {
        if (in_begin_ > 0) {
            std::copy(in_.data() + in_begin_, in_.data() + in_end_, in_.data());
            in_end_ -= std::exchange(in_begin_, 0);
        }
        if (in_.size() - in_end_ < kMostInPacket)
            in_.resize(std::max(in_end_ + kMostInPacket, 2 * in_.size()));
        const ssize_t got = ::recv(socket_.get(), in_.data() + in_end_, in_.size() - in_end_, MSG_TRUNC);
        if (got > 0) {
            if (static_cast<std::size_t>(got) > in_.size() - in_end_) return ChannelState::kBroken;
            in_end_ += static_cast<std::size_t>(got);
            continue;
        }
        if (got == 0 || (errno != EINTR && errno != EAGAIN)) return ChannelState::kClosed;
        if (const auto reason = pause_reason(deadline); reason != ChannelState::kGood) return reason;
    }
    return ChannelState::kGood;
}

bool make_patient(int socket) {
    const timeval tick{0, kTickMicros};
    return ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick)) == 0 &&
           ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof(tick)) == 0;
}

}  // namespace mortise::host
