#include "core/http/connection.hpp"

#include "core/http/problem.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace mortise::http {
namespace {

constexpr std::size_t kKeptInput = 4096;  // bytes

}  // namespace

Connection::Connection(WorkerContext& worker, UniqueFd socket, std::string peer_address)
    : worker_(worker),
      socket_(std::move(socket)),
      peer_address_(std::move(peer_address)),
      codec_(worker.limits, peer_address_) {}

Connection::~Connection() {
    if (busy_) worker_.inbox->leave_busy();
}

bool Connection::wants_read() const noexcept {
    if (eof_) return false;
    switch (state_) {
        case State::kReading:
            return !blocked_;
        // Reading ahead notices a client that leaves, and spares a round of polling when the answer is out.
        case State::kAnswering:
            return in_.size() - in_used_ < worker_.settings.max_ahead;
        case State::kLingering:
            return true;
        case State::kFlushing:
        case State::kClosed:
            break;
    }
    return false;
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
    receive({worker_.scratch.data(), static_cast<std::size_t>(got)});
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
        const auto sent = out_.send(fd());
        if (sent == OutQueue::Result::kFailed) return close();
        blocked_ = sent == OutQueue::Result::kBlocked;
    } while (held_back_ && !blocked_);
    if (in_used_ > in_.size() / 2) {
        in_.erase(0, in_used_);
        in_used_ = 0;
    }
    if (!blocked_ && state_ == State::kFlushing) finish();
    if (!blocked_ && eof_ && state_ == State::kReading) close();
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
    write_answer(problem(refusal.status, refusal.code, refusal.detail, head.id), false);
    try {
        worker_.handler.on_refused({refusal.status, refusal.code, peer_address_, head.id});
    } catch (...) {
        // It only counts and logs; the client has its answer.
    }
}

void Connection::answer(Response&& response) {
    if (state_ != State::kAnswering) return;
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
    if (eof_ || !unread_) return close();
    ::shutdown(fd(), SHUT_WR);
    forget_input();
    state_ = State::kLingering;
    linger_until = worker_.clock.monotonic() + worker_.settings.linger;
}

void Connection::discard() {
    const ssize_t got = ::recv(fd(), worker_.scratch.data(), worker_.scratch.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) discarded_ += static_cast<std::size_t>(got);
    if (got <= 0 || discarded_ > worker_.settings.max_linger) close();
}

void Connection::close_if_idle() {
    // What the client has sent by now counts as begun.
    on_readable();
    if (!busy_) close();
}

void Connection::close() {
    state_ = State::kClosed;
    blocked_ = false;
    account();
}

void Connection::account() {
    const bool busy = state_ == State::kAnswering || state_ == State::kFlushing ||
                      (state_ == State::kReading && (codec_.in_request() || !out_.empty()));
    if (busy == busy_) return;
    busy_ = busy;
    if (busy)
        worker_.inbox->enter_busy();
    else
        worker_.inbox->leave_busy();
}

}  // namespace mortise::http
