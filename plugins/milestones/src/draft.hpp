#pragma once

#include "milestone.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What clients send, decoded and checked field by field. Whether it fits what is stored, the service says.
namespace milestones {

// A milestone that is to be.
struct Draft {
    std::string key;
    std::string title;
    std::optional<std::string> description;
    std::optional<std::string> owner;
    std::optional<std::string> due;
    Status status = Status::kPlanned;
    std::int64_t progress = 0;
    std::optional<std::string> parent;    // a key
    std::vector<std::string> depends_on;  // keys, sorted, each once
};

// A JSON merge patch (RFC 7396): what is absent stays, what is null is removed.
struct Patch {
    std::optional<std::string> title;
    std::optional<std::optional<std::string>> description;
    std::optional<std::optional<std::string>> owner;
    std::optional<std::optional<std::string>> due;
    std::optional<Status> status;
    std::optional<std::int64_t> progress;
    std::optional<std::optional<std::string>> parent;
    std::optional<std::vector<std::string>> depends_on;
};

// Both throw Problem 400: `invalid_json`, or `invalid_milestone` with every fault in errors[].
Draft decode_draft(std::string_view body);
Patch decode_patch(std::string_view body);

}  // namespace milestones
