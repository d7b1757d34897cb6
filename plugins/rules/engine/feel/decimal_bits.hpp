#pragma once

#include "feel/decimal.hpp"

#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0

#include <bid_conf.h>
#include <bid_functions.h>

#include <cstdint>
#include <optional>

// How a Decimal's bits are laid out, and how it goes to Intel's library and back. For decimal*.cpp alone.
namespace rules::feel::bits {

__extension__ using Uint128 = unsigned __int128;

constexpr std::uint64_t kSign = 0x8000000000000000;
constexpr std::uint64_t kCoefficientMask = 0x0001FFFFFFFFFFFF;
constexpr int kExponentShift = 49;
constexpr int kExponentBias = 6176;
constexpr int kMaxExponent = 6111;
constexpr int kMinExponent = -6176;
constexpr int kDigits = 34;

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

inline bool finite(std::uint64_t high) noexcept {
    return (high & 0x7800000000000000) != 0x7800000000000000;
}

inline Parts parts_of(Decimal number) noexcept {
    const auto high = number.high();
    return {(high & kSign) != 0, (Uint128{high & kCoefficientMask} << 64) | number.low(),
            static_cast<int>((high >> kExponentShift) & 0x3FFF) - kExponentBias};
}

inline Decimal pack(bool negative, std::uint64_t coefficient, int exponent) noexcept {
    const auto biased = static_cast<std::uint64_t>(exponent + kExponentBias);
    return Decimal::from_words(coefficient, (negative ? kSign : 0) | (biased << kExponentShift));
}

inline BID_UINT128 bid(Decimal number) noexcept {
    BID_UINT128 result;
    result.w[0] = number.low();
    result.w[1] = number.high();
    return result;
}

inline Decimal raw(const BID_UINT128& number) noexcept {
    return Decimal::from_words(number.w[0], number.w[1]);
}

inline std::optional<Decimal> checked(const BID_UINT128& number) noexcept {
    if (!finite(number.w[1])) return std::nullopt;
    return raw(number);
}

// Without trailing zeros, so that equal numbers have equal parts.
Parts reduced(Decimal number) noexcept;

}  // namespace rules::feel::bits
