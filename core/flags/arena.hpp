#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mortise::flags {

// Memory that is handed out piece by piece and given back all at once. It begins in `first`, which the caller
// owns and keeps, and goes on in blocks of its own, up to `limit` bytes of them; so work that fits into
// `first` allocates nothing. Nothing in it is destroyed: for trivial types only. One thread at a time.
class Arena {
 public:
    explicit Arena(std::size_t limit) : Arena({}, limit) {}
    Arena(std::span<std::byte> first, std::size_t limit) noexcept
        : first_(first), next_(first.data()), end_(first.data() + first.size()), limit_(limit) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    // Room for `count` objects, aligned; null if that would pass the limit. Never null for a count of 0.
    template <class T>
    T* allocate(std::size_t count) noexcept {
        static_assert(std::is_trivially_destructible_v<T>);
        if (count > limit_ / sizeof(T) + first_.size()) return nullptr;
        return static_cast<T*>(static_cast<void*>(take(count * sizeof(T), alignof(T))));
    }
    // A copy of `text` (its data is null only if there was no room).
    std::string_view copy(std::string_view text) noexcept;

    // Forgets what was handed out, and keeps the memory that `first` is.
    void reset() noexcept;
    std::size_t block_bytes() const noexcept { return block_bytes_; }  // taken from the heap

 private:
    std::byte* take(std::size_t size, std::size_t alignment) noexcept;
    std::byte* grow(std::size_t size) noexcept;

    std::span<std::byte> first_;
    std::byte* next_;
    std::byte* end_;
    std::size_t limit_;
    std::size_t block_bytes_ = 0;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace mortise::flags
