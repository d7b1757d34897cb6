// Answers that stay open.
#include "core/http/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

namespace mortise::http {
namespace {

// A client that has vanished without a word, such as one whose network is gone, is noticed when what it was
// sent has not been acknowledged for so long. Without this the kernel goes on trying for a quarter of an
// hour.
void set_patience(int fd, std::chrono::milliseconds patience) noexcept {
    const auto limit = static_cast<unsigned>(patience.count());
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
}

}  // namespace

void Connection::open_stream(Response&& response) {
    feed_ = std::move(response.feed);
    stream_ = std::make_shared<StreamState>(worker_.settings.max_stream_unsent);
    framing_.stream = true;
    write_answer(std::move(response), false);
    state_ = State::kStreaming;
    progress_ = true;
    set_patience(fd(), worker_.settings.answer_timeout);
    if (worker_.gate.draining.load(std::memory_order_relaxed)) return end_stream();
    try {
        feed_->opened(Stream(weak_from_this(), worker_.inbox, stream_));
    } catch (...) {
        end_stream();
    }
}

void Connection::feed(const StreamPiece& piece) {
    if (piece.bytes) piece.of->waiting.fetch_sub(piece.bytes->size());
    if (state_ != State::kStreaming || piece.of != stream_) return;
    if (piece.then == StreamPiece::Then::kCutOff) return close();
    if (piece.bytes && !piece.bytes->empty()) {
        if (out_.size() + piece.bytes->size() > stream_->limit) return close();
        write_piece(out_, *piece.bytes, framing_);
        // While the socket is full it is for the client to get on, not for us.
        if (!blocked_) progress_ = true;
    }
    if (piece.then == StreamPiece::Then::kEnd) end_stream();
    settle();
}

void Connection::beat() {
    const std::string_view bytes = feed_->heartbeat();
    if (bytes.empty())
        end_stream();
    else
        write_piece(out_, bytes, framing_);
    progress_ = true;
    settle();
}

void Connection::end_stream() {
    write_end(out_, framing_);
    state_ = State::kFlushing;
    forget_feed();
}

void Connection::forget_feed() noexcept {
    if (stream_) stream_->open.store(false);
    stream_.reset();
    // Last: the feed may look at what it was given.
    const auto feed = std::move(feed_);
}

}  // namespace mortise::http
