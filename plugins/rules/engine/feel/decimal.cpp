#include "feel/decimal.hpp"

#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0

#include <bid_conf.h>
#include <bid_functions.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <functional>

namespace rules::feel {

namespace {

__extension__ using Uint128 = unsigned __int128;

constexpr std::uint64_t kSign = 0x8000000000000000;
constexpr std::uint64_t kCoefficientMask = 0x0001FFFFFFFFFFFF;
constexpr int kExponentShift = 49;
constexpr int kExponentBias = 6176;
constexpr int kMaxExponent = 6111;
constexpr int kMinExponent = -6176;
constexpr int kDigits = 34;
// Beyond these a text's exponent says zero or too large, whatever digits (at most 64 KiB of them) stand
// before it.
constexpr std::int64_t kMaxTextExponent = 100'000;
constexpr std::size_t kMaxPlainDigits = 40;

// The library's rounding modes.
constexpr unsigned kNearestEven = 0;
constexpr unsigned kTowardNegative = 1;
constexpr unsigned kTowardPositive = 2;
constexpr unsigned kTowardZero = 3;
constexpr unsigned kNearestAway = 4;

// Sign, coefficient and exponent of a finite number in its canonical form.
struct Parts {
    bool negative;
    Uint128 coefficient;
    int exponent;
};

bool finite(std::uint64_t high) noexcept {
    return (high & 0x7800000000000000) != 0x7800000000000000;
}

Parts parts_of(Decimal number) noexcept {
    const auto high = number.high();
    return {(high & kSign) != 0, (Uint128{high & kCoefficientMask} << 64) | number.low(),
            static_cast<int>((high >> kExponentShift) & 0x3FFF) - kExponentBias};
}

Decimal pack(bool negative, std::uint64_t coefficient, int exponent) noexcept {
    const auto biased = static_cast<std::uint64_t>(exponent + kExponentBias);
    return Decimal::from_words(coefficient, (negative ? kSign : 0) | (biased << kExponentShift));
}

BID_UINT128 bid(Decimal number) noexcept {
    BID_UINT128 result;
    result.w[0] = number.low();
    result.w[1] = number.high();
    return result;
}

Decimal raw(const BID_UINT128& number) noexcept {
    return Decimal::from_words(number.w[0], number.w[1]);
}

std::optional<Decimal> checked(const BID_UINT128& number) noexcept {
    if (!finite(number.w[1])) return std::nullopt;
    return raw(number);
}

// A number whose coefficient fits into `Bits` bits, as most do; then arithmetic needs no library.
template <int Bits>
bool is_small(Decimal number) noexcept {
    return (number.high() & kCoefficientMask) == 0 && (number.low() >> Bits) == 0;
}

std::uint64_t exponent_bits(Decimal number) noexcept {
    return number.high() & ~kSign & ~kCoefficientMask;
}

// Of two small numbers with one exponent.
Decimal add_small(Decimal left, Decimal right) noexcept {
    const auto signed_of = [](Decimal number) {
        const auto magnitude = static_cast<std::int64_t>(number.low());
        return (number.high() & kSign) != 0 ? -magnitude : magnitude;
    };
    const auto sum = signed_of(left) + signed_of(right);
    return Decimal::from_words(static_cast<std::uint64_t>(std::abs(sum)),
                               exponent_bits(left) | (sum < 0 ? kSign : 0));
}

// Without trailing zeros, so that equal numbers have equal parts.
Parts reduced(Decimal number) noexcept {
    auto parts = parts_of(number);
    if (parts.coefficient == 0) return {false, 0, 0};
    while (parts.coefficient > UINT64_MAX && parts.coefficient % 10 == 0) {
        parts.coefficient /= 10;
        ++parts.exponent;
    }
    if (parts.coefficient > UINT64_MAX) return parts;
    auto low = static_cast<std::uint64_t>(parts.coefficient);
    for (; low % 10 == 0; low /= 10)
        ++parts.exponent;
    parts.coefficient = low;
    return parts;
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

// 10^-scale as a number of coefficient 1, by which `quantize` knows where to round.
std::optional<Decimal> unit_of(std::int64_t scale) noexcept {
    if (scale < -kMaxExponent || scale > -kMinExponent) return std::nullopt;
    return pack(false, 1, static_cast<int>(-scale));
}

unsigned mode_of(Decimal::Rounding rounding, bool negative) noexcept {
    switch (rounding) {
        case Decimal::Rounding::kHalfEven:
            return kNearestEven;
        case Decimal::Rounding::kUp:
            return negative ? kTowardNegative : kTowardPositive;
        case Decimal::Rounding::kFloor:
            return kTowardNegative;
        case Decimal::Rounding::kCeiling:
            return kTowardPositive;
        case Decimal::Rounding::kHalfUp:
            return kNearestAway;
        case Decimal::Rounding::kDown:
        case Decimal::Rounding::kHalfDown:
            break;
    }
    return kTowardZero;
}

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

// Base to a small whole power, exact while 34 digits hold it.
std::optional<Decimal> power_by_squares(Decimal base, std::int64_t exponent) noexcept {
    std::optional<Decimal> result = Decimal::of(1);
    for (auto left = exponent; left != 0; left /= 2) {
        if (left % 2 != 0) result = Decimal::multiply(*result, base);
        if (!result || left == 1) return result;
        const auto square = Decimal::multiply(base, base);
        if (!square) return std::nullopt;
        base = *square;
    }
    return result;
}

constexpr std::int64_t kMaxSquaredPower = 4096;

}  // namespace

Decimal Decimal::of(std::int64_t integer) noexcept {
    const auto magnitude =
        integer < 0 ? 0 - static_cast<std::uint64_t>(integer) : static_cast<std::uint64_t>(integer);
    return pack(integer < 0, magnitude, 0);
}

std::optional<Decimal> Decimal::from_double(double number) noexcept {
    if (!std::isfinite(number)) return std::nullopt;
    _IDEC_flags flags = 0;
    return checked(binary64_to_bid128(number, kNearestEven, &flags));
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return std::nullopt;
    if (parts->digits <= 18 && parts->exponent == 0) return parse_short(*parts);
    return parse_long(*parts);
}

std::optional<Decimal> Decimal::add(Decimal left, Decimal right) noexcept {
    if (is_small<62>(left) && is_small<62>(right) && exponent_bits(left) == exponent_bits(right))
        return add_small(left, right);
    _IDEC_flags flags = 0;
    return checked(bid128_add(bid(left), bid(right), kNearestEven, &flags));
}

std::optional<Decimal> Decimal::subtract(Decimal left, Decimal right) noexcept {
    return add(left, right.negated());
}

std::optional<Decimal> Decimal::multiply(Decimal left, Decimal right) noexcept {
    if (is_small<32>(left) && is_small<32>(right)) {
        const auto a = parts_of(left);
        const auto b = parts_of(right);
        const auto exponent = a.exponent + b.exponent;
        if (exponent >= kMinExponent && exponent <= kMaxExponent)
            return pack(a.negative != b.negative, left.low_ * right.low_, exponent);
    }
    _IDEC_flags flags = 0;
    return checked(bid128_mul(bid(left), bid(right), kNearestEven, &flags));
}

std::optional<Decimal> Decimal::divide(Decimal left, Decimal right) noexcept {
    if (right.zero()) return std::nullopt;
    _IDEC_flags flags = 0;
    return checked(bid128_div(bid(left), bid(right), kNearestEven, &flags));
}

std::optional<Decimal> Decimal::power(Decimal base, Decimal exponent) noexcept {
    if (base.zero() && exponent.negative()) return std::nullopt;
    const auto whole = exponent.to_integer();
    if (whole && *whole >= 0 && *whole <= kMaxSquaredPower) return power_by_squares(base, *whole);
    if (whole && *whole < 0 && *whole >= -kMaxSquaredPower) {
        const auto inverse = power_by_squares(base, -*whole);
        return inverse ? divide(of(1), *inverse) : Decimal();
    }
    _IDEC_flags flags = 0;
    return checked(bid128_pow(bid(base), bid(exponent), kNearestEven, &flags));
}

std::optional<Decimal> Decimal::modulo(Decimal dividend, Decimal divisor) noexcept {
    if (divisor.zero()) return std::nullopt;
    _IDEC_flags flags = 0;
    const auto rest = checked(bid128_fmod(bid(dividend), bid(divisor), &flags));
    if (!rest || rest->zero() || rest->negative() == divisor.negative()) return rest;
    return add(*rest, divisor);
}

std::optional<Decimal> Decimal::sqrt(Decimal of) noexcept {
    _IDEC_flags flags = 0;
    return checked(bid128_sqrt(bid(of), kNearestEven, &flags));
}

std::optional<Decimal> Decimal::exp(Decimal of) noexcept {
    _IDEC_flags flags = 0;
    return checked(bid128_exp(bid(of), kNearestEven, &flags));
}

std::optional<Decimal> Decimal::log(Decimal of) noexcept {
    if (of.zero()) return std::nullopt;
    _IDEC_flags flags = 0;
    return checked(bid128_log(bid(of), kNearestEven, &flags));
}

Decimal Decimal::negated() const noexcept {
    return Decimal(low_, high_ ^ kSign);
}

Decimal Decimal::abs() const noexcept {
    return Decimal(low_, high_ & ~kSign);
}

std::optional<Decimal> Decimal::rounded(std::int64_t scale, Rounding rounding) const noexcept {
    const auto unit = unit_of(scale);
    if (!unit) return std::nullopt;
    // What has no digits beyond the scale stays; quantize would need more than 34 digits for some of it.
    if (parts_of(*this).exponent >= -scale) return *this;
    _IDEC_flags flags = 0;
    const auto result =
        checked(bid128_quantize(bid(*this), bid(*unit), mode_of(rounding, negative()), &flags));
    if (!result || rounding != Rounding::kHalfDown) return result;
    const auto half = pack(false, 5, static_cast<int>(-scale) - 1);
    const auto rest = subtract(abs(), result->abs());
    if (!rest || *rest <= half) return result;
    return add(*result, negative() ? unit->negated() : *unit);
}

bool Decimal::negative() const noexcept {
    return (high_ & kSign) != 0 && !zero();
}

bool Decimal::zero() const noexcept {
    return low_ == 0 && (high_ & kCoefficientMask) == 0;
}

bool Decimal::integer() const noexcept {
    return zero() || parts_of(*this).exponent >= 0 || reduced(*this).exponent >= 0;
}

std::optional<std::int64_t> Decimal::to_integer() const noexcept {
    if (!integer()) return std::nullopt;
    return truncated();
}

std::optional<std::int64_t> Decimal::truncated() const noexcept {
    if (is_small<63>(*this) && exponent_bits(*this) == exponent_bits(Decimal())) {
        const auto magnitude = static_cast<std::int64_t>(low_);
        return (high_ & kSign) != 0 ? -magnitude : magnitude;
    }
    _IDEC_flags flags = 0;
    const auto result = bid128_to_int64_int(bid(*this), &flags);
    if ((flags & BID_INVALID_EXCEPTION) != 0) return std::nullopt;
    return result;
}

double Decimal::to_double() const noexcept {
    _IDEC_flags flags = 0;
    return bid128_to_binary64(bid(*this), kNearestEven, &flags);
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

std::size_t Decimal::hash() const noexcept {
    const auto [negative, coefficient, exponent] = reduced(*this);
    std::uint64_t mixed = static_cast<std::uint64_t>(coefficient) * 0x9E3779B97F4A7C15;
    mixed ^= std::rotl(static_cast<std::uint64_t>(coefficient >> 64), 17) * 0xC2B2AE3D27D4EB4F;
    mixed ^= static_cast<std::uint64_t>(exponent) * 0x165667B19E3779F9;
    mixed ^= mixed >> 29;
    return negative ? ~mixed : mixed;
}

int Decimal::compare(Decimal left, Decimal right) noexcept {
    if (exponent_bits(left) == exponent_bits(right)) {
        const auto a = parts_of(left);
        const auto b = parts_of(right);
        if (a.negative == b.negative) {
            if (a.coefficient == b.coefficient) return 0;
            return (a.coefficient < b.coefficient) != a.negative ? -1 : 1;
        }
        if (a.coefficient == 0 && b.coefficient == 0) return 0;
        return a.negative ? -1 : 1;
    }
    _IDEC_flags flags = 0;
    if (bid128_quiet_equal(bid(left), bid(right), &flags) != 0) return 0;
    return bid128_quiet_less(bid(left), bid(right), &flags) != 0 ? -1 : 1;
}

}  // namespace rules::feel
