#include "json_pieces.hpp"

#include "feel/json.hpp"

#include <algorithm>

namespace rules {
namespace {

class Cutter {
 public:
    explicit Cutter(std::string_view text) noexcept : text_(text) {}

    bool take(char expected) noexcept {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != expected) return false;
        ++at_;
        return true;
    }

    bool at_end() noexcept {
        skip_blanks();
        return at_ == text_.size();
    }

    // A string with its quotes; empty if there is none.
    std::string_view quoted() noexcept {
        skip_blanks();
        const std::size_t begin = at_;
        if (at_ >= text_.size() || text_[at_] != '"' || !skip_string()) return {};
        return text_.substr(begin, at_ - begin);
    }

    // Any value, up to the comma or the bracket that ends it; empty if there is none.
    std::string_view value() noexcept {
        skip_blanks();
        const std::size_t begin = at_;
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            const bool closes = c == '}' || c == ']';
            if (depth == 0 && (closes || c == ',')) break;
            if (c == '"') {
                if (!skip_string()) return {};
                continue;
            }
            if (c == '{' || c == '[') ++depth;
            if (closes) --depth;
            ++at_;
        }
        return depth == 0 ? trimmed(text_.substr(begin, at_ - begin)) : std::string_view();
    }

 private:
    static bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

    static std::string_view trimmed(std::string_view text) noexcept {
        while (!text.empty() && is_blank(text.back()))
            text.remove_suffix(1);
        return text;
    }

    void skip_blanks() noexcept {
        while (at_ < text_.size() && is_blank(text_[at_]))
            ++at_;
    }

    // From its first quote to behind its last; false if it has no end.
    bool skip_string() noexcept {
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\') {
                ++at_;
            } else if (text_[at_] == '"') {
                ++at_;
                return true;
            }
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::optional<std::string> unquoted(std::string_view quoted) {
    const auto name = feel::read_json(quoted);
    if (!name || !name->is_string()) return std::nullopt;
    return std::string(name->as_string());
}

bool names_differ(const std::vector<JsonMember>& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const JsonMember& member : members)
        names.push_back(member.name);
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) == names.end();
}

}  // namespace

std::optional<std::vector<JsonMember>> json_members(std::string_view text) {
    Cutter cutter(text);
    std::vector<JsonMember> members;
    if (!cutter.take('{')) return std::nullopt;
    if (!cutter.take('}')) {
        do {
            auto name = unquoted(cutter.quoted());
            if (!name || !cutter.take(':')) return std::nullopt;
            const std::string_view value = cutter.value();
            if (value.empty()) return std::nullopt;
            members.push_back({*std::move(name), value});
        } while (cutter.take(','));
        if (!cutter.take('}')) return std::nullopt;
    }
    if (!cutter.at_end() || !names_differ(members)) return std::nullopt;
    return members;
}

std::optional<std::vector<std::string_view>> json_items(std::string_view text) {
    Cutter cutter(text);
    std::vector<std::string_view> items;
    if (!cutter.take('[')) return std::nullopt;
    if (!cutter.take(']')) {
        do {
            items.push_back(cutter.value());
            if (items.back().empty()) return std::nullopt;
        } while (cutter.take(','));
        if (!cutter.take(']')) return std::nullopt;
    }
    if (!cutter.at_end()) return std::nullopt;
    return items;
}

}  // namespace rules
