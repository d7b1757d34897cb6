#include "core/http/connection.hpp"

#include "core/http/problem.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace mortise::http {
namespace {

constexpr char kHandshakeRecord = 0x16;   // what TLS begins with (RFC 8446, 5.1)
constexpr std::size_t kKeptInput = 4096;  // bytes

// Bytes in the kernel's buffer that the client has not acknowledged (tcp(7)).
int unacknowledged(int fd) noexcept {
    int bytes = 0;
    return ::ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

Connection::Connection(WorkerContext& worker, Newcomer&& newcomer)
    : worker_(worker),
      socket_(std::move(newcomer.socket)),
      peer_address_(std::move(newcomer.peer_address)),
      seat_(std::move(newcomer.seat)),
      codec_(worker.limits, peer_address_) {
    if (const auto context = worker.tls.current()) tls_ = context->open();
}

Connection::~Connection() {
    forget_feed();
    if (busy_) worker_.inbox->leave_busy();
}

void Connection::begin() {
    if (seat_.kind() != Seat::Kind::kTurnedAway) return;
    refuse(refusals::kTooManyConnections);
    settle();
}

bool Connection::wants_read() const noexcept {
    if (eof_) return false;
    switch (state_) {
        case State::kReading:
            return !blocked_;
        // Reading ahead notices a client that leaves, and spares a round of polling when the answer is out.
        case State::kAnswering:
        case State::kStreaming:
            return in_.size() - in_used_ < worker_.settings.max_ahead;
        case State::kLingering:
            return true;
        case State::kFlushing:
        case State::kClosed:
            break;
    }
    return false;
}

Wait Connection::waiting_for() const noexcept {
    if (state_ == State::kLingering) return Wait::kLinger;
    if (tls_ && !tls_->established()) return Wait::kHead;
    if (blocked_) return Wait::kWrite;
    if (state_ == State::kAnswering) return Wait::kNothing;
    if (state_ == State::kStreaming) return Wait::kStream;
    if (codec_.in_body()) return Wait::kBody;
    return fresh_ || codec_.in_request() ? Wait::kHead : Wait::kIdle;
}

bool Connection::take_progress() noexcept {
    return std::exchange(progress_, false);
}

void Connection::on_deadline() {
    const Wait wait = waiting_for();
    if (wait == Wait::kWrite && client_takes_some()) return;
    if (wait == Wait::kStream) return beat();
    if ((wait != Wait::kHead && wait != Wait::kBody) || !codec_.in_request()) return end();
    refuse(refusals::kTooLate);
    settle();
}

// The socket is writable again only when a good part of the kernel's buffer, some MB, is free; whether a slow
// client gets on is seen by what it has acknowledged.
bool Connection::client_takes_some() noexcept {
    const int before = std::exchange(unacknowledged_, unacknowledged(fd()));
    progress_ = unacknowledged_ < before;
    return progress_;
}

void Connection::on_readable() {
    if (state_ == State::kLingering) return discard();
    if (!wants_read()) return;
    const ssize_t got = ::recv(fd(), worker_.scratch.data(), worker_.scratch.size(), MSG_DONTWAIT);
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR) close();
        return;
    }
    if (got == 0) {
        // The client may have shut only its sending side: what it asked before is still answered.
        eof_ = true;
        return settle();
    }
    const std::string_view bytes(worker_.scratch.data(), static_cast<std::size_t>(got));
    if (tls_)
        receive_tls(bytes);
    else
        receive(bytes);
}

void Connection::receive_tls(std::string_view bytes) {
    if (tls_->untouched() && bytes.front() != kHandshakeRecord) {
        tls_.reset();
        refuse(refusals::kTlsRequired);
        return settle();
    }
    tls_->feed(bytes);
    while (state_ == State::kReading || state_ == State::kAnswering || state_ == State::kStreaming) {
        std::size_t got = 0;
        const auto read = tls_->read(worker_.plain, got);
        if (read == TlsStream::Read::kBytes) {
            receive({worker_.plain.data(), got});
            continue;
        }
        if (read == TlsStream::Read::kFailed) {
            // The alert tells the client why, if it takes it.
            [[maybe_unused]] const auto result = send();
            return begin_to_linger();
        }
        eof_ = eof_ || read == TlsStream::Read::kEnded;
        return settle();
    }
}

