#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

// Targeting keys that a segment names one by one. Immutable, so that threads and rules share it.
class KeyList {
 public:
    KeyList() = default;
    explicit KeyList(const std::vector<std::string>& keys);
    KeyList(const KeyList&) = delete;
    KeyList& operator=(const KeyList&) = delete;

    bool contains(std::string_view key) const noexcept;
    std::size_t size() const noexcept { return keys_.size(); }
    std::span<const std::string_view> keys() const noexcept { return keys_; }
    std::size_t bytes() const noexcept {  // of memory, about
        return sizeof(KeyList) + text_.capacity() + keys_.capacity() * sizeof(std::string_view);
    }

 private:
    std::string text_;  // what the views refer to
    std::vector<std::string_view> keys_;
};

}  // namespace mortise::flags
