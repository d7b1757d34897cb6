#include "core/http/beast_parser.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <limits>

namespace mortise::http {
namespace {

using BeastError = boost::beast::http::error;

// Extensions mean nothing to us; without a limit a client could send megabytes of them with no body.
constexpr std::size_t kMaxExtensionBytes = 4096;
constexpr std::size_t kMaxTrailers = 100;
// A declared length is only a promise; no more than this is set aside before the bytes come.
constexpr std::uint64_t kMaxReserve = 64 * 1024;

std::string_view view(boost::beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

std::optional<Method> known_method(boost::beast::http::verb method) noexcept {
    using boost::beast::http::verb;
    switch (method) {
        case verb::get:
            return Method::kGet;
        case verb::head:
            return Method::kHead;
        case verb::post:
            return Method::kPost;
        case verb::put:
            return Method::kPut;
        case verb::patch:
            return Method::kPatch;
        case verb::delete_:
            return Method::kDelete;
        case verb::options:
            return Method::kOptions;
        default:
            return std::nullopt;
    }
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// RFC 3986, 3.2: uri-host [":" port]. Of the host only the characters are checked; a colon stands in it only
// between the brackets of an IPv6 address.
bool is_authority(std::string_view text) noexcept {
    const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos) return false;
    const std::size_t colon = std::min(text.find(':', bracket), text.size());
    const std::string_view port = text.substr(std::min(colon + 1, text.size()));
    return std::all_of(port.begin(), port.end(), is_digit) &&
           std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("-._~!$&'()*+,;=:[]%").find(c) != std::string_view::npos;
           });
}

bool is_target_char(char c) noexcept {
    return c > ' ' && c < '\x7f' && c != '#';
}

// Whether the request line ends with an HTTP version that is well formed, if none of ours.
bool has_other_version(std::string_view bytes) noexcept {
    const std::size_t end = bytes.find("\r\n");
    if (end == std::string_view::npos || end < 9) return false;
    const std::string_view version = bytes.substr(end - 8, 8);
    const std::size_t space = bytes.find(' ');
    return space != std::string_view::npos && bytes.find(' ', space + 1) == end - 9 &&
           version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
}

// Whether what waits for more bytes can't become a chunk's line any more. Beast looks at the line only when
// it is complete, and at the last one only when all the trailers are.
bool is_no_chunk_line(std::string_view pending) noexcept {
    if (pending.starts_with("\r\n")) pending.remove_prefix(2);
    const auto end =
        std::find_if(pending.begin(), pending.end(), [](char c) { return base::hex_digit(c) < 0; });
    if (end == pending.end()) return false;
    const bool starts = end == pending.begin();
    return starts ? pending != "\r" : std::string_view(" \t;\r").find(*end) == std::string_view::npos;
}

// Of trailers (RFC 9112, 7.1.2), whole or in part: what Beast lets pass, a folded line, and what it would
// wait behind for ever, a bare LF.
std::optional<Refusal> check_trailers(std::string_view trailers, std::size_t max_size) {
    if (trailers.size() > max_size) return refusals::kHeadTooLarge;
    for (std::size_t at = 0; at < trailers.size();) {
        if (trailers[at] == ' ' || trailers[at] == '\t') return refusals::kBadChunk;
        const std::size_t lf = trailers.find('\n', at);
        if (lf == std::string_view::npos) break;
        if (lf == at || trailers[lf - 1] != '\r') return refusals::kBadChunk;
        at = lf + 1;
    }
    return std::nullopt;
}

// Of what waits for more bytes: a chunk's line, or the last chunk's with trailers that have not ended.
std::optional<Refusal> check_pending(std::string_view pending, std::size_t max_size) {
    const std::size_t line = pending.find("\r\n", pending.starts_with("\r\n") ? 2 : 0);
    if (std::min(line, pending.size()) > max_size) return refusals::kHeadTooLarge;
    if (is_no_chunk_line(pending)) return refusals::kBadChunk;
    return line == std::string_view::npos ? std::nullopt : check_trailers(pending.substr(line + 2), max_size);
}

}  // namespace

BeastParser::BeastParser(RequestHead& head, std::string& body) : head_(head), body_(body) {
    // Our own limits come first. Beast 1.74 takes "no limit" for a limit below every length.
    body_limit(std::numeric_limits<std::uint64_t>::max());
    header_limit(std::numeric_limits<std::uint32_t>::max());
    eager(true);
}

std::optional<Refusal> BeastParser::parse_head(std::string_view bytes) {
    ErrorCode ec;
    put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    if (refusal_) return refusal_;
    if (ec || !is_header_done()) return from_beast(ec, bytes);
    head_.keep_alive = keep_alive();
    head_.chunked = chunked();
    if (const auto length = content_length()) head_.content_length = *length;
    return std::nullopt;
}

std::optional<Refusal> BeastParser::parse_body(std::string_view bytes, std::size_t& used,
                                               std::size_t max_pending) {
    used = 0;
    while (used < bytes.size() && !is_done()) {
        ErrorCode ec;
        const std::size_t n = put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), ec);
        used += n;
        if (refusal_) return refusal_;
        if (ec == BeastError::need_more) break;
        if (ec == BeastError::body_limit) return refusals::kBodyTooLarge;
        if (ec || n == 0) return refusals::kBadChunk;
    }
    if (!is_done()) return check_pending(bytes.substr(used), max_pending);
    if (trailers_ == nullptr) return std::nullopt;
    return check_trailers({trailers_, bytes.data() + used}, max_pending);
}

