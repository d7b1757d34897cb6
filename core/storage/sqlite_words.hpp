#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::storage {

// A token of SQLite's SQL, as far as the judge needs it. Comments and spaces are left out.
struct SqliteWord {
    enum class Kind : std::uint8_t {
        kWord,    // a keyword, a bare name or a number
        kQuoted,  // "name", [name], `name`, or 'text', which SQLite takes for a name where one must stand
        kSign     // one character of anything else
    };
    Kind kind = Kind::kSign;
    std::string text;  // in lower case, without its quotes

    bool is_name() const noexcept { return kind != Kind::kSign; }
    bool is_sign(char sign) const noexcept { return kind == Kind::kSign && text[0] == sign; }
};

// https://sqlite.org/src/file/src/tokenize.c; a quote or comment that does not end, ends with the text.
std::vector<SqliteWord> sqlite_words(std::string_view sql);

// The product, over all common table expressions, of how often each is named beyond its definition (at least
// 1). What shares the name is counted, too, so it is never too small. Stops near SIZE_MAX.
std::size_t cte_product(const std::vector<SqliteWord>& words);

}  // namespace mortise::storage
