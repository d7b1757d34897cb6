#pragma once

#include "mortise/abi/types.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::test {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// What a request asks for: "/models?limit=2", in its parts.
struct RequestTarget {
    std::string path;  // as it was sent
    Pairs query;       // percent-decoded
};

RequestTarget parse_target(std::string_view target);

// The percent-decoded parameters of `path` under a route's pattern, such as "/{key}/children", if it fits.
std::optional<Pairs> match_pattern(std::string_view pattern, std::string_view path);

// Views of `pairs`, which must outlive them.
std::vector<mortise_pair> views_of(const Pairs& pairs);

}  // namespace mortise::test
