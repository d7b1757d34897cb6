#pragma once

#include "core/base/text.hpp"

#include <string>
#include <string_view>

namespace mortise::base {

// Whether `same` holds for one of the entity tags, with its quotes, of a list as in If-None-Match (RFC 9110,
// 13.1.2: weak comparison, so that W/ doesn't count), or whether the list is "*". Tags with a comma are cut.
// A tag without quotes, as OFREP's own examples have it, is taken as if it had them.
template <class Same>
bool any_etag(std::string_view if_none_match, Same same) {
    if (trim(if_none_match) == "*") return true;
    while (!if_none_match.empty()) {
        const auto comma = if_none_match.find(',');  // our tags have none
        auto candidate = trim(if_none_match.substr(0, comma));
        if (candidate.starts_with("W/")) candidate.remove_prefix(2);
        if (candidate.starts_with('"') ? same(candidate)
                                       : same(std::string_view('"' + std::string(candidate) + '"')))
            return true;
        if (comma == std::string_view::npos) break;
        if_none_match.remove_prefix(comma + 1);
    }
    return false;
}

inline bool has_etag(std::string_view if_none_match, std::string_view etag) {
    return any_etag(if_none_match, [etag](std::string_view candidate) { return candidate == etag; });
}

}  // namespace mortise::base
