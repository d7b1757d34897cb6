#include "feel/lexer.hpp"

#include "feel/characters.hpp"

#include <array>
#include <optional>

namespace rules::feel {

namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::optional<char32_t> hex(std::string_view digits) noexcept {
    char32_t value = 0;
    for (const char c : digits) {
        const char lower = static_cast<char>(c | 0x20);
        if (is_digit(c)) {
            value = value * 16 + static_cast<char32_t>(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value * 16 + static_cast<char32_t>(lower - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return value;
}

bool is_high_surrogate(char32_t point) noexcept {
    return point >= 0xD800 && point <= 0xDBFF;
}
bool is_low_surrogate(char32_t point) noexcept {
    return point >= 0xDC00 && point <= 0xDFFF;
}

// `\uXXXX` or `\UXXXXXX` at the begin of a text.
std::optional<char32_t> escaped_point(std::string_view text) noexcept {
    if (text.size() < 2 || text[0] != '\\' || (text[1] != 'u' && text[1] != 'U')) return std::nullopt;
    const std::size_t digits = text[1] == 'u' ? 4 : 6;
    if (text.size() < 2 + digits) return std::nullopt;
    return hex(text.substr(2, digits));
}

// Appends what an escape means and gives its length; 0 if it is none.
std::size_t append_unicode(std::string& out, std::string_view text) {
    const auto point = escaped_point(text);
    if (!point) return 0;
    const std::size_t length = text[1] == 'u' ? 6 : 8;
    if (is_high_surrogate(*point)) {
        const auto low = escaped_point(text.substr(length));
        if (!low || !is_low_surrogate(*low)) return 0;
        append_code_point(out, 0x10000 + ((*point - 0xD800) << 10) + (*low - 0xDC00));
        return 2 * length;
    }
    if (is_low_surrogate(*point) || *point > 0x10FFFF) return 0;
    append_code_point(out, *point);
    return length;
}

std::size_t append_escape(std::string& out, std::string_view text) {
    if (text.size() < 2) return 0;
    switch (text[1]) {
        case 'n':
            out += '\n';
            return 2;
        case 'r':
            out += '\r';
            return 2;
        case 't':
            out += '\t';
            return 2;
        case '\'':
        case '"':
        case '\\':
            out += text[1];
            return 2;
        case 'u':
        case 'U':
            return append_unicode(out, text);
        default:
            out += '\\';
            return 1;  // of a regular expression, as `\d`
    }
}

constexpr auto kLongSymbols = std::to_array<std::string_view>({"..", "**", "!=", "<=", ">=", "->"});
constexpr std::string_view kSymbols = "()[]{},:.+-*/=<>@";

}  // namespace

Token Lexer::at(std::size_t position) const {
    const auto begin = skip_blanks(position);
    if (begin == std::string_view::npos) return fault(position, "a comment has no end");
    if (begin == source_.size()) return {TokenKind::kEnd, begin, begin, {}, {}, {}};
    const char first = source_[begin];
    if (is_digit(first) || (first == '.' && begin + 1 < source_.size() && is_digit(source_[begin + 1])))
        return number_at(begin);
    if (first == '"') return string_at(begin);
    const auto end = word_end(begin);
    if (end != begin) return {TokenKind::kWord, begin, end, source_.substr(begin, end - begin), {}, {}};
    return symbol_at(begin);
}

Token Lexer::name_part_at(std::size_t position) const {
    const auto begin = skip_spaces(position);
    Token none{TokenKind::kEnd, begin, begin, {}, {}, {}};
    if (begin == source_.size()) return none;
    auto end = begin;
    for (auto next = end; next < source_.size(); end = next) {
        if (!is_name_part(next_code_point(source_, next))) break;
    }
    if (end == begin && !is_name_symbol(next_code_point(source_, end))) return none;
    return {TokenKind::kWord, begin, end, source_.substr(begin, end - begin), {}, {}};
}

std::size_t Lexer::skip_spaces(std::size_t position) const noexcept {
    for (auto next = position; next < source_.size(); position = next) {
        if (!is_space(next_code_point(source_, next))) break;
    }
    return position;
}

std::size_t Lexer::skip_blanks(std::size_t position) const noexcept {
    while (true) {
        position = skip_spaces(position);
        const auto after = skip_comment(position);
        if (after == position || after == std::string_view::npos) return after;
        position = after;
    }
}

std::size_t Lexer::skip_comment(std::size_t position) const noexcept {
    const auto rest = source_.substr(position);
    if (rest.starts_with("//")) {
        const auto end = source_.find('\n', position);
        return end == std::string_view::npos ? source_.size() : end + 1;
    }
    if (!rest.starts_with("/*")) return position;
    const auto end = source_.find("*/", position + 2);
    return end == std::string_view::npos ? end : end + 2;
}

std::size_t Lexer::word_end(std::size_t position) const noexcept {
    auto next = position;
    if (!is_name_start(next_code_point(source_, next))) return position;
    auto end = next;
    for (; next < source_.size(); end = next) {
        if (!is_name_part(next_code_point(source_, next))) break;
    }
    return end;
}

Token Lexer::number_at(std::size_t position) const {
    const auto digits_from = [&](std::size_t at) {
        while (at < source_.size() && is_digit(source_[at]))
            ++at;
        return at;
    };
    const auto is_digit_at = [&](std::size_t at) { return at < source_.size() && is_digit(source_[at]); };
    auto end = digits_from(position);
    if (end < source_.size() && source_[end] == '.' && is_digit_at(end + 1)) end = digits_from(end + 1);
    if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
        const bool sign = end + 1 < source_.size() && (source_[end + 1] == '+' || source_[end + 1] == '-');
        const auto exponent = end + (sign ? 2 : 1);
        if (is_digit_at(exponent)) end = digits_from(exponent);
    }
    const auto text = source_.substr(position, end - position);
    const auto number = Decimal::parse(text);
    if (!number) return fault(position, "the number is too large");
    return {TokenKind::kNumber, position, end, text, *number, {}};
}

Token Lexer::string_at(std::size_t position) const {
    std::string value;
    for (auto at = position + 1; at < source_.size();) {
        const char c = source_[at];
        if (c == '"')
            return {TokenKind::kString, position, at + 1, source_.substr(position, at + 1 - position), {},
                    std::move(value)};
        if (c != '\\') {
            value += c;
            ++at;
            continue;
        }
        const auto length = append_escape(value, source_.substr(at));
        if (length == 0) return fault(at, "the escape names no character");
        at += length;
    }
    return fault(position, "a string has no end");
}

Token Lexer::symbol_at(std::size_t position) const {
    const auto symbol = [&](std::size_t length) {
        return Token{
            TokenKind::kSymbol, position, position + length, source_.substr(position, length), {}, {}};
    };
    const auto rest = source_.substr(position);
    for (const auto candidate : kLongSymbols) {
        if (rest.starts_with(candidate)) return symbol(candidate.size());
    }
    if (kSymbols.find(rest[0]) != std::string_view::npos) return symbol(1);
    return fault(position, "a character has no meaning here");
}

Token Lexer::fault(std::size_t position, std::string_view reason) const {
    return {TokenKind::kFault, position, source_.size(), reason, {}, {}};
}

std::string name_key(std::string_view name) {
    const Lexer lexer(name);
    std::string key;
    for (std::size_t at = 0; at < name.size();) {
        auto part = lexer.name_part_at(at);
        if (part.begin == name.size()) break;
        // What belongs into no name stands as it is.
        if (part.end == part.begin) {
            next_code_point(name, part.end);
            part.text = name.substr(part.begin, part.end - part.begin);
        }
        if (!key.empty()) key += ' ';
        key += part.text;
        at = part.end;
    }
    return key;
}

}  // namespace rules::feel
