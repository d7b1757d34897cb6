#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::http {

class Connection;
class Inbox;
class StreamFeed;

// The methods that the server knows (RFC 9110, 9.3; RFC 5789). Any other is refused with 501 by the codec.
enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };

std::string_view to_string(Method method) noexcept;

// A header field as it was sent, surrounding white space removed.
struct Field {
    std::string_view name;
    std::string_view value;
};

// The head of a request that the codec has found well formed. All views point into `storage`, which the head
// owns, so they live as long as it does and survive its being moved. Not shared between threads.
struct RequestHead {
    base::Uuid id;  // given on arrival; problems, logs and the answer's header name the request by it
    Method method = Method::kGet;
    bool http_1_0 = false;
    bool keep_alive = true;  // what the client asks for; the server may still close
    bool chunked = false;    // a body of unknown length follows
    bool expect_continue = false;
    std::optional<std::uint64_t> content_length;  // as declared
    base::Monotonic received{};                   // when the head was complete

    std::string_view target;     // as sent: origin-form, absolute-form, or "*"
    std::string_view path;       // still percent-encoded, begins with '/'; "*" for `OPTIONS *`
    std::string_view query;      // still percent-encoded, without '?'
    std::string_view authority;  // of an absolute-form target, else the Host field
    std::string_view peer_address;
    std::vector<Field> fields;  // in the order sent

    std::unique_ptr<char[]> storage;

    // The first field of that name in any case.
    std::optional<std::string_view> header(std::string_view name) const noexcept;
    bool has_body() const noexcept { return chunked || content_length.value_or(0) > 0; }
};

// A whole request. Trailer fields were dropped.
struct Request {
    RequestHead head;
    std::string body;
};

// What is answered. The server adds Date, Content-Length or Transfer-Encoding, and Connection; fields of
// these names, and fields that would break the framing (a name that is no token, a control character in the
// value) are left out.
struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string content_type = {};  // empty: no Content-Type
    std::string body = {};          // of a HEAD only its length is sent; of 1xx, 204 and 304 nothing
    bool close = false;             // close the connection after it
    std::string code = {};          // of a problem, for the log; not sent
    std::string detail = {};        // likewise, for a protocol that says it in its own form
    // Not null: the answer stays open and is sent what the feed pushes, instead of a body (stream.hpp).
    std::shared_ptr<StreamFeed> feed = {};
};

// Answers one request, from any thread, exactly once. If it is destroyed unanswered, the client gets a 500.
// It may outlive connection and server; what it sends then is dropped.
class Responder {
 public:
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&&) = delete;
    ~Responder();

    // Later calls do nothing. Never blocks. The answer reaches the socket on the connection's reactor.
    void send(Response&& response);
    // Whether the client was still there at last sight; a hint that spares work.
    bool connected() const noexcept { return !connection_.expired(); }

 private:
    friend class Connection;
    Responder(std::weak_ptr<Connection> connection, std::shared_ptr<Inbox> inbox, base::Uuid request_id)
        : connection_(std::move(connection)), inbox_(std::move(inbox)), request_id_(request_id) {}

    std::weak_ptr<Connection> connection_;
    std::shared_ptr<Inbox> inbox_;  // null: answered or moved from
    base::Uuid request_id_;
};

// What is decided on the head alone, before any of the body is read.
struct HeadDecision {
    std::uint64_t body_limit = 0;  // bytes; a longer body is refused with 413 without being read
    // Answered at once. The connection is closed after it if a body was announced.
    std::optional<Response> refuse = {};
};

// A request that never reached the handler whole.
struct RefusedRequest {
    int status = 400;
    std::string_view code;          // of the problem that was answered
    std::string_view peer_address;  // valid during the call
    base::Uuid request_id;
};

// Takes requests; implemented by the pipeline. Called on reactor threads, several at once; must not block.
// An exception that escapes is answered with 500 and shows none of its text.
class Handler {
 public:
    virtual ~Handler() = default;
    virtual HeadDecision on_head(const RequestHead& head) = 0;
    virtual void on_request(Request&& request, Responder responder) = 0;
    // What the codec refused itself, for metrics and the access log. The answer is already on its way.
    virtual void on_refused(const RefusedRequest& refused) = 0;
};

}  // namespace mortise::http
