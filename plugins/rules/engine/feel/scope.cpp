#include "feel/compile.hpp"
#include "feel/lexer.hpp"

#include <algorithm>

namespace rules::feel {

Slot Scope::declare(std::string_view name, Type type) {
    names_.push_back({std::string(name), name_key(name), std::move(type)});
    return size() - 1;
}

void Scope::truncate(Slot size) {
    names_.resize(std::min<std::size_t>(size, names_.size()));
}

std::optional<Slot> Scope::find(std::string_view name) const {
    for (auto i = names_.size(); i-- > 0;) {
        if (names_[i].text == name) return static_cast<Slot>(i);
    }
    return std::nullopt;
}

void Scope::declare_type(std::string_view name, Type type) {
    types_.insert_or_assign(std::string(name), std::move(type));
}

const Type* Scope::find_type(std::string_view name) const {
    const auto found = types_.find(name);
    return found == types_.end() ? nullptr : &found->second;
}

}  // namespace rules::feel
