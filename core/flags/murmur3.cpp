#include "core/flags/murmur3.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace mortise::flags {
namespace {

constexpr std::uint32_t kFirst = 0xcc9e2d51;
constexpr std::uint32_t kSecond = 0x1b873593;

constexpr std::uint32_t scramble(std::uint32_t block) noexcept {
    return std::rotl(block * kFirst, 15) * kSecond;
}

// Blocks are little-endian on every machine.
std::uint32_t whole_block(const char* bytes) noexcept {
    std::uint32_t block = 0;
    std::memcpy(&block, bytes, sizeof block);
    return std::endian::native == std::endian::little ? block : __builtin_bswap32(block);
}

std::uint32_t last_block(std::string_view rest) noexcept {
    std::uint32_t block = 0;
    for (std::size_t i = 0; i < rest.size(); ++i)
        block |= std::uint32_t{static_cast<std::uint8_t>(rest[i])} << (8 * i);
    return block;
}

constexpr std::uint32_t finish(std::uint32_t hash) noexcept {
    hash ^= hash >> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >> 13;
    hash *= 0xc2b2ae35;
    return hash ^ (hash >> 16);
}

}  // namespace

std::uint32_t murmur3(std::string_view bytes) noexcept {
    std::uint32_t hash = 0;
    std::size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4)
        hash = std::rotl(hash ^ scramble(whole_block(bytes.data() + at)), 13) * 5 + 0xe6546b64;
    hash ^= scramble(last_block(bytes.substr(at)));
    return finish(hash ^ static_cast<std::uint32_t>(bytes.size()));
}

}  // namespace mortise::flags
