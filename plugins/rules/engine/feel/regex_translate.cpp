// Regular expressions of XPath 3.1 in the terms of RE2. Both know much that the other doesn't, so that
// nothing is handed on that wasn't understood.
#include "feel/characters.hpp"
#include "feel/regex.hpp"

#include <unicode/uniset.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <optional>

namespace rules::feel {

namespace {

constexpr std::uint32_t kMaxNesting = 50;
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kEscapable = "\\|.?*+(){}-[]^$";

constexpr auto kCategories =
    std::to_array<std::string_view>({"L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc", "Me", "N",  "Nd",
                                     "Nl", "No", "P",  "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z",  "Zs",
                                     "Zl", "Zp", "S",  "Sm", "Sc", "Sk", "So", "C",  "Cc", "Cf", "Co", "Cn"});

// Of names in XML.
constexpr const char* kNameStart =
    "[:A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C-\\u200D\\u2070-\\u218F"
    "\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\U00010000-\\U000EFFFF";
constexpr const char* kNameMore = "\\-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040";

struct Flags {
    bool dot_all = false;
    bool lines = false;
    bool ignore_case = false;
    bool ignore_blanks = false;
    bool literal = false;
};

std::optional<Flags> parse_flags(std::string_view text) {
    Flags flags;
    for (const char c : text) {
        switch (c) {
            case 's':
                flags.dot_all = true;
                break;
            case 'm':
                flags.lines = true;
                break;
            case 'i':
                flags.ignore_case = true;
                break;
            case 'x':
                flags.ignore_blanks = true;
                break;
            case 'q':
                flags.literal = true;
                break;
            default:
                return std::nullopt;
        }
    }
    return flags;
}

void append_hex(std::string& out, std::int32_t point) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    out += "\\x{";
    for (int shift = 20; shift >= 0; shift -= 4)
        out += kDigits[(point >> shift) & 0xF];
    out += '}';
}

// A set as a class of RE2, which must not fold the case of what is folded already.
std::string class_of(const icu::UnicodeSet& set) {
    if (set.isEmpty()) return "[^\\x{0}-\\x{10FFFF}]";
    std::string out = "(?-i:[";
    for (std::int32_t i = 0; i < set.getRangeCount(); ++i) {
        append_hex(out, set.getRangeStart(i));
        out += '-';
        append_hex(out, set.getRangeEnd(i));
    }
    return out + "])";
}

icu::UnicodeSet set_of(const std::string& pattern, bool& valid) {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeSet set(icu::UnicodeString::fromUTF8(pattern), status);
    valid = U_SUCCESS(status) != 0;
    return set;
}

// Without the blanks that flag x allows: all but those in a class.
std::string without_blanks(std::string_view pattern) {
    std::string out;
    std::size_t classes = 0;
    bool escaped = false;
    for (const char c : pattern) {
        if (classes == 0 && kBlanks.find(c) != std::string_view::npos) continue;
        if (!escaped && c == '[') ++classes;
        if (!escaped && c == ']' && classes != 0) --classes;
        escaped = !escaped && c == '\\';
        out += c;
    }
    return out;
}

class Translator {
 public:
    Translator(std::string_view pattern, const Flags& flags) noexcept : rest_(pattern), flags_(flags) {}

    Result<TranslatedRegex> run() {
        result_.text = flags_.ignore_case ? "(?i)" : "";
        if (flags_.lines) result_.text += "(?m)";
        while (reason_.empty() && !rest_.empty())
            piece();
        if (reason_.empty() && !open_.empty()) fail("a group has no end");
        if (reason_.empty()) return std::move(result_);
        Fault fault;
        fault.reason = "the regular expression is not one of XPath: " + reason_;
        return fault;
    }

 private:
    void fail(std::string_view reason) {
        if (reason_.empty()) reason_ = reason;
    }

