#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mortise::http {

struct CodecLimits {
    std::size_t max_head = 16 * 1024;  // bytes of request line and fields
    std::size_t max_fields = 100;
    std::size_t max_target = 8 * 1024;  // bytes
};

// Why a request is refused by the codec. The connection is closed after the answer, since where the next
// request would begin is not known.
struct Refusal {
    int status = 400;
    std::string_view code;    // static
    std::string_view detail;  // static
};

// Finds the end of a request's head in bytes that come piece by piece, and refuses as early as possible what
// needs no parser to be seen: bare LF, folded lines, and whatever exceeds a limit. It looks at each byte
// once.
class HeadScanner {
 public:
    enum class Result { kNeedMore, kComplete, kRefused };

    explicit HeadScanner(const CodecLimits& limits) : limits_(limits) {}

    // `bytes` begins with the request line and must begin with what earlier calls were given.
    Result scan(std::string_view bytes);

    std::size_t head_size() const noexcept { return scanned_; }  // after kComplete, with the empty line
    std::size_t fields() const noexcept { return lines_ > 0 ? lines_ - 1 : 0; }
    const Refusal& refusal() const noexcept { return refusal_; }

    void reset() noexcept { scanned_ = seen_ = lines_ = 0; }

 private:
    Result refuse(const Refusal& refusal) {
        refusal_ = refusal;
        return Result::kRefused;
    }
    // A line without its CRLF.
    Result check_line(std::string_view line);
    Result check_request_line(std::string_view line);
    Result check_rest(std::string_view bytes);

    const CodecLimits& limits_;
    std::size_t scanned_ = 0;  // the line in work begins here
    std::size_t seen_ = 0;     // no LF between scanned_ and here
    std::size_t lines_ = 0;
    Refusal refusal_;
};

namespace refusals {
inline constexpr Refusal kTlsRequired{400, "tls_required", "This port speaks TLS only; use https."};
inline constexpr Refusal kTooManyConnections{503, "too_many_connections",
                                             "The server has too many connections; try again later."};
inline constexpr Refusal kTooLate{408, "request_timeout", "The request did not come in time; send it whole."};
inline constexpr Refusal kBadRequest{400, "malformed_request", "The request does not follow HTTP/1.1."};
inline constexpr Refusal kBareLf{400, "bad_line_ending",
                                 "Every line of a request's head must end with CR LF."};
inline constexpr Refusal kBareCr{400, "bad_line_ending", "A CR in a request's head must be followed by LF."};
inline constexpr Refusal kFolded{400, "folded_field", "A header field must stand on one line."};
inline constexpr Refusal kBadField{400, "malformed_field", "A header field is malformed."};
inline constexpr Refusal kBadTarget{400, "malformed_target", "The request target is malformed."};
inline constexpr Refusal kBadHost{400, "bad_host",
                                  "An HTTP/1.1 request must have exactly one Host field with a valid value."};
inline constexpr Refusal kBadLength{400, "bad_content_length",
                                    "Send one Content-Length with one decimal number, or none."};
inline constexpr Refusal kAmbiguousBody{400, "ambiguous_framing",
                                        "Send either Content-Length or Transfer-Encoding, once."};
inline constexpr Refusal kBadChunk{400, "malformed_chunk", "The chunked body is malformed."};
inline constexpr Refusal kTargetTooLong{414, "target_too_long", "The request target is too long."};
inline constexpr Refusal kHeadTooLarge{431, "head_too_large", "The request's header fields are too large."};
inline constexpr Refusal kTooManyFields{431, "too_many_fields", "The request has too many header fields."};
inline constexpr Refusal kBodyTooLarge{413, "body_too_large", "The body exceeds the limit of this route."};
inline constexpr Refusal kBadExpect{417, "unknown_expectation", "Only `Expect: 100-continue` is known."};
inline constexpr Refusal kUnknownMethod{501, "unknown_method", "The server does not know this method."};
inline constexpr Refusal kUnknownCoding{501, "unknown_transfer_coding",
                                        "Only `Transfer-Encoding: chunked` is known."};
inline constexpr Refusal kBadVersion{505, "unknown_http_version", "The server speaks HTTP/1.1 and HTTP/1.0."};
}  // namespace refusals

}  // namespace mortise::http
