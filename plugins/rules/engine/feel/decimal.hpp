#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rules::feel {

// A number of FEEL: IEEE 754-2008 decimal128 (34 digits), rounded half to even. It is always finite: what
// would be infinite or not a number is std::nullopt.
class Decimal {
 public:
    enum class Rounding : std::uint8_t { kHalfEven, kDown, kUp, kFloor, kCeiling, kHalfUp, kHalfDown };

    constexpr Decimal() = default;  // 0
    static Decimal of(std::int64_t integer) noexcept;
    static std::optional<Decimal> from_double(double number) noexcept;
    // Digits with an optional sign, point and exponent, and nothing else; of more than 34 digits the rest is
    // rounded.
    static std::optional<Decimal> parse(std::string_view text);

    static std::optional<Decimal> add(Decimal left, Decimal right) noexcept;
    static std::optional<Decimal> subtract(Decimal left, Decimal right) noexcept;
    static std::optional<Decimal> multiply(Decimal left, Decimal right) noexcept;
    static std::optional<Decimal> divide(Decimal left, Decimal right) noexcept;
    static std::optional<Decimal> power(Decimal base, Decimal exponent) noexcept;
    // With the sign of the divisor.
    static std::optional<Decimal> modulo(Decimal dividend, Decimal divisor) noexcept;
    static std::optional<Decimal> sqrt(Decimal of) noexcept;
    static std::optional<Decimal> exp(Decimal of) noexcept;
    static std::optional<Decimal> log(Decimal of) noexcept;

    Decimal negated() const noexcept;
    Decimal abs() const noexcept;
    // To `scale` digits after the point, which may be negative.
    std::optional<Decimal> rounded(std::int64_t scale, Rounding rounding) const noexcept;

    bool negative() const noexcept;  // below zero
    bool zero() const noexcept;
    bool integer() const noexcept;
    // The number, if it is an integer of 64 bits; or its whole part, if that is one.
    std::optional<std::int64_t> to_integer() const noexcept;
    std::optional<std::int64_t> truncated() const noexcept;
    double to_double() const noexcept;

    // Plain digits without trailing zeros, as FEEL's string() gives them.
    std::string to_string() const;
    // The same as a number of JSON; with an exponent where plain digits would be more than 40.
    std::string to_json() const;
    // Equal numbers have equal hashes.
    std::size_t hash() const noexcept;

    friend bool operator==(Decimal left, Decimal right) noexcept { return compare(left, right) == 0; }
    friend std::strong_ordering operator<=>(Decimal left, Decimal right) noexcept {
        return compare(left, right) <=> 0;
    }

    // The 16 bytes, low word first, as a Value keeps them.
    constexpr std::uint64_t low() const noexcept { return low_; }
    constexpr std::uint64_t high() const noexcept { return high_; }
    static constexpr Decimal from_words(std::uint64_t low, std::uint64_t high) noexcept {
        return Decimal(low, high);
    }

 private:
    constexpr Decimal(std::uint64_t low, std::uint64_t high) noexcept : low_(low), high_(high) {}
    static int compare(Decimal left, Decimal right) noexcept;

    std::uint64_t low_ = 0;
    std::uint64_t high_ = 0x3040000000000000;  // exponent 0
};

}  // namespace rules::feel
