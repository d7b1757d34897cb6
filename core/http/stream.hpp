#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mortise::http {

class Connection;
class Inbox;

// Bytes for a stream; many streams may share them.
using StreamBytes = std::shared_ptr<const std::string>;

// What the two ends of a stream share: who pushes, and the connection.
struct StreamState {
    explicit StreamState(std::size_t most) : limit(most) {}

    const std::size_t limit;             // bytes that may wait for the reactor, and as many for the client
    std::atomic<bool> open = true;       // never true again
    std::atomic<std::size_t> waiting{};  // bytes on their way to the reactor
};

// An answer that stays open. Copies push to the same client. All functions may be called on any thread, and
// never block; what is pushed reaches the client in the order of the calls.
class Stream {
 public:
    Stream() = default;  // of nobody: closed

    // False if nothing more can be sent: the client has left, the stream was ended, the server stops, or the
    // client takes its bytes so slowly that more of them would wait than it may have; it is then cut off.
    bool push(StreamBytes bytes) const;
    // Ends the answer, and with it the connection, after what was pushed before.
    void end() const;
    bool open() const noexcept { return state_ && state_->open.load(std::memory_order_relaxed); }

 private:
    friend class Connection;
    Stream(std::weak_ptr<Connection> connection, std::shared_ptr<Inbox> inbox,
           std::shared_ptr<StreamState> state)
        : connection_(std::move(connection)), inbox_(std::move(inbox)), state_(std::move(state)) {}

    std::weak_ptr<Connection> connection_;
    std::shared_ptr<Inbox> inbox_;
    std::shared_ptr<StreamState> state_;
};

// Who feeds a stream (Response::feed). Its functions are called on the connection's reactor, one at a time,
// and must not block. It is destroyed, on some reactor too, when the stream has ended, or when there was
// never one: for a HEAD, or a client that had left.
class StreamFeed {
 public:
    virtual ~StreamFeed() = default;

    // The head of the answer is on its way. An exception ends the stream.
    virtual void opened(Stream stream) = 0;
    // What to send because nothing was for a while (ServerSettings::stream_beat), so that neither the client
    // nor a proxy takes the connection for dead. Empty: the stream is to end.
    virtual std::string_view heartbeat() = 0;
};

}  // namespace mortise::http
