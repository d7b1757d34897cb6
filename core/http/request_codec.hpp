#pragma once

#include "core/base/uuid.hpp"
#include "core/http/head_scanner.hpp"
#include "core/http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::http {

// Turns the bytes of one connection into requests, one after the other, however they are split. Strict where
// leniency would let two parties see different requests (RFC 9112, 11.2). No I/O; not for several threads.
class RequestCodec {
 public:
    enum class Step {
        kNeedMore,  // give it more bytes
        kHead,      // head() is there; accept_body() or nothing, then advance() on
        kRequest,   // take() the request, then advance() on
        kRefused,   // refusal() says why; nothing more is read
    };

    // `limits` and `peer_address` must outlive the codec.
    RequestCodec(const CodecLimits& limits, std::string_view peer_address);
    ~RequestCodec();

    // Reads on in `bytes` and says how many of them it is done with. What it is not done with must be given
    // again, at the front of more. One step at a time: bytes after a complete request are left.
    Step advance(std::string_view bytes, std::size_t& used);

    // Until take(). The caller may set id and received.
    RequestHead& head() noexcept { return request_.head; }
    // After kHead: the limit of the body that follows. False if a longer one was declared: refused.
    bool accept_body(std::uint64_t limit);

    Request take();
    const Refusal& refusal() const noexcept { return refusal_; }
    // Whether bytes of a request have come, but not all.
    bool in_request() const noexcept { return state_ != State::kHead || seen_bytes_; }
    // Whether the head is complete and the body is not.
    bool in_body() const noexcept { return state_ == State::kBody; }

 private:
    class Parser;
    enum class State { kHead, kBody, kDone, kRefused };

    Step need_head(std::string_view bytes, std::size_t& used);
    Step parse_head(std::string_view bytes);
    Step read_body(std::string_view bytes, std::size_t& used);
    Step refuse(const Refusal& refusal);

    const CodecLimits& limits_;
    std::string_view peer_address_;
    HeadScanner scanner_;
    std::unique_ptr<Parser> parser_;  // reused for each request
    Request request_;
    Refusal refusal_;
    State state_ = State::kHead;
    bool seen_bytes_ = false;
    int empty_lines_ = 0;
};

}  // namespace mortise::http
