#include "core/tenancy/page.hpp"

#include "core/base/text.hpp"

namespace mortise::tenancy {

base::Result<PageBounds> page_bounds(const PageRequest& request) {
    if (request.limit < 1 || request.limit > 100)
        return base::Error{base::ErrorKind::kInvalid, "invalid_limit", "The limit must be from 1 to 100."};
    PageBounds bounds{.after = {}, .limit = request.limit};
    if (request.cursor.empty()) return bounds;
    const auto bytes = base::base64url_decode(request.cursor);
    const auto after = bytes ? base::Uuid::from_bytes(*bytes) : std::nullopt;
    if (!after)
        return base::Error{base::ErrorKind::kInvalid, "invalid_cursor",
                           "The cursor is not one that a list answered as next_cursor."};
    bounds.after = *after;
    return bounds;
}

std::string cursor_of(const base::Uuid& last) {
    return base::base64url_encode(last.as_bytes());
}

}  // namespace mortise::tenancy
