#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::http {

inline constexpr std::size_t kMaxJsonDepth = 64;  // of a route that says nothing else
inline constexpr std::size_t kMaxQueryParameters = 100;

// Whether `text` is one JSON text (RFC 8259) of well-formed UTF-8, no deeper than `max_depth`, without the
// same member twice in an object. Errors: `invalid_utf8`, `invalid_json`, `json_too_deep`, `duplicate_member`
// (400), the latter two with the JSON pointer (RFC 6901) of the place. An empty text is `body_required`.
base::Status check_json(std::string_view text, std::size_t max_depth = kMaxJsonDepth);

// Splits a query string (WHATWG URL, application/x-www-form-urlencoded) into `out`; false if a part can't be
// decoded or there are too many.
bool parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& out);

}  // namespace mortise::http