void BeastParser::refuse(const Refusal& refusal, ErrorCode& ec) {
    refusal_ = refusal;
    ec = BeastError::bad_field;  // any error stops the parser
}

Refusal BeastParser::from_beast(const ErrorCode& ec, std::string_view bytes) const {
    if (ec == BeastError::bad_version)
        return has_other_version(bytes) ? refusals::kBadVersion : refusals::kBadRequest;
    if (ec == BeastError::bad_target) return refusals::kBadTarget;
    if (ec == BeastError::bad_field || ec == BeastError::bad_value) return refusals::kBadField;
    if (ec == BeastError::bad_line_ending) return refusals::kBareCr;
    if (ec == BeastError::bad_content_length)
        return codings_ > 0 ? refusals::kAmbiguousBody : refusals::kBadLength;
    if (ec == BeastError::bad_transfer_encoding) return refusals::kAmbiguousBody;
    return refusals::kBadRequest;
}

void BeastParser::on_request_impl(Verb method, View, View target, int version, ErrorCode& ec) {
    const auto known = known_method(method);
    if (!known) return refuse(refusals::kUnknownMethod, ec);
    head_.method = *known;
    head_.http_1_0 = version == 10;
    if (!set_target(view(target))) refuse(refusals::kBadTarget, ec);
}

// RFC 9112, 3.2: origin-form, absolute-form, or "*" for OPTIONS.
bool BeastParser::set_target(std::string_view target) {
    if (!std::all_of(target.begin(), target.end(), is_target_char)) return false;
    head_.target = target;
    if (target == "*") {
        head_.path = target;
        return head_.method == Method::kOptions;
    }
    if (target.front() != '/') return set_absolute_target(target);
    const std::size_t mark = target.find('?');
    head_.path = target.substr(0, mark);
    if (mark != std::string_view::npos) head_.query = target.substr(mark + 1);
    return true;
}

bool BeastParser::set_absolute_target(std::string_view target) {
    const std::size_t colon = target.find("://");
    if (colon == std::string_view::npos) return false;
    const std::string_view scheme = target.substr(0, colon);
    if (!base::iequals(scheme, "http") && !base::iequals(scheme, "https")) return false;
    const std::string_view rest = target.substr(colon + 3);
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    head_.authority = rest.substr(0, end);
    if (head_.authority.empty() || !is_authority(head_.authority)) return false;
    const std::size_t mark = std::min(rest.find('?', end), rest.size());
    head_.path = rest.substr(end, mark - end);
    if (mark < rest.size()) head_.query = rest.substr(mark + 1);
    // RFC 9112, 3.2.4: OPTIONS of an absolute-form without a path means the server as a whole.
    if (head_.path.empty()) head_.path = head_.method == Method::kOptions && mark == rest.size() ? "*" : "/";
    return true;
}

void BeastParser::on_field_impl(Name name, View name_text, View value, ErrorCode& ec) {
    if (is_header_done_) {
        // A trailer: read and dropped (RFC 9112, 7.1.2).
        if (++fields_ > kMaxTrailers) refuse(refusals::kTooManyFields, ec);
        return;
    }
    head_.fields.push_back({view(name_text), view(value)});
    on_framing_field(name, view(value), ec);
}

void BeastParser::on_framing_field(Name name, std::string_view value, ErrorCode& ec) {
    switch (name) {
        case Name::host:
            ++hosts_;
            host_ = value;
            break;
        case Name::content_length:
            // Beast takes a repeated number for one (RFC 9110, 8.6, allows either); nobody needs that.
            if (++lengths_ > 1 || value.find(',') != std::string_view::npos) refuse(refusals::kBadLength, ec);
            break;
        case Name::transfer_encoding:
            if (++codings_ > 1) refuse(refusals::kAmbiguousBody, ec);
            known_coding_ = base::iequals(value, "chunked");
            break;
        case Name::expect:
            head_.expect_continue = base::iequals(value, "100-continue");
            expect_known_ = expect_known_ && head_.expect_continue;
            break;
        default:
            break;
    }
}

// Checks that need the whole head, from those that could be an attack to those that are mere inability.
void BeastParser::on_header_impl(ErrorCode& ec) {
    is_header_done_ = true;
    if (hosts_ > 1 || (hosts_ == 0 && !head_.http_1_0) || !is_authority(host_))
        return refuse(refusals::kBadHost, ec);
    if (head_.authority.empty()) head_.authority = host_;
    if (codings_ > 0 && lengths_ > 0) return refuse(refusals::kAmbiguousBody, ec);
    // RFC 9112, 6.1: Transfer-Encoding in an HTTP/1.0 message means that its framing is faulty.
    if (codings_ > 0 && head_.http_1_0) return refuse(refusals::kAmbiguousBody, ec);
    if (!known_coding_) return refuse(refusals::kUnknownCoding, ec);
    if (!expect_known_) return refuse(refusals::kBadExpect, ec);
    if (head_.http_1_0) head_.expect_continue = false;  // RFC 9110, 10.1.1
}

void BeastParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) {
    body_.reserve(std::min(length.value_or(0), kMaxReserve));
}

std::size_t BeastParser::on_body_impl(View bytes, ErrorCode&) {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
}

void BeastParser::on_chunk_header_impl(std::uint64_t size, View extensions, ErrorCode& ec) {
    if (size == 0) trailers_ = extensions.data() + extensions.size() + 2;  // behind CR LF
    extension_bytes_ += extensions.size();
    if (extension_bytes_ > kMaxExtensionBytes) refuse(refusals::kBadChunk, ec);
}

std::size_t BeastParser::on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode&) {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
}

}  // namespace mortise::http
