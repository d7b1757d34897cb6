#pragma once

#include "core/flags/program.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

// Where the value of a `var` is: from which root, and by which steps from there.
struct VarPath {
    Root root = Root::kNothing;
    std::vector<std::string> steps;
};

// What a key such as "user.name" means in a scope; an empty key is the whole of it.
VarPath resolve_path(std::string_view key, Scope scope);

}  // namespace mortise::flags
