#include "core/http/request_codec.hpp"

#include "core/http/beast_parser.hpp"

#include <algorithm>
#include <cstring>

namespace mortise::http {
namespace {

// RFC 9112, 2.2: a server should ignore at least one empty line before a request line.
constexpr int kMaxEmptyLines = 8;

}  // namespace

class RequestCodec::Parser {
 public:
    // Beast's parser can't be used twice; making it anew allocates nothing.
    BeastParser& renew(RequestHead& head, std::string& body) {
        beast_.emplace(head, body);
        return *beast_;
    }
    BeastParser& get() { return *beast_; }

 private:
    std::optional<BeastParser> beast_;
};

RequestCodec::RequestCodec(const CodecLimits& limits, std::string_view peer_address)
    : limits_(limits), peer_address_(peer_address), scanner_(limits), parser_(std::make_unique<Parser>()) {}

RequestCodec::~RequestCodec() = default;

RequestCodec::Step RequestCodec::advance(std::string_view bytes, std::size_t& used) {
    used = 0;
    switch (state_) {
        case State::kHead:
            return need_head(bytes, used);
        case State::kBody:
            return read_body(bytes, used);
        case State::kDone:
            return Step::kRequest;
        case State::kRefused:
            break;
    }
    used = bytes.size();
    return Step::kRefused;
}

RequestCodec::Step RequestCodec::need_head(std::string_view bytes, std::size_t& used) {
    while (bytes.starts_with("\r\n")) {
        if (++empty_lines_ > kMaxEmptyLines) return refuse(refusals::kBadRequest);
        bytes.remove_prefix(2);
        used += 2;
    }
    seen_bytes_ = !bytes.empty();
    if (bytes.empty() || bytes == "\r") return Step::kNeedMore;
    switch (scanner_.scan(bytes)) {
        case HeadScanner::Result::kNeedMore:
            return Step::kNeedMore;
        case HeadScanner::Result::kRefused:
            return refuse(scanner_.refusal());
        case HeadScanner::Result::kComplete:
            break;
    }
    used += scanner_.head_size();
    return parse_head(bytes.substr(0, scanner_.head_size()));
}

// The head is copied once, into the block that the request will own, and parsed there: its views need no
// mending however the connection's buffers move.
RequestCodec::Step RequestCodec::parse_head(std::string_view bytes) {
    RequestHead& head = request_.head;
    head = RequestHead{};
    head.storage = std::make_unique_for_overwrite<char[]>(bytes.size() + peer_address_.size());
    char* const copy = head.storage.get();
    std::memcpy(copy, bytes.data(), bytes.size());
    std::memcpy(copy + bytes.size(), peer_address_.data(), peer_address_.size());
    head.peer_address = {copy + bytes.size(), peer_address_.size()};
    head.fields.reserve(scanner_.fields());

    BeastParser& parser = parser_->renew(head, request_.body);
    if (const auto refusal = parser.parse_head({copy, bytes.size()})) return refuse(*refusal);
    state_ = parser.is_done() ? State::kDone : State::kBody;
    return Step::kHead;
}

bool RequestCodec::accept_body(std::uint64_t limit) {
    if (request_.head.content_length.value_or(0) > limit) {
        refuse(refusals::kBodyTooLarge);
        return false;
    }
    parser_->get().body_limit(limit);
    return true;
}

RequestCodec::Step RequestCodec::read_body(std::string_view bytes, std::size_t& used) {
    BeastParser& parser = parser_->get();
    if (const auto refusal = parser.parse_body(bytes, used, limits_.max_head)) return refuse(*refusal);
    if (!parser.is_done()) return Step::kNeedMore;
    state_ = State::kDone;
    return Step::kRequest;
}

RequestCodec::Step RequestCodec::refuse(const Refusal& refusal) {
    state_ = State::kRefused;
    refusal_ = refusal;
    return Step::kRefused;
}

Request RequestCodec::take() {
    Request request = std::move(request_);
    request_ = Request{};
    scanner_.reset();
    state_ = State::kHead;
    seen_bytes_ = false;
    empty_lines_ = 0;
    return request;
}

}  // namespace mortise::http
