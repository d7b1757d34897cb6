#include "core/storage/sqlite_words.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace mortise::storage {
namespace {

using Kind = SqliteWord::Kind;

constexpr std::size_t kEnough = 1UL << 32;

// Bytes of other alphabets belong to names, too.
bool is_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_space(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::size_t after(std::string_view sql, std::string_view end, std::size_t from) {
    const auto found = sql.find(end, from);
    return found == std::string_view::npos ? sql.size() : found + end.size();
}

// Takes a quoted run that begins at `i`, which moves behind it.
SqliteWord quoted(std::string_view sql, std::size_t& i) {
    const char end = sql[i] == '[' ? ']' : sql[i];
    SqliteWord word{Kind::kQuoted, {}};
    for (++i; i < sql.size(); ++i) {
        if (sql[i] == end && (end == ']' || i + 1 >= sql.size() || sql[i + 1] != end)) break;
        if (sql[i] == end) ++i;  // a doubled quote stands for itself
        word.text += sql[i];
    }
    i = std::min(i + 1, sql.size());
    word.text = base::to_lower(word.text);
    return word;
}

// Where the list that ends at `close` begins; `close` itself if it never does.
std::size_t opening(const std::vector<SqliteWord>& words, std::size_t close) {
    std::size_t depth = 0;
    for (std::size_t i = close + 1; i-- > 0;) {
        if (words[i].is_sign(')')) ++depth;
        if (words[i].is_sign('(') && --depth == 0) return i;
    }
    return close;
}

// The place of the name that the AS at `as` defines a common table expression for.
std::optional<std::size_t> defined_by(const std::vector<SqliteWord>& words, std::size_t as) {
    if (words[as].kind != Kind::kWord || words[as].text != "as" || as == 0) return std::nullopt;
    std::size_t next = as + 1;
    while (next < words.size() && (words[next].text == "not" || words[next].text == "materialized"))
        ++next;
    if (next >= words.size() || !words[next].is_sign('(')) return std::nullopt;
    std::size_t name = as - 1;
    if (words[name].is_sign(')')) {
        const auto begin = opening(words, name);
        if (begin == 0 || begin == name) return std::nullopt;
        name = begin - 1;
    }
    if (!words[name].is_name()) return std::nullopt;
    return name;
}

}  // namespace

std::vector<SqliteWord> sqlite_words(std::string_view sql) {
    std::vector<SqliteWord> words;
    for (std::size_t i = 0; i < sql.size();) {
        const char c = sql[i];
        if (is_space(c)) {
            ++i;
        } else if (sql.substr(i, 2) == "--") {
            i = after(sql, "\n", i);
        } else if (sql.substr(i, 2) == "/*") {
            i = after(sql, "*/", i + 2);
        } else if (c == '\'' || c == '"' || c == '`' || c == '[') {
            words.push_back(quoted(sql, i));
        } else if (is_word(c)) {
            const auto begin = i;
            while (i < sql.size() && is_word(sql[i]))
                ++i;
            words.push_back({Kind::kWord, base::to_lower(sql.substr(begin, i - begin))});
        } else {
            words.push_back({Kind::kSign, std::string(1, c)});
            ++i;
        }
    }
    return words;
}

std::size_t cte_product(const std::vector<SqliteWord>& words) {
    std::map<std::string_view, std::size_t> definitions;
    for (std::size_t i = 0; i < words.size(); ++i)
        if (const auto name = defined_by(words, i)) ++definitions[words[*name].text];
    std::size_t product = 1;
    for (const auto& [name, defined] : definitions) {
        std::size_t named = 0;
        for (std::size_t i = 0; i < words.size(); ++i) {
            const bool qualifies = i + 1 < words.size() && words[i + 1].is_sign('.');
            const bool qualified = i > 0 && words[i - 1].is_sign('.');
            if (words[i].is_name() && words[i].text == name && !qualifies && !qualified) ++named;
        }
        // Two of one name in different places may each be meant by every reference.
        const std::size_t references = std::max<std::size_t>(1, named - std::min(named, defined));
        for (std::size_t i = 0; i < defined && product < kEnough; ++i)
            product *= references;
    }
    return product;
}

}  // namespace mortise::storage
