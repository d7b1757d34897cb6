#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::tenancy {

// A list is ordered by id; ids are UUIDv7, so that is by creation, and it is stable while rows come and go.
struct PageRequest {
    std::uint32_t limit = 50;  // 1 to 100
    std::string cursor;        // empty: from the start; else next_cursor of the page before
};

template <class T>
struct Page {
    std::vector<T> items;
    std::string next_cursor;  // empty: this was the last page
};

// A checked request: rows with an id above `after`, at most `limit` of them.
struct PageBounds {
    base::Uuid after;
    std::uint32_t limit = 0;
};

// `invalid_limit` or `invalid_cursor` (400) if the request is out of range or the cursor is not of our
// making.
base::Result<PageBounds> page_bounds(const PageRequest& request);
std::string cursor_of(const base::Uuid& last);

// Makes the page of what a query answered that asked for one row more than the limit.
template <class T>
Page<T> make_page(std::vector<T> rows, std::uint32_t limit) {
    Page<T> page;
    if (rows.size() > limit) {
        rows.resize(limit);
        page.next_cursor = cursor_of(rows.back().id);
    }
    page.items = std::move(rows);
    return page;
}

}  // namespace mortise::tenancy
