#pragma once

#include "milestone.hpp"
#include "milestone_repository.hpp"
#include "mortise/call.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What a list route asks for, and where its next page begins.
namespace milestones {

struct PageRequest {
    Filter filter;
    std::optional<std::string> parent_key;  // not yet looked up
    std::string sort = "key";
    std::int64_t limit = 50;
    std::optional<After> after;
};

// Throws Problem 400: `unknown_parameter`, `repeated_parameter`, `invalid_parameter`, `invalid_cursor`. With
// `children_of` the parent is that key, and no parameter.
PageRequest decode_page(const mortise::sdk::Call& call, std::optional<std::string_view> children_of = {});

// The same for a list without filters that is sorted by key; `of` tells it from other lists.
PageRequest decode_plain_page(const mortise::sdk::Call& call, std::string of);

// An opaque text that names the last milestone of a page. It carries a check sum over the filters and the
// order: it continues only the list that it came from. It grants nothing, so the sum needs no secret.
std::string make_cursor(const PageRequest& page, const Milestone& last);

}  // namespace milestones
