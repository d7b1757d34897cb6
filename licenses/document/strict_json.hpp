#pragma once

#include "licenses/document/result.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace mortise::licenses {

// One JSON object (RFC 8259) and nothing after it, stricter than the RFC where two readers could differ: at
// most 8 levels deep, no key twice in an object (after escapes), no byte-order mark, valid UTF-8, no NUL,
// neither raw nor escaped, and every number finite. Internal to this library (it shows nlohmann's type).
Result<nlohmann::json> parse_strict_json(std::string_view text);

// For a document with one list too long to be held as JSON: each item of the member `list` of the outermost
// object is handed to `take` and left out of the result, where the list is empty.
struct ListStream {
    std::string_view list;
    std::size_t max_items = 0;
    std::size_t max_values = 0;                       // in one item, itself included
    std::function<bool(const nlohmann::json&)> take;  // false: the document is refused
};
Result<nlohmann::json> parse_strict_json(std::string_view text, const ListStream& stream);

}  // namespace mortise::licenses
