#pragma once

#include <array>
#include <cstddef>
#include <string_view>

// Numbers and text as ECMAScript turns one into the other (ECMA-262: 6.1.6.1.20 Number::toString, 7.1.4.1
// ToNumber of a string), since JSONLogic is defined by JavaScript's conversions.
namespace mortise::flags {

// The longest is "-1.7976931348623157e+308"; plain notation has at most 21 digits and a fraction's zeros.
using NumberBuffer = std::array<char, 32>;

// The text of a finite number in `buffer`: "1", "0.1", "1e+21"; "0" for both zeros.
std::string_view number_to_text(double number, NumberBuffer& buffer) noexcept;

// NaN if the text is no number. White space around it is left out, an empty text is 0; 0x, 0o and 0b have
// their bases; "Infinity" is one.
double text_to_number(std::string_view text) noexcept;

}  // namespace mortise::flags
