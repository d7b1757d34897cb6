#include "core/flags/value.hpp"

#include <algorithm>

namespace mortise::flags {

const Value* find_member(std::span<const Member> sorted, std::string_view name) noexcept {
    const auto found =
        std::lower_bound(sorted.begin(), sorted.end(), name,
                         [](const Member& member, std::string_view wanted) { return member.name < wanted; });
    return found == sorted.end() || found->name != name ? nullptr : &found->value;
}

const Value* Value::find(std::string_view name) const noexcept {
    return find_member(members(), name);
}

}  // namespace mortise::flags
