#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

namespace mortise::flags {

// Texts by number and numbers by text: open addressing over 32-bit numbers. Immutable once it is built, so
// that threads may share it. The texts belong to somebody else.
class TextIndex {
 public:
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

    TextIndex() = default;
    // Each text has its place in the list as its number; none stands there twice.
    explicit TextIndex(std::vector<std::string_view> texts) : texts_(std::move(texts)) {
        std::size_t slots = 4;
        while (slots < 2 * texts_.size())
            slots *= 2;
        slots_.assign(slots, kNone);
        for (std::uint32_t i = 0; i < texts_.size(); ++i)
            slots_[slot_of(texts_[i])] = i;
    }

    std::uint32_t find(std::string_view text) const noexcept {
        return slots_.empty() ? kNone : slots_[slot_of(text)];
    }
    std::string_view operator[](std::uint32_t number) const noexcept { return texts_[number]; }
    std::size_t size() const noexcept { return texts_.size(); }
    std::size_t bytes() const noexcept {
        return texts_.capacity() * sizeof(std::string_view) + slots_.capacity() * sizeof(std::uint32_t);
    }

 private:
    // Where the text is, or would be.
    std::size_t slot_of(std::string_view text) const noexcept {
        const std::size_t mask = slots_.size() - 1;
        auto slot = std::hash<std::string_view>{}(text)&mask;
        while (slots_[slot] != kNone && texts_[slots_[slot]] != text)
            slot = (slot + 1) & mask;
        return slot;
    }

    std::vector<std::string_view> texts_;
    std::vector<std::uint32_t> slots_;
};

}  // namespace mortise::flags
