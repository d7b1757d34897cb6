#pragma once

#include "licenses/document/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::issuer {

// An amount of money, exact to four places: "1200.00 EUR".
struct Money {
    std::int64_t ten_thousandths = 0;
    std::string currency;  // three capital letters
};

// nullopt unless it is a number that isn't negative, of at most 11 digits before and 4 after the point, a
// space, and three capital letters.
std::optional<Money> parse_money(std::string_view text);
// Two places after the point, rounded half to even.
std::string format_amount(std::int64_t ten_thousandths);

// What an amount for `term` seconds is for 365 days, rounded half to even.
std::int64_t for_a_year(std::int64_t ten_thousandths, licenses::Seconds term);

}  // namespace mortise::issuer