// Usually whole requests come in one piece and nothing waits: they are read where they are, without a copy.
void Connection::receive(std::string_view bytes) {
    if (in_.empty() && state_ == State::kReading) {
        const std::size_t used = consume(bytes);
        if (used < bytes.size()) in_.assign(bytes.substr(used));
    } else {
        in_.append(bytes);
    }
    settle();
}

void Connection::settle() {
    do {
        if (in_used_ < in_.size()) in_used_ += consume(std::string_view(in_).substr(in_used_));
        if (in_used_ == in_.size()) forget_input();
        // What TLS sends by itself, such as the answer to a new key, extends no other deadline.
        const bool writing = waiting_for() == Wait::kWrite;
        const std::uint64_t before = sent();
        const auto result = send();
        if (result == OutQueue::Result::kFailed) return close();
        if (writing && sent() != before) progress_ = true;
        blocked_ = result == OutQueue::Result::kBlocked;
        if (blocked_) unacknowledged_ = unacknowledged(fd());
    } while (held_back_ && !blocked_);
    if (in_used_ > in_.size() / 2) {
        in_.erase(0, in_used_);
        in_used_ = 0;
    }
    if (!blocked_ && state_ == State::kFlushing) finish();
    if (!blocked_ && eof_ && state_ == State::kReading) end();
    // Whoever sends no more has left: nobody half-closes to listen for hours.
    if (eof_ && state_ == State::kStreaming) close();
    account();
}

// A quiet connection holds on to little memory.
void Connection::forget_input() {
    if (in_.capacity() > kKeptInput)
        std::string().swap(in_);
    else
        in_.clear();
    in_used_ = 0;
}

std::size_t Connection::consume(std::string_view bytes) {
    std::size_t used = 0;
    held_back_ = false;
    while (state_ == State::kReading && used < bytes.size()) {
        if (out_.size() > worker_.settings.max_unsent) {
            held_back_ = true;
            break;
        }
        std::size_t step_used = 0;
        const auto step = codec_.advance(bytes.substr(used), step_used);
        used += step_used;
        if (step == RequestCodec::Step::kNeedMore) break;
        if (step == RequestCodec::Step::kRefused) refuse(codec_.refusal());
        if (step == RequestCodec::Step::kHead) begin_request();
        if (step == RequestCodec::Step::kRequest) dispatch(codec_.take());
    }
    // After the last answer nothing is of interest any more.
    if (state_ == State::kFlushing && used < bytes.size()) {
        unread_ = true;
        used = bytes.size();
    }
    return used;
}

void Connection::begin_request() {
    fresh_ = false;
    progress_ = true;
    RequestHead& head = codec_.head();
    head.id = base::new_uuid(worker_.clock);
    head.received = worker_.clock.monotonic();
    request_id_ = head.id;
    framing_ = {head.method == Method::kHead, head.http_1_0, head.keep_alive};
    HeadDecision decision;
    try {
        decision = worker_.handler.on_head(head);
    } catch (...) {
        decision.refuse = internal_problem(head.id);
    }
    if (decision.refuse) {
        // Without a body the next request begins right here.
        const bool keep_alive = head.keep_alive && !head.has_body() && !decision.refuse->close;
        unread_ = head.has_body();
        write_answer(std::move(*decision.refuse), keep_alive);
        if (state_ == State::kReading) codec_.take();
        return;
    }
    if (!codec_.accept_body(decision.body_limit)) return refuse(codec_.refusal());
    if (!head.has_body()) return dispatch(codec_.take());
    if (head.expect_continue) out_.tail() += "HTTP/1.1 100 Continue\r\n\r\n";
}

