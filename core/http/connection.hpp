#pragma once

#include "core/base/clock.hpp"
#include "core/http/deadlines.hpp"
#include "core/http/inbox.hpp"
#include "core/http/message.hpp"
#include "core/http/out_queue.hpp"
#include "core/http/request_codec.hpp"
#include "core/http/response_writer.hpp"
#include "core/http/server.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mortise::http {

// What the connections of one worker share. Belongs to its thread.
struct WorkerContext {
    const ServerSettings& settings;
    const CodecLimits& limits;
    Handler& handler;
    const base::Clock& clock;
    const DrainGate& gate;
    const TlsKeeper& tls;
    std::shared_ptr<Inbox> inbox;
    std::span<char> scratch;  // what is read from a socket goes here first
    std::span<char> plain;    // what TLS makes of that
    DateHeader date;
};

// One client's connection: its bytes in, one request at a time, its bytes out. Knows the socket, but not who
// polls it: after each call the worker asks which events it wants and whether it is closed. Only ever touched
// on the worker's thread.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
    Connection(WorkerContext& worker, Newcomer&& newcomer);
    ~Connection();

    // Once, when it is polled: who has no seat is told so.
    void begin();

    void on_readable();
    void on_writable();
    // The time for what it waits for is over: a late request is refused, all else is closed.
    void on_deadline();
    // At the end of serving: closes unless a request has begun or an answer is on its way.
    void close_if_idle();
    // Ends it at once, with whatever is under way.
    void close();

    // Answers the request in work. Nothing happens if there is none.
    void answer(Response&& response);
    // Sends more of an answer that stays open, unless the piece is of another one.
    void feed(const StreamPiece& piece);
    // Whether the handler is just being called: its answer may be given directly.
    bool dispatching() const noexcept { return dispatching_; }

    int fd() const noexcept { return socket_.get(); }
    bool closed() const noexcept { return state_ == State::kClosed; }
    bool wants_read() const noexcept;
    bool wants_write() const noexcept { return blocked_; }
    Wait waiting_for() const noexcept;
    // Whether it has got on since the last call, so that its deadline begins anew.
    bool take_progress() noexcept;

    // What the worker has registered with the poller.
    bool armed_read = true;
    bool armed_write = false;
    // Where the worker keeps its deadline.
    std::optional<Deadlines::Place> deadline;

 private:
    enum class State {
        kReading,    // between requests or inside one
        kAnswering,  // the handler has a request
        kStreaming,  // the answer stays open, and is the last one
        kFlushing,   // the last answer is written, the connection ends when it is sent
        kLingering,  // our side is shut, the client's bytes are thrown away
        kClosed,
    };

    void receive(std::string_view bytes);
    void receive_tls(std::string_view bytes);
    void discard();
    // Takes requests out of `bytes`; returns how many are used.
    std::size_t consume(std::string_view bytes);
    void begin_request();
    void dispatch(Request&& request);
    void refuse(const Refusal& refusal);
    void write_answer(Response&& response, bool keep_alive);
    void open_stream(Response&& response);
    void beat();
    // Ends what the client is sent, in order; close() ends it without a word.
    void end_stream();
    void forget_feed() noexcept;
    // Goes on as far as it can after anything has changed.
    void settle();
    OutQueue::Result send();
    std::uint64_t sent() const noexcept { return tls_ ? tls_->sent() : out_.sent(); }
    void finish();
    void begin_to_linger();
    // Ends a connection on which nothing is under way.
    void end();
    void forget_input();
    void account();
    bool client_takes_some() noexcept;

    WorkerContext& worker_;
    UniqueFd socket_;
    const std::string peer_address_;
    const Seat seat_;
    std::unique_ptr<TlsStream> tls_;  // null: plain
    RequestCodec codec_;
    State state_ = State::kReading;
    std::string in_;           // read, not used yet
    std::size_t in_used_ = 0;  // the part of it that is
    OutQueue out_;
    std::size_t discarded_ = 0;
    int unacknowledged_ = 0;  // bytes, when the socket took no more
    bool dispatching_ = false;
    bool blocked_ = false;    // the socket takes no more for now
    bool held_back_ = false;  // requests wait in in_ until answers are sent
    bool eof_ = false;        // the client sends no more
    bool unread_ = false;     // the client may still be sending what we won't read
    bool busy_ = false;       // counted in the inbox
    bool fresh_ = true;       // no head was complete yet
    bool progress_ = false;   // see take_progress
    // Of the request in work.
    base::Uuid request_id_;
    Framing framing_;
    // Of the answer that stays open.
    std::shared_ptr<StreamFeed> feed_;
    std::shared_ptr<StreamState> stream_;
};

}  // namespace mortise::http
