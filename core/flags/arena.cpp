#include "core/flags/arena.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace mortise::flags {
namespace {

constexpr std::size_t kSmallestBlock = 512;
constexpr std::size_t kLargestBlock = 64 * 1024;  // but for a piece that is larger by itself

}  // namespace

std::byte* Arena::take(std::size_t size, std::size_t alignment) noexcept {
    size = std::max<std::size_t>(size, 1);  // each piece has an address of its own
    const auto address = reinterpret_cast<std::uintptr_t>(next_);
    const std::size_t padding = (alignment - address % alignment) % alignment;
    if (next_ != nullptr && size + padding <= static_cast<std::size_t>(end_ - next_)) {
        std::byte* const piece = next_ + padding;
        next_ = piece + size;
        return piece;
    }
    return grow(size);
}

// A new block comes from operator new and is aligned for everything that stands here.
std::byte* Arena::grow(std::size_t size) noexcept {
    const std::size_t usual = std::min(kLargestBlock, std::max(kSmallestBlock, block_bytes_));
    std::size_t block = std::max(size, usual);
    if (size > limit_ - block_bytes_) return nullptr;
    block = std::min(block, limit_ - block_bytes_);
    std::unique_ptr<std::byte[]> memory(new (std::nothrow) std::byte[block]);
    if (memory == nullptr) return nullptr;
    next_ = memory.get() + size;
    end_ = memory.get() + block;
    block_bytes_ += block;
    blocks_.push_back(std::move(memory));
    return next_ - size;
}

std::string_view Arena::copy(std::string_view text) noexcept {
    char* const place = allocate<char>(text.size());
    if (place == nullptr) return {};
    if (!text.empty()) std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
}

void Arena::reset() noexcept {
    blocks_.clear();
    block_bytes_ = 0;
    next_ = first_.data();
    end_ = first_.data() + first_.size();
}

}  // namespace mortise::flags
