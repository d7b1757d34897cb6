#pragma once

#include "core/base/clock.hpp"
#include "core/base/unique_fd.hpp"
#include "core/host/worker_codec.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace mortise::host {

enum class ChannelState : std::uint8_t {
    kGood,
    kClosed,    // the other side has gone
    kDeadline,  // it did not answer in time
    kBroken     // it sent what is no frame, or too much
};

struct Frame {
    FrameType type = FrameType::kStop;
    std::string_view payload;  // until the next receive()
};

// One end of the stream between the host and a worker. It goes in packets, whose bounds mean nothing: on a
// stream socket, who waits for an answer would be woken as well when what it sent is read (unix_write_space),
// which costs as much as the answer. Frames are gathered and sent at flush(). Used by one thread at a time.
// After any state but kGood it can only be closed.
class Channel {
 public:
    // `socket` is one of a pair of SOCK_SEQPACKET; on the host's side with make_patient() before. `peer`: the
    // child process at the other end, which may leave the socket to processes of its own when it ends; 0:
    // none.
    explicit Channel(base::UniqueFd socket, int peer = 0) : socket_(std::move(socket)), peer_(peer) {}

    int descriptor() const noexcept { return socket_.get(); }
    void close() noexcept { socket_.reset(); }

    FrameWriter frame(FrameType type) { return {out_, type}; }
    // What is waiting to be sent.
    std::size_t pending() const noexcept { return out_.size(); }

    // Whether nothing has come that nobody asked for, and the other side is there.
    bool quiet() const noexcept;

    // Both wait until `deadline` on the steady clock at most.
    ChannelState flush(base::Monotonic deadline);
    ChannelState receive(Frame& frame, base::Monotonic deadline);

 private:
    ChannelState read_more(std::size_t needed, base::Monotonic deadline);

    // What a pause of the socket comes from.
    ChannelState pause_reason(base::Monotonic deadline) const noexcept;

    base::UniqueFd socket_;
    const int peer_;
    std::string out_;
    std::string in_;  // holds bytes from in_begin_ to in_end_
    std::size_t in_begin_ = 0;
    std::size_t in_end_ = 0;
};

// Lets blocking calls on a socket return now and then, so that a deadline is noticed: within 20 ms. Cheaper
// than a poll before each of them.
bool make_patient(int socket);

}  // namespace mortise::host
