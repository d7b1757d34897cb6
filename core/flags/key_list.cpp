#include "core/flags/key_list.hpp"

#include <algorithm>

namespace mortise::flags {

KeyList::KeyList(const std::vector<std::string>& keys) {
    std::size_t size = 0;
    for (const auto& key : keys)
        size += key.size();
    text_.reserve(size);  // so that it never moves
    keys_.reserve(keys.size());
    for (const auto& key : keys) {
        const auto at = text_.size();
        text_ += key;
        keys_.push_back(std::string_view(text_).substr(at));
    }
    std::sort(keys_.begin(), keys_.end());
}

bool KeyList::contains(std::string_view key) const noexcept {
    return std::binary_search(keys_.begin(), keys_.end(), key);
}

}  // namespace mortise::flags
