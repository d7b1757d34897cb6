#include "tables/xlsx_text.hpp"

#include "feel/characters.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace rules::tables {
namespace {

constexpr std::size_t kEscapeSize = 7;

std::string escape(char32_t point) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string text = "_x";
    for (unsigned shift = 16; shift > 0; shift -= 4)
        text += kHex[(point >> (shift - 4)) & 0xFU];
    return text + '_';
}

// The character of an escape that begins at `at` but for its end, if one does. Halves of surrogate pairs stay
// texts.
std::optional<char32_t> begun_escape(std::string_view text, std::size_t at) {
    const std::string_view part = text.substr(at, kEscapeSize - 1);
    if (part.size() < kEscapeSize - 1 || !part.starts_with("_x")) return std::nullopt;
    unsigned value = 0;
    const char* const end = part.data() + part.size();
    const auto read = std::from_chars(part.data() + 2, end, value, 16);
    if (read.ptr != end || (value >= 0xD800 && value < 0xE000)) return std::nullopt;
    return static_cast<char32_t>(value);
}

bool needs_escape(char32_t point) {
    return (point < 0x20 && point != '\t' && point != '\n') || point == 0xFFFE || point == 0xFFFF;
}

// Whether the text goes on with `_` at `at`, or with what is written as an escape, which begins with one.
bool is_underscore_to_be(std::string_view text, std::size_t at) {
    return at < text.size() && (text[at] == '_' || needs_escape(feel::next_code_point(text, at)));
}

}  // namespace

std::string encode_cell(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const char32_t point = feel::next_code_point(text, at);
        const bool reads_as_escape =
            begun_escape(text, begin) && is_underscore_to_be(text, begin + kEscapeSize - 1);
        if (needs_escape(point) || reads_as_escape)
            out += escape(point);
        else
            out += text.substr(begin, at - begin);
    }
    return out;
}

std::string decode_cell(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = std::min(text.find("_x", at), text.size());
        out += text.substr(at, begin - at);
        at = begin;
        if (at == text.size()) break;
        const std::size_t end = at + kEscapeSize - 1;
        if (const auto point = begun_escape(text, at); point && text.substr(end).starts_with('_')) {
            feel::append_code_point(out, *point);
            at += kEscapeSize;
        } else {
            out += text[at++];
        }
    }
    return out;
}

}  // namespace rules::tables
