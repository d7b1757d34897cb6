#pragma once

#include "core/base/text.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mortise::base {

// RFC 9110, 8.8.3.2: weak as for If-None-Match, where W/ doesn't count; strong as for If-Match, where a weak
// tag is like none.
enum class TagComparison : std::uint8_t { kWeak, kStrong };

// Whether `same` holds for one of the entity tags, with its quotes, of a list as in If-None-Match and
// If-Match (RFC 9110, 13.1), or whether the list is "*". Tags with a comma are cut. In a weak comparison a
// tag without quotes, as OFREP's own examples have it, is taken as if it had them.
template <class Same>
bool any_etag(std::string_view list, TagComparison comparison, Same same) {
    if (trim(list) == "*") return true;
    const bool weak = comparison == TagComparison::kWeak;
    while (!list.empty()) {
        const auto comma = list.find(',');  // our tags have none
        auto candidate = trim(list.substr(0, comma));
        if (weak && candidate.starts_with("W/")) candidate.remove_prefix(2);
        if (candidate.starts_with('"') ? same(candidate)
                                       : weak && same(std::string_view('"' + std::string(candidate) + '"')))
            return true;
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
    return false;
}

inline bool has_etag(std::string_view list, std::string_view etag,
                     TagComparison comparison = TagComparison::kWeak) {
    return any_etag(list, comparison, [etag](std::string_view candidate) { return candidate == etag; });
}

}  // namespace mortise::base
