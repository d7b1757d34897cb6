#pragma once

#include "model_repository.hpp"
#include "mortise/call.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rules {

struct ModelPage {
    ModelFilter filter;
    std::optional<mortise::sdk::Uuid> after;
    std::int64_t limit = 50;
};
struct VersionPage {
    std::optional<std::int64_t> before;
    std::int64_t limit = 50;
};

// Of the query parameters; 400 with the parameter's name for what is not valid. A cursor is the id or number
// of the last item of the page before.
ModelPage decode_model_page(const mortise::sdk::Call& call);
VersionPage decode_version_page(const mortise::sdk::Call& call);

// A query parameter or part of the path that must be a number from 1.
std::int64_t decode_number(std::string_view name, std::string_view text, std::int64_t most);

}  // namespace rules
