#pragma once

// Private to request_codec.cpp and beast_parser.cpp: Beast must not be seen by other files.

#include "core/http/head_scanner.hpp"
#include "core/http/message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

namespace mortise::http {

// Boost.Beast's parser with what it lets pass refused: no Host or two, an unknown Transfer-Encoding, repeated
// framing fields, unknown methods, odd targets, long chunk extensions. One object parses one request into
// `head` and `body`, which must outlive it.
class BeastParser final : public boost::beast::http::basic_parser<true> {
 public:
    BeastParser(RequestHead& head, std::string& body);

    // `bytes` is exactly one head that a HeadScanner found complete; the views of `head` will point into it.
    std::optional<Refusal> parse_head(std::string_view bytes);
    // Reads what it can. `max_pending` bounds a chunk's line, and all the trailers.
    std::optional<Refusal> parse_body(std::string_view bytes, std::size_t& used, std::size_t max_pending);

 private:
    using Verb = boost::beast::http::verb;
    using Name = boost::beast::http::field;
    using View = boost::beast::string_view;
    using ErrorCode = boost::beast::error_code;

    void on_request_impl(Verb method, View method_text, View target, int version, ErrorCode& ec) override;
    void on_response_impl(int, View, int, ErrorCode&) override {}
    void on_field_impl(Name name, View name_text, View value, ErrorCode& ec) override;
    void on_header_impl(ErrorCode& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode& ec) override;
    std::size_t on_body_impl(View bytes, ErrorCode& ec) override;
    void on_chunk_header_impl(std::uint64_t size, View extensions, ErrorCode& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, View bytes, ErrorCode& ec) override;
    void on_finish_impl(ErrorCode&) override {}

    bool set_target(std::string_view target);
    bool set_absolute_target(std::string_view target);
    void on_framing_field(Name name, std::string_view value, ErrorCode& ec);
    void refuse(const Refusal& refusal, ErrorCode& ec);
    Refusal from_beast(const ErrorCode& ec, std::string_view bytes) const;

    RequestHead& head_;
    std::string& body_;
    std::optional<Refusal> refusal_;  // ours, more exact than Beast's code
    std::string_view host_;
    const char* trailers_ = nullptr;  // where they begin, of the bytes being read
    std::size_t fields_ = 0;
    std::size_t extension_bytes_ = 0;
    int hosts_ = 0;
    int lengths_ = 0;
    int codings_ = 0;
    bool is_header_done_ = false;
    bool known_coding_ = true;
    bool expect_known_ = true;
};

}  // namespace mortise::http
