#pragma once

#include "core/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::base {

// 0 to 15, or -1 if `c` is no hexadecimal digit.
constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr char ascii_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void append_hex(std::string& out, std::uint8_t byte);
std::string to_hex(std::string_view bytes);

bool iequals(std::string_view a, std::string_view b) noexcept;
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text) noexcept;  // spaces and tabs

// Well-formed UTF-8 by Unicode's table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;
// Number of code points of well-formed UTF-8.
std::size_t utf8_length(std::string_view text) noexcept;

// Decodes %XX; nullopt on a broken escape, a decoded NUL, or a result that is not UTF-8.
// `plus_is_space` for query strings.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// base64url without padding (RFC 4648, 5). Decoding is strict: no padding, no other characters, and the
// unused bits of the last character are zero.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

// The whole text as a decimal number in range, without sign (first) or with an optional '-' (second).
std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept;
std::optional<std::int64_t> parse_i64(std::string_view text) noexcept;

// RFC 3339, UTC, with as many fractional digits as are needed (0, 3 or 6): 2024-04-17T00:00:00Z.
std::string format_rfc3339(Micros time);
// RFC 3339 with any offset and up to six fractional digits; years 0001 to 9999.
std::optional<Micros> parse_rfc3339(std::string_view text) noexcept;
// An RFC 3339 full-date that exists in the calendar.
bool is_date(std::string_view text) noexcept;

// Appends `text` as the inside of a JSON string: quotes, backslashes and control characters escaped, and
// bytes that are no UTF-8 replaced by U+FFFD. For log lines; documents go through a JSON library.
void append_json_escaped(std::string& out, std::string_view text);

}  // namespace mortise::base
