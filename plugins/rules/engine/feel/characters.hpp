#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Code points of UTF-8 texts, and FEEL's classes of them (DMN 1.5, grammar rules 28 to 31 and 61 to 63).
namespace rules::feel {

// The code point that begins at `at`, which moves past it. The text must be valid.
char32_t next_code_point(std::string_view text, std::size_t& at) noexcept;
bool is_utf8(std::string_view text) noexcept;
void append_code_point(std::string& out, char32_t point);
std::size_t code_point_count(std::string_view text) noexcept;
// The byte at which a code point begins, by its number from 0; the text's size if it has no more.
std::size_t byte_of_code_point(std::string_view text, std::size_t number) noexcept;

bool is_space(char32_t point) noexcept;
bool is_name_start(char32_t point) noexcept;
bool is_name_part(char32_t point) noexcept;
// The symbols that a name may have inside: . / - ' ’ + *
bool is_name_symbol(char32_t point) noexcept;

}  // namespace rules::feel