void Connection::dispatch(Request&& request) {
    state_ = State::kAnswering;
    dispatching_ = true;
    try {
        worker_.handler.on_request(std::move(request),
                                   Responder(weak_from_this(), worker_.inbox, request_id_));
    } catch (...) {
        // The responder was destroyed by the unwinding and has answered 500, unless it had been moved on.
    }
    dispatching_ = false;
}

void Connection::refuse(const Refusal& refusal) {
    RequestHead& head = codec_.head();
    if (head.id.is_nil()) head.id = base::new_uuid(worker_.clock);
    framing_.head_only = !head.target.empty() && head.method == Method::kHead;
    unread_ = true;
    Response response = problem(refusal.status, refusal.code, refusal.detail, head.id);
    response.headers = {{"X-Request-Id", head.id.to_string()}, {"X-Content-Type-Options", "nosniff"}};
    if (refusal.status == 503) response.headers.emplace_back("Retry-After", "1");
    write_answer(std::move(response), false);
    try {
        worker_.handler.on_refused({refusal.status, refusal.code, peer_address_, head.id});
    } catch (...) {
        // It only counts and logs; the client has its answer.
    }
}

void Connection::answer(Response&& response) {
    if (state_ != State::kAnswering) return;
    if (response.feed && !framing_.head_only) {
        open_stream(std::move(response));
        if (!dispatching_) settle();
        return;
    }
    const bool keep_alive = framing_.keep_alive && !response.close;
    write_answer(std::move(response), keep_alive);
    if (!dispatching_) settle();
}

void Connection::write_answer(Response&& response, bool keep_alive) {
    framing_.keep_alive = keep_alive && !worker_.gate.draining.load(std::memory_order_relaxed);
    state_ = framing_.keep_alive ? State::kReading : State::kFlushing;
    write_response(out_, std::move(response), framing_, worker_.date.at(worker_.clock.now()));
}

void Connection::on_writable() {
    settle();
}

// Closing a socket with unread bytes makes the kernel send RST, which may overtake the answer and destroy it
// (RFC 9112, 9.6): so first only our side is shut.
void Connection::finish() {
    if (!in_.empty()) unread_ = true;
    if (eof_ || !unread_) return end();
    begin_to_linger();
}

void Connection::begin_to_linger() {
    if (tls_) tls_->end(fd());
    ::shutdown(fd(), SHUT_WR);
    forget_input();
    state_ = State::kLingering;
    blocked_ = false;
    account();
}

OutQueue::Result Connection::send() {
    return tls_ ? tls_->send(out_, fd()) : out_.send(fd());
}

void Connection::end() {
    if (tls_) tls_->end(fd());
    close();
}

void Connection::discard() {
    const ssize_t got = ::recv(fd(), worker_.scratch.data(), worker_.scratch.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) discarded_ += static_cast<std::size_t>(got);
    if (got <= 0 || discarded_ > worker_.settings.max_linger) close();
}

void Connection::close_if_idle() {
    if (state_ == State::kStreaming) {
        end_stream();
        settle();
        // Who takes nothing of what it is sent holds up no end.
        if (blocked_) close();
        return;
    }
    // What the client has sent by now counts as begun.
    on_readable();
    if (!busy_ && !closed()) end();
}

void Connection::close() {
    state_ = State::kClosed;
    forget_feed();
    blocked_ = false;
    account();
}

void Connection::account() {
    const bool busy = state_ == State::kAnswering || state_ == State::kFlushing ||
                      (state_ == State::kReading && (codec_.in_request() || blocked_ || !out_.empty()));
    if (busy == busy_) return;
    busy_ = busy;
    if (busy)
        worker_.inbox->enter_busy();
    else
        worker_.inbox->leave_busy();
}

}  // namespace mortise::http
