#include "core/flags/sem_ver.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxVersion = 256;
constexpr std::uint64_t kMaxPart = (std::uint64_t{1} << 53) - 1;

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_identifier_char(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool numeric(std::string_view identifier) noexcept {
    return std::all_of(identifier.begin(), identifier.end(), is_digit);
}

// Takes a number without leading zeros off the front.
bool take_number(std::string_view& text, std::uint64_t& number) noexcept {
    std::size_t digits = 0;
    number = 0;
    for (; digits < text.size() && is_digit(text[digits]); ++digits) {
        number = number * 10 + static_cast<std::uint64_t>(text[digits] - '0');
        if (number > kMaxPart) return false;
    }
    if (digits == 0 || (digits > 1 && text.front() == '0')) return false;
    text.remove_prefix(digits);
    return true;
}

bool take(std::string_view& text, char c) noexcept {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

// Takes one identifier off a list that dots separate.
std::string_view next_identifier(std::string_view& list) noexcept {
    const auto dot = list.find('.');
    const auto identifier = list.substr(0, dot);
    list.remove_prefix(dot == std::string_view::npos ? list.size() : dot + 1);
    return identifier;
}

// Identifiers separated by dots, none empty; in a prerelease a number has no leading zeros.
bool valid_identifiers(std::string_view list, bool prerelease) noexcept {
    if (list.empty() || list.back() == '.') return false;
    while (!list.empty()) {
        const auto identifier = next_identifier(list);
        if (identifier.empty() || !std::all_of(identifier.begin(), identifier.end(), is_identifier_char))
            return false;
        if (prerelease && identifier.size() > 1 && identifier.front() == '0' && numeric(identifier))
            return false;
    }
    return true;
}

int order(std::uint64_t a, std::uint64_t b) noexcept {
    return a < b ? -1 : a > b ? 1 : 0;
}

// Numbers without leading zeros: the longer is the greater. A number comes before what is none.
int compare_identifiers(std::string_view a, std::string_view b) noexcept {
    const bool a_numeric = numeric(a), b_numeric = numeric(b);
    if (a_numeric != b_numeric) return a_numeric ? -1 : 1;
    if (a_numeric && a.size() != b.size()) return order(a.size(), b.size());
    return a.compare(b);
}

int compare_prereleases(std::string_view a, std::string_view b) noexcept {
    if (a.empty() || b.empty()) return order(b.size(), a.size());  // a release comes after its prereleases
    while (!a.empty() && !b.empty()) {
        if (const int found = compare_identifiers(next_identifier(a), next_identifier(b)); found != 0)
            return found;
    }
    return order(a.size(), b.size());
}

}  // namespace

std::optional<SemVer> parse_sem_ver(std::string_view text) noexcept {
    if (text.size() > kMaxVersion) return std::nullopt;
    if (text.starts_with('v') || text.starts_with('V')) text.remove_prefix(1);
    SemVer version;
    if (!take_number(text, version.major)) return std::nullopt;
    if (text.empty()) return version;
    if (!take(text, '.') || !take_number(text, version.minor)) return std::nullopt;
    if (text.empty()) return version;
    if (!take(text, '.') || !take_number(text, version.patch)) return std::nullopt;
    if (const auto plus = text.find('+'); plus != std::string_view::npos) {
        if (!valid_identifiers(text.substr(plus + 1), false)) return std::nullopt;
        text = text.substr(0, plus);
    }
    if (text.empty()) return version;
    if (!take(text, '-') || !valid_identifiers(text, true)) return std::nullopt;
    version.prerelease = text;
    return version;
}

int compare_sem_ver(const SemVer& a, const SemVer& b) noexcept {
    if (a.major != b.major) return order(a.major, b.major);
    if (a.minor != b.minor) return order(a.minor, b.minor);
    if (a.patch != b.patch) return order(a.patch, b.patch);
    return compare_prereleases(a.prerelease, b.prerelease);
}

std::optional<SemVerOperator> parse_sem_ver_operator(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 8> kNames{"=", "!=", "<", "<=", ">", ">=", "^", "~"};
    const auto found = std::find(kNames.begin(), kNames.end(), text);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<SemVerOperator>(found - kNames.begin());
}

bool holds(SemVerOperator comparison, const SemVer& a, const SemVer& b) noexcept {
    switch (comparison) {
        case SemVerOperator::kEqual:
            return compare_sem_ver(a, b) == 0;
        case SemVerOperator::kNotEqual:
            return compare_sem_ver(a, b) != 0;
        case SemVerOperator::kLess:
            return compare_sem_ver(a, b) < 0;
        case SemVerOperator::kLessOrEqual:
            return compare_sem_ver(a, b) <= 0;
        case SemVerOperator::kGreater:
            return compare_sem_ver(a, b) > 0;
        case SemVerOperator::kGreaterOrEqual:
            return compare_sem_ver(a, b) >= 0;
        case SemVerOperator::kSameMajor:
            return a.major == b.major;
        case SemVerOperator::kSameMinor:
            return a.major == b.major && a.minor == b.minor;
    }
    return false;
}

}  // namespace mortise::flags
