#include "tables/grid_words.hpp"

#include <algorithm>

namespace rules::tables {
namespace {

bool is_word(std::string_view cell, std::string_view word) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(cell.begin(), cell.end(), word.begin(), word.end(),
                      [&](char left, char right) { return lower(left) == lower(right); });
}

template <class Kind, std::size_t Size>
std::optional<Kind> find_in(const std::array<std::string_view, Size>& words, std::string_view cell) {
    cell = trimmed(cell);
    const auto found =
        std::find_if(words.begin(), words.end(), [&](std::string_view word) { return is_word(cell, word); });
    if (found == words.end()) return std::nullopt;
    return static_cast<Kind>(found - words.begin());
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<RowKind> find_row_kind(std::string_view cell) {
    return find_in<RowKind>(kRowWords, cell);
}

std::optional<ColumnKind> find_column_kind(std::string_view cell) {
    return find_in<ColumnKind>(kColumnWords, cell);
}

}  // namespace rules::tables
