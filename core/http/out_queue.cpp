#include "core/http/out_queue.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace mortise::http {
namespace {

constexpr std::size_t kLarge = 16 * 1024;         // copied below, taken over from here on
constexpr std::size_t kKeptCapacity = 16 * 1024;  // of the buffer that a quiet connection holds on to
constexpr std::size_t kMaxPieces = 16;            // in one system call

}  // namespace

std::string& OutQueue::tail() {
    if (!open_) {
        segments_.emplace_back();
        open_ = true;
    }
    return segments_.back();
}

void OutQueue::append(std::string&& bytes) {
    if (bytes.size() < kLarge) {
        tail() += bytes;
        return;
    }
    segments_.push_back(std::move(bytes));
    open_ = false;
}

std::size_t OutQueue::size() const noexcept {
    std::size_t sum = 0;
    for (std::size_t i = first_; i < segments_.size(); ++i)
        sum += segments_[i].size();
    return sum - offset_;
}

std::string_view OutQueue::front() const noexcept {
    if (first_ == segments_.size()) return {};
    return std::string_view(segments_[first_]).substr(offset_);
}

OutQueue::Result OutQueue::send(int fd) {
    while (!empty()) {
        std::array<iovec, kMaxPieces> pieces;
        const std::size_t count = std::min(kMaxPieces, segments_.size() - first_);
        for (std::size_t i = 0; i < count; ++i)
            pieces[i] = {segments_[first_ + i].data(), segments_[first_ + i].size()};
        pieces[0] = {segments_[first_].data() + offset_, segments_[first_].size() - offset_};
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = count;
        const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN ? Result::kBlocked : Result::kFailed;
        }
        drop(static_cast<std::size_t>(sent));
    }
    return Result::kSent;
}

void OutQueue::drop(std::size_t sent) {
    sent_ += sent;
    while (first_ < segments_.size() && sent >= segments_[first_].size() - offset_) {
        sent -= segments_[first_].size() - offset_;
        offset_ = 0;
        // A large body is freed as soon as it is out, the gathering buffer is kept for the next answers.
        if (segments_.size() > 1 || segments_[first_].capacity() > kKeptCapacity)
            std::string().swap(segments_[first_]);
        ++first_;
    }
    offset_ += sent;
    if (first_ < segments_.size()) return;
    segments_.resize(1);
    segments_[0].clear();
    first_ = 0;
    open_ = true;
}

}  // namespace mortise::http
