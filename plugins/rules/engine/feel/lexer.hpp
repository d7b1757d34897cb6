#pragma once

#include "feel/decimal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rules::feel {

enum class TokenKind : std::uint8_t {
    kEnd,
    kFault,  // `text` says what is wrong
    kNumber,
    kString,
    kWord,    // one word of a name, or a keyword
    kSymbol,  // `text` is it: one of ( ) [ ] { } , : . .. + - * ** / = != < <= > >= -> @
};

struct Token {
    TokenKind kind = TokenKind::kEnd;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view text;  // as it stands in the source
    Decimal number;
    std::string string;  // with its escapes resolved

    bool is_symbol(std::string_view symbol) const noexcept {
        return kind == TokenKind::kSymbol && text == symbol;
    }
    bool is_word(std::string_view word) const noexcept { return kind == TokenKind::kWord && text == word; }
};

// Reads tokens at any place of a text. Names of several words are the parser's to join, which knows the names
// that there are.
class Lexer {
 public:
    // The source must be valid UTF-8, and outlive the lexer and its tokens.
    explicit Lexer(std::string_view source) noexcept : source_(source) {}

    std::string_view source() const noexcept { return source_; }
    // The token at or after a place, past blanks and comments.
    Token at(std::size_t position) const;
    // A name's part at or after a place: a run of letters and digits, or one symbol; empty at the end, and at
    // what is no part of any name.
    Token name_part_at(std::size_t position) const;

 private:
    std::size_t skip_blanks(std::size_t position) const noexcept;
    std::size_t skip_spaces(std::size_t position) const noexcept;
    std::size_t skip_comment(std::size_t position) const noexcept;
    std::size_t word_end(std::size_t position) const noexcept;
    Token number_at(std::size_t position) const;
    Token string_at(std::size_t position) const;
    Token symbol_at(std::size_t position) const;
    Token fault(std::size_t position, std::string_view reason) const;

    std::string_view source_;
};

// The parts of a name, joined so that two texts of one name have one key however they are spaced.
std::string name_key(std::string_view name);

}  // namespace rules::feel
