#include "core/flags/numbers.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace mortise::flags {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The shortest digits that read back as the number, d1d2…dk times 10^(exponent - k).
struct Digits {
    std::array<char, 20> text{};
    int count = 0;
    int exponent = 0;
};

Digits shortest_digits(double positive) noexcept {
    std::array<char, 32> scientific{};
    const auto end = std::to_chars(scientific.data(), scientific.data() + scientific.size(), positive,
                                   std::chars_format::scientific)
                         .ptr;
    Digits digits;
    const char* at = scientific.data();
    for (; at != end && *at != 'e'; ++at)
        if (*at != '.') digits.text[static_cast<std::size_t>(digits.count++)] = *at;
    ++at;  // 'e'
    if (at != end && *at == '+') ++at;
    std::from_chars(at, end, digits.exponent);
    ++digits.exponent;
    return digits;
}

class Writer {
 public:
    explicit Writer(NumberBuffer& buffer) : buffer_(buffer) {}
    void put(char c) noexcept { buffer_[size_++] = c; }
    void put(const char* text, int count) noexcept {
        std::memcpy(buffer_.data() + size_, text, static_cast<std::size_t>(count));
        size_ += static_cast<std::size_t>(count);
    }
    void zeros(int count) noexcept {
        for (int i = 0; i < count; ++i)
            put('0');
    }
    std::string_view text() const noexcept { return {buffer_.data(), size_}; }

 private:
    NumberBuffer& buffer_;
    std::size_t size_ = 0;
};

void put_exponent(Writer& out, int exponent) noexcept {
    out.put('e');
    out.put(exponent < 0 ? '-' : '+');
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::abs(exponent)).ptr;
    out.put(digits.data(), static_cast<int>(end - digits.data()));
}

// Number::toString, steps 6 to 10; n is the exponent and k the count of digits.
void put_digits(Writer& out, const Digits& digits) noexcept {
    const int k = digits.count, n = digits.exponent;
    const char* const text = digits.text.data();
    if (k <= n && n <= 21) {
        out.put(text, k);
        out.zeros(n - k);
    } else if (0 < n && n <= 21) {
        out.put(text, n);
        out.put('.');
        out.put(text + n, k - n);
    } else if (-6 < n && n <= 0) {
        out.put('0');
        out.put('.');
        out.zeros(-n);
        out.put(text, k);
    } else {
        out.put(text[0]);
        if (k > 1) out.put('.');
        out.put(text + 1, k - 1);
        put_exponent(out, n - 1);
    }
}

// Length of the white space (or line end) that `text` begins with; 0 if there is none.
std::size_t space_at(std::string_view text) noexcept {
    if (text.empty()) return 0;
    const char c = text.front();
    if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
    if (text.starts_with("\xC2\xA0")) return 2;
    constexpr std::array<std::string_view, 8> kOthers{
        "\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
        "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF", {}};
    for (const auto other : kOthers)
        if (!other.empty() && text.starts_with(other)) return 3;
    const bool general = text.size() >= 3 && text.starts_with("\xE2\x80");  // U+2000 to U+200A
    return general && static_cast<unsigned char>(text[2]) <= 0x8A ? 3 : 0;
}

std::string_view trim_spaces(std::string_view text) noexcept {
    while (const auto length = space_at(text))
        text.remove_prefix(length);
    for (bool cut = true; cut && !text.empty();) {
        cut = false;
        for (const std::size_t length : {1U, 2U, 3U}) {
            if (length > text.size() || space_at(text.substr(text.size() - length)) != length) continue;
            text.remove_suffix(length);
            cut = true;
            break;
        }
    }
    return text;
}

bool all_digits(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Digits of a base that is a power of two, without a sign.
double parse_base(std::string_view digits, int base) noexcept {
    if (digits.empty()) return kNotANumber;
    double number = 0;
    for (const char c : digits) {
        const int digit = base::hex_digit(c);
        if (digit < 0 || digit >= base) return kNotANumber;
        number = number * base + digit;
    }
    return number;
}

// The parts of an unsigned decimal: digits, fraction, exponent.
struct Decimal {
    std::string_view whole;
    std::string_view fraction;
    long exponent = 0;
};

bool split_decimal(std::string_view text, Decimal& decimal) noexcept {
    const auto e = text.find_first_of("eE");
    const auto mantissa = text.substr(0, e);
    const auto dot = mantissa.find('.');
    decimal.whole = mantissa.substr(0, dot);
    if (dot != std::string_view::npos) decimal.fraction = mantissa.substr(dot + 1);
    if (!all_digits(decimal.whole) || !all_digits(decimal.fraction)) return false;
    if (decimal.whole.empty() && decimal.fraction.empty()) return false;
    if (e == std::string_view::npos) return true;
    auto exponent = text.substr(e + 1);
    const bool negative = exponent.starts_with('-');
    if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
    if (exponent.empty() || !all_digits(exponent)) return false;
    if (std::from_chars(exponent.data(), exponent.data() + exponent.size(), decimal.exponent).ec !=
        std::errc())
        decimal.exponent = std::numeric_limits<int>::max();
    if (negative) decimal.exponent = -decimal.exponent;
    return true;
}

// What a decimal is that no double holds: too large or too small.
double out_of_range(const Decimal& decimal) noexcept {
    const auto leading = decimal.whole.find_first_not_of('0');
    if (leading != std::string_view::npos)
        return static_cast<long>(decimal.whole.size() - leading) + decimal.exponent > 0 ? kInfinity : 0;
    const auto zeros = decimal.fraction.find_first_not_of('0');
    if (zeros == std::string_view::npos) return 0;
    return decimal.exponent > static_cast<long>(zeros) ? kInfinity : 0;
}

double parse_decimal(std::string_view text) noexcept {
    if (text == "Infinity") return kInfinity;
    Decimal decimal;
    if (!split_decimal(text, decimal)) return kNotANumber;
    double number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault == std::errc::result_out_of_range) return out_of_range(decimal);
    // ".5" and "5." are numbers of both, so nothing is left over.
    return fault == std::errc() && end == text.data() + text.size() ? number : kNotANumber;
}

}  // namespace

std::string_view number_to_text(double number, NumberBuffer& buffer) noexcept {
    Writer out(buffer);
    if (number == 0) {
        out.put('0');
        return out.text();
    }
    if (number < 0) out.put('-');
    put_digits(out, shortest_digits(std::abs(number)));
    return out.text();
}

double text_to_number(std::string_view text) noexcept {
    text = trim_spaces(text);
    if (text.empty()) return 0;
    if (text.size() > 2 && text[0] == '0') {
        const char prefix = base::ascii_lower(text[1]);
        if (prefix == 'x') return parse_base(text.substr(2), 16);
        if (prefix == 'o') return parse_base(text.substr(2), 8);
        if (prefix == 'b') return parse_base(text.substr(2), 2);
    }
    const bool negative = text.front() == '-';
    if (negative || text.front() == '+') text.remove_prefix(1);
    const double number = parse_decimal(text);
    return negative ? -number : number;
}

}  // namespace mortise::flags
