#include "feel/decimal.hpp"
#include "feel/decimal_bits.hpp"

#include <algorithm>
#include <array>

// Numbers from text and to text.
namespace rules::feel {

namespace {

using namespace bits;

// Beyond these a text's exponent says zero or too large, whatever digits (at most 64 KiB of them) stand
// before it.
constexpr std::int64_t kMaxTextExponent = 100'000;
constexpr std::size_t kMaxPlainDigits = 40;

// The digits of a number's text: what stands before an exponent.
struct Text {
    std::string_view mantissa;
    std::size_t digits = 0;
    std::size_t fraction = 0;
    std::int64_t exponent = 0;
};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::optional<std::int64_t> parse_exponent(std::string_view text) {
    const bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    std::int64_t exponent = 0;
    for (const char c : text)
        exponent = std::min(exponent * 10 + (c - '0'), 2 * kMaxTextExponent);
    return negative ? -exponent : exponent;
}

std::optional<Text> split(std::string_view text) {
    Text result;
    std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    for (; at < text.size() && is_digit(text[at]); ++at)
        ++result.digits;
    if (at < text.size() && text[at] == '.') {
        for (++at; at < text.size() && is_digit(text[at]); ++at)
            ++result.fraction;
        if (result.fraction == 0) return std::nullopt;
    }
    result.digits += result.fraction;
    if (result.digits == 0) return std::nullopt;
    result.mantissa = text.substr(0, at);
    if (at == text.size()) return result;
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    const auto exponent = parse_exponent(text.substr(at + 1));
    if (!exponent) return std::nullopt;
    result.exponent = *exponent;
    return result;
}

Decimal parse_short(const Text& text) noexcept {
    std::uint64_t coefficient = 0;
    for (const char c : text.mantissa) {
        if (is_digit(c)) coefficient = coefficient * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return pack(text.mantissa[0] == '-', coefficient, -static_cast<int>(text.fraction));
}

std::optional<Decimal> parse_long(const Text& text) {
    std::string copy(text.mantissa);
    _IDEC_flags flags = 0;
    const auto mantissa = bid128_from_string(copy.data(), kNearestEven, &flags);
    if (text.exponent == 0) return checked(mantissa);
    if (raw(mantissa).zero()) return Decimal();
    if (text.exponent > kMaxTextExponent) return std::nullopt;
    if (text.exponent < -kMaxTextExponent) return Decimal();
    return checked(bid128_scalbn(mantissa, static_cast<int>(text.exponent), kNearestEven, &flags));
}

std::string digits_of(Uint128 coefficient) {
    std::array<char, kDigits + 6> buffer;
    auto* end = buffer.data() + buffer.size();
    auto* begin = end;
    do {
        *--begin = static_cast<char>('0' + static_cast<int>(coefficient % 10));
        coefficient /= 10;
    } while (coefficient != 0);
    return {begin, end};
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return std::nullopt;
    if (parts->digits <= 18 && parts->exponent == 0) return parse_short(*parts);
    return parse_long(*parts);
}

std::string Decimal::to_string() const {
    const auto [negative, coefficient, exponent] = reduced(*this);
    std::string digits = digits_of(coefficient);
    if (exponent >= 0) {
        digits.append(static_cast<std::size_t>(exponent), '0');
    } else {
        const auto fraction = static_cast<std::size_t>(-exponent);
        if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
        digits.insert(digits.size() - fraction, ".");
    }
    return negative ? "-" + digits : digits;
}

std::string Decimal::to_json() const {
    const auto [negative, coefficient, exponent] = reduced(*this);
    if (exponent > -static_cast<int>(kMaxPlainDigits) &&
        exponent <= static_cast<int>(kMaxPlainDigits) - kDigits)
        return to_string();
    return (negative ? "-" : "") + digits_of(coefficient) + "E" + std::to_string(exponent);
}

}  // namespace rules::feel