    bool take(std::string_view text) noexcept {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    char32_t take_point() noexcept {
        std::size_t length = 0;
        const auto point = next_code_point(rest_, length);
        rest_.remove_prefix(length);
        return point;
    }

    void piece() {
        const char c = rest_[0];
        switch (c) {
            case '\\':
                return escape();
            case '[': {
                take("[");
                const auto set = char_class();
                if (reason_.empty()) result_.text += class_of(set);
                return;
            }
            case '(':
                return open_group();
            case ')':
                return close_group();
            case '.':
                result_.text += flags_.dot_all ? "(?s:.)" : "[^\\n\\r]";
                break;
            case '{':
                return repetition();
            case '}':
            case ']':
                return fail("a bracket ends nothing");
            case '|':
            case '?':
            case '*':
            case '+':
            case '^':
            case '$':
                result_.text += c;
                break;
            default:
                return ordinary();
        }
        rest_.remove_prefix(1);
    }

    void ordinary() { append_hex(result_.text, static_cast<std::int32_t>(take_point())); }

    void open_group() {
        if (open_.size() >= kMaxNesting) return fail("groups are nested too deeply");
        take("(");
        const bool plain = take("?:");
        open_.push_back(plain ? 0 : ++groups_);
        if (!plain && rest_.starts_with('?')) return fail("a group begins with an unknown `?`");
        result_.text += plain ? "(?:" : "(";
    }

    void close_group() {
        if (open_.empty()) return fail("a bracket ends nothing");
        open_.pop_back();
        take(")");
        result_.text += ')';
    }

    // `{2}`, `{2,}` or `{2,3}`; RE2 takes anything else for characters.
    void repetition() {
        const auto end = rest_.find('}');
        const auto inner = rest_.substr(1, end == std::string_view::npos ? end : end - 1);
        const auto comma = std::min(inner.find(','), inner.size());
        const auto is_number = [](std::string_view text) {
            return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
        };
        const bool valid = end != std::string_view::npos && comma != 0 && is_number(inner.substr(0, comma)) &&
                           (comma == inner.size() || is_number(inner.substr(comma + 1)));
        if (!valid) return fail("a quantifier is none");
        result_.text += rest_.substr(0, end + 1);
        rest_.remove_prefix(end + 1);
    }

    void escape() {
        if (rest_.size() < 2) return fail("a `\\` escapes nothing");
        const char c = rest_[1];
        if (c >= '1' && c <= '9') return back_reference();
        if (const auto point = single_escape(c)) {
            rest_.remove_prefix(2);
            append_hex(result_.text, static_cast<std::int32_t>(*point));
            return;
        }
        const auto set = class_escape();
        if (reason_.empty()) result_.text += class_of(set);
    }

    // `\12` is the 12th group if there are so many before it, else the first and a `2`.
    void back_reference() {
        std::size_t group = 0;
        std::size_t length = 1;
        while (length < rest_.size() && rest_[length] >= '0' && rest_[length] <= '9') {
            const auto longer = group * 10 + static_cast<std::size_t>(rest_[length] - '0');
            if (group != 0 && longer > groups_) break;
            group = longer;
            ++length;
        }
        const bool open = std::find(open_.begin(), open_.end(), group) != open_.end();
        if (group > groups_ || open) return fail("a back-reference is to no group before it");
        rest_.remove_prefix(length);
        result_.refers_back = true;
        result_.text += "(?:\\" + std::to_string(group) + ")";
    }

    static std::optional<char32_t> single_escape(char c) noexcept {
        if (c == 'n') return '\n';
        if (c == 'r') return '\r';
        if (c == 't') return '\t';
        if (kEscapable.find(c) != std::string_view::npos) return static_cast<char32_t>(c);
        return std::nullopt;
    }

    // `\d`, `\p{Lu}` and like, at the `\`. A capital letter means all others.
    icu::UnicodeSet class_escape() {
        const char c = rest_[1];
        rest_.remove_prefix(2);
        const char lower = static_cast<char>(c | 0x20);
        std::string pattern;
        switch (lower) {
            case 'd':
                pattern = "[\\p{Nd}]";
                break;
            case 's':
                pattern = "[\\u0020\\t\\n\\r]";
                break;
            case 'w':
                pattern = "[^\\p{P}\\p{Z}\\p{C}]";
                break;
            case 'i':
                pattern = std::string(kNameStart) + "]";
                break;
            case 'c':
                pattern = std::string(kNameStart) + kNameMore + "]";
                break;
            case 'p':
                pattern = property();
                break;
            default:
                fail("an escape is unknown");
        }
        if (!reason_.empty()) return {};
        bool valid = false;
        auto set = set_of(pattern, valid);
        if (!valid) fail("a property of characters is unknown");
        if (c != lower) set.complement();
        return set;
    }

    // A category, or a block as `IsBasicLatin`.
    std::string property() {
        const auto end = rest_.find('}');
        if (!take("{") || end == std::string_view::npos) {
            fail("a property of characters has no name");
            return {};
        }
        const std::string name(rest_.substr(0, end - 1));
        rest_.remove_prefix(end);
        if (std::find(kCategories.begin(), kCategories.end(), name) != kCategories.end())
            return "[\\p{" + name + "}]";
        const bool block =
            name.starts_with("Is") && std::all_of(name.begin(), name.end(), [](char c) {
                return c == '-' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
            });
        if (!block) fail("a property of characters is unknown");
        return "[\\p{block=" + name.substr(std::min<std::size_t>(2, name.size())) + "}]";
    }

    // Behind the `[`, to its `]`.
    icu::UnicodeSet char_class() {
        icu::UnicodeSet set;
        if (++classes_ > kMaxNesting) fail("classes are nested too deeply");
        const bool negative = take("^");
        icu::UnicodeSet without;
        bool empty = true;
        while (reason_.empty() && !take("]")) {
            if (rest_.empty()) {
                fail("a class has no end");
            } else if (!empty && take("-[")) {
                without = char_class();
                if (!rest_.starts_with(']')) fail("a class goes on after what is taken from it");
            } else {
                class_part(set);
                empty = false;
            }
        }
        if (empty) fail("a class is empty");
        --classes_;
        if (flags_.ignore_case) set.closeOver(USET_CASE_INSENSITIVE);
        set.removeAllStrings();
        if (negative) set.complement();
        set.removeAll(without);
        return set;
    }

    void class_part(icu::UnicodeSet& set) {
        if (rest_[0] == '\\' && rest_.size() > 1 && !single_escape(rest_[1])) {
            set.addAll(class_escape());
            return;
        }
        const auto first = class_point();
        const bool range = rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']' && rest_[1] != '[';
        if (!range) {
            set.add(static_cast<UChar32>(first));
            return;
        }
        take("-");
        const auto last = class_point();
        if (last < first) return fail("a range of characters is empty");
        set.add(static_cast<UChar32>(first), static_cast<UChar32>(last));
    }

    char32_t class_point() {
        if (take("\\")) {
            const auto point = rest_.empty() ? std::nullopt : single_escape(rest_[0]);
            if (!point) {
                fail("an escape is unknown");
                return 0;
            }
            rest_.remove_prefix(1);
            return *point;
        }
        if (rest_[0] == '[') fail("a `[` stands in a class");
        return take_point();
    }

    std::string_view rest_;
    Flags flags_;
    TranslatedRegex result_;
    std::string reason_;
    std::vector<std::size_t> open_;  // numbers of the groups that are open; 0 of those without
    std::size_t groups_ = 0;
    std::uint32_t classes_ = 0;
};

std::string literal(std::string_view pattern, const Flags& flags) {
    std::string out = flags.ignore_case ? "(?i)" : "";
    for (std::size_t at = 0; at < pattern.size();)
        append_hex(out, static_cast<std::int32_t>(next_code_point(pattern, at)));
    return out;
}

}  // namespace

Result<TranslatedRegex> translate_regex(std::string_view pattern, std::string_view flags) {
    const auto parsed = parse_flags(flags);
    if (!parsed) {
        Fault fault;
        fault.reason = "a flag is none of s, m, i, x and q";
        return fault;
    }
    if (parsed->literal) return TranslatedRegex{literal(pattern, *parsed), false};
    if (!parsed->ignore_blanks) return Translator(pattern, *parsed).run();
    const auto text = without_blanks(pattern);
    return Translator(text, *parsed).run();
}

}  // namespace rules::feel
