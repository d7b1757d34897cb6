#include "feel/characters.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace rules::feel {

namespace {

struct Block {
    char32_t first;
    char32_t last;
};

constexpr auto kNameStart = std::to_array<Block>({
    {'?', '?'},
    {'A', 'Z'},
    {'_', '_'},
    {'a', 'z'},
    {0xC0, 0xD6},
    {0xD8, 0xF6},
    {0xF8, 0x2FF},
    {0x370, 0x37D},
    {0x37F, 0x1FFF},
    {0x200C, 0x200D},
    {0x2070, 0x218F},
    {0x2C00, 0x2FEF},
    {0x3001, 0xD7FF},
    {0xF900, 0xFDCF},
    {0xFDF0, 0xFFFD},
    {0x10000, 0xEFFFF},
});

constexpr auto kNameMore = std::to_array<Block>({{'0', '9'}, {0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}});

constexpr auto kSpace = std::to_array<Block>({
    {0x09, 0x0D},
    {0x20, 0x20},
    {0x85, 0x85},
    {0xA0, 0xA0},
    {0x1680, 0x1680},
    {0x180E, 0x180E},
    {0x2000, 0x200B},
    {0x2028, 0x2029},
    {0x202F, 0x202F},
    {0x205F, 0x205F},
    {0x3000, 0x3000},
    {0xFEFF, 0xFEFF},
});

bool is_in(std::span<const Block> blocks, char32_t point) noexcept {
    return std::any_of(blocks.begin(), blocks.end(),
                       [&](const Block& block) { return point >= block.first && point <= block.last; });
}

bool is_ascii_letter(char32_t point) noexcept {
    return (point | 0x20) >= 'a' && (point | 0x20) <= 'z';
}

unsigned char byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

// Of a sequence by its first byte; 0 if none begins so.
std::size_t length_of(unsigned char first) noexcept {
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
    const auto first = byte_at(text, at);
    const auto length = length_of(first);
    ++at;
    if (length < 2) return first;
    char32_t point = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length && at < text.size(); ++i, ++at)
        point = (point << 6) | (byte_at(text, at) & 0x3F);
    return point;
}

bool is_utf8(std::string_view text) noexcept {
    constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    for (std::size_t at = 0; at < text.size();) {
        const auto length = length_of(byte_at(text, at));
        if (length == 0 || length > text.size() - at) return false;
        for (std::size_t i = 1; i < length; ++i) {
            if ((byte_at(text, at + i) & 0xC0) != 0x80) return false;
        }
        const auto point = next_code_point(text, at);
        if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
            return false;
    }
    return true;
}

void append_code_point(std::string& out, char32_t point) {
    const auto more = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | (point >> 6));
        more(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | (point >> 12));
        more(6);
        more(0);
    } else {
        out += static_cast<char>(0xF0 | (point >> 18));
        more(12);
        more(6);
        more(0);
    }
}

std::size_t code_point_count(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::size_t byte_of_code_point(std::string_view text, std::size_t number) noexcept {
    std::size_t at = 0;
    for (; number != 0 && at < text.size(); --number)
        next_code_point(text, at);
    return at;
}

bool is_space(char32_t point) noexcept {
    return point == ' ' || is_in(kSpace, point);
}

bool is_name_start(char32_t point) noexcept {
    return is_ascii_letter(point) || is_in(kNameStart, point);
}

bool is_name_part(char32_t point) noexcept {
    return is_name_start(point) || is_in(kNameMore, point);
}

bool is_name_symbol(char32_t point) noexcept {
    return point == '.' || point == '/' || point == '-' || point == '\'' || point == 0x2019 || point == '+' ||
           point == '*';
}

}  // namespace rules::feel
