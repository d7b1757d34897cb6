#include "core/http/head_scanner.hpp"

#include <algorithm>
#include <cstring>

namespace mortise::http {
namespace {

// The longest request line beside its target: the longest registered method is 17 characters
// (UPDATEREDIRECTREF), then two spaces and "HTTP/1.1".
constexpr std::size_t kRequestLineOverhead = 17 + 2 + 8;

constexpr bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}

}  // namespace

HeadScanner::Result HeadScanner::scan(std::string_view bytes) {
    if (!bytes.empty() && lines_ == 0 && scanned_ == 0 && static_cast<unsigned char>(bytes.front()) <= ' ')
        return refuse(refusals::kBadRequest);
    for (;;) {
        const std::size_t from = std::max(scanned_, seen_);
        const void* found = std::memchr(bytes.data() + from, '\n', bytes.size() - from);
        if (!found) break;
        const auto lf = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
        if (lf == scanned_ || bytes[lf - 1] != '\r') return refuse(refusals::kBareLf);
        const std::string_view line = bytes.substr(scanned_, lf - 1 - scanned_);
        if (const auto result = check_line(line); result == Result::kRefused) return result;
        scanned_ = lf + 1;
        if (scanned_ > limits_.max_head) return refuse(refusals::kHeadTooLarge);
        if (line.empty()) return Result::kComplete;
        ++lines_;
    }
    seen_ = bytes.size();
    return check_rest(bytes);
}

HeadScanner::Result HeadScanner::check_line(std::string_view line) {
    if (lines_ == 0) return check_request_line(line);
    if (line.empty()) return Result::kComplete;
    if (line.front() == ' ' || line.front() == '\t') return refuse(refusals::kFolded);
    if (lines_ > limits_.max_fields) return refuse(refusals::kTooManyFields);
    return Result::kComplete;
}

// Enough of the request line to answer at once one that is none at all ("GET /" of HTTP/0.9, another
// protocol's greeting); the parser looks at it closely when the head is complete.
HeadScanner::Result HeadScanner::check_request_line(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return refuse(refusals::kBadRequest);
    if (last - first - 1 > limits_.max_target) return refuse(refusals::kTargetTooLong);
    return line.substr(last + 1).starts_with("HTTP/") ? Result::kComplete : refuse(refusals::kBadRequest);
}

HeadScanner::Result HeadScanner::check_rest(std::string_view bytes) {
    if (lines_ == 0 && bytes.size() > limits_.max_target + kRequestLineOverhead)
        return refuse(is_upper(bytes.front()) ? refusals::kTargetTooLong : refusals::kBadRequest);
    if (bytes.size() > limits_.max_head) return refuse(refusals::kHeadTooLarge);
    return Result::kNeedMore;
}

}  // namespace mortise::http
