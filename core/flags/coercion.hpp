#pragma once

#include "core/flags/arena.hpp"
#include "core/flags/value.hpp"

#include <optional>
#include <string_view>

// How JSONLogic turns values into others: as JavaScript does, except that an array or an object is no number,
// and that what is no number is an error where a number is needed (as in flagd's own library).
namespace mortise::flags {

// Null, false, 0, "", an empty array and an empty object are not.
bool truthy(const Value& value) noexcept;

// Null is 0, booleans are 0 and 1; nothing if it is no number.
std::optional<double> to_number(const Value& value) noexcept;

// As in String(value): arrays are joined with commas, null within them is empty. Deeper than `kMaxTextDepth`
// or beyond the arena's limit: nothing.
inline constexpr int kMaxTextDepth = 64;
std::optional<std::string_view> to_text(const Value& value, Arena& arena) noexcept;

// `===`: of one type and equal; arrays and objects only to themselves.
bool strictly_equal(const Value& a, const Value& b) noexcept;

// Less than 0, 0 or more by the order of UTF-16 code units, as JavaScript compares strings.
int compare_text(std::string_view a, std::string_view b) noexcept;

enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

// The comparisons that convert. Two strings are compared as text; a string and null are never equal;
// everything else is compared as numbers, where null is equal to 0 and false only. Nothing if one of them is
// no number.
std::optional<bool> compare(Comparison comparison, const Value& a, const Value& b) noexcept;

}  // namespace mortise::flags
