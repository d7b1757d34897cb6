#pragma once

#include "core/base/clock.hpp"
#include "core/http/message.hpp"
#include "core/http/out_queue.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mortise::http {

// The value of a Date field (RFC 9110, 5.6.7), made anew when the second changes.
class DateHeader {
 public:
    std::string_view at(base::Micros now);

 private:
    std::int64_t second_ = -1;
    std::string text_;
};

// What the answer's framing depends on beside the answer itself.
struct Framing {
    bool head_only = false;  // the request was a HEAD
    bool http_1_0 = false;
    bool keep_alive = true;
    bool stream = false;  // a body of unknown length follows, in chunks; for HTTP/1.0 until the end
};

// Whether an answer of that status has no body and no Content-Length (RFC 9110, 6.4.1 and 8.6).
constexpr bool is_bodiless(int status) noexcept {
    return status < 200 || status == 204 || status == 304;
}

// Appends a piece of a stream, not empty, and its end.
void write_piece(OutQueue& out, std::string_view bytes, const Framing& framing);
void write_end(OutQueue& out, const Framing& framing);

// Appends the answer as it goes over the wire.
void write_response(OutQueue& out, Response&& response, const Framing& framing, std::string_view date);

}  // namespace mortise::http
