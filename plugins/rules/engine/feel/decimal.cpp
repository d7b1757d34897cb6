#include "feel/decimal.hpp"

#include "feel/decimal_bits.hpp"

#include <bit>
#include <cmath>
#include <cstdlib>

namespace rules::feel {

namespace bits {

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

}  // namespace bits

namespace {

using namespace bits;

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
