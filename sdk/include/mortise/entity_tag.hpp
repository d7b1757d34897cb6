#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace mortise::sdk {

// Whether the value of an If-Match header names `etag`, which has its quotes, or is or has a "*". The
// comparison is strong (RFC 9110, sections 8.8.3.2 and 13.1.1): a weak tag never matches.
constexpr bool matches_etag(std::string_view if_match, std::string_view etag) noexcept {
    while (!if_match.empty()) {
        const std::size_t end = std::min(if_match.find(','), if_match.size());
        std::string_view tag = if_match.substr(0, end);
        if_match.remove_prefix(std::min(end + 1, if_match.size()));
        while (tag.starts_with(' ') || tag.starts_with('\t'))
            tag.remove_prefix(1);
        while (tag.ends_with(' ') || tag.ends_with('\t'))
            tag.remove_suffix(1);
        if (tag == etag || tag == "*") return true;
    }
    return false;
}

}  // namespace mortise::sdk
