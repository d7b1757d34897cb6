#include "tests/support/plugin_host/request_target.hpp"

#include <algorithm>
#include <stdexcept>

namespace mortise::test {
namespace {

int digit_of(char c) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    const std::size_t digit = kDigits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c));
    if (digit == std::string_view::npos) throw std::runtime_error("a target's % has no two digits behind it");
    return static_cast<int>(digit);
}

std::string decode_percent(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const std::string_view digits = text.substr(i + 1, 2);
        decoded += static_cast<char>(digit_of(digits.at(0)) * 16 + digit_of(digits.at(1)));
        i += 2;
    }
    return decoded;
}

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = std::min(text.find(by), text.size());
        parts.push_back(text.substr(0, end));
        if (end == text.size()) return parts;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

RequestTarget parse_target(std::string_view target) {
    const std::size_t mark = std::min(target.find('?'), target.size());
    RequestTarget parsed{std::string(target.substr(0, mark)), {}};
    if (mark == target.size()) return parsed;
    for (const std::string_view part : split(target.substr(mark + 1), '&')) {
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::size_t value = std::min(equals + 1, part.size());
        parsed.query.emplace_back(decode_percent(part.substr(0, equals)), decode_percent(part.substr(value)));
    }
    return parsed;
}

std::optional<Pairs> match_pattern(std::string_view pattern, std::string_view path) {
    const auto wanted = split(pattern, '/');
    const auto given = split(path, '/');
    if (wanted.size() != given.size()) return std::nullopt;
    Pairs found;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i].starts_with('{'))
            found.emplace_back(wanted[i].substr(1, wanted[i].size() - 2), decode_percent(given[i]));
        else if (wanted[i] != given[i])
            return std::nullopt;
    }
    return found;
}

std::vector<mortise_pair> views_of(const Pairs& pairs) {
    std::vector<mortise_pair> views;
    for (const auto& [name, value] : pairs)
        views.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
    return views;
}

}  // namespace mortise::test
