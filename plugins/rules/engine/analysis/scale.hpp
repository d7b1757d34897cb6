#pragma once

#include "feel/value.hpp"

#include <optional>
#include <string>

// Values of one kind in their order: numbers, strings, booleans, dates, times, dates with times, durations.
namespace rules::analysis {

bool is_scalar(feel::Value::Kind kind);

// Of two values of one scalar kind; times and dates with times both with a zone or both without.
bool before(const feel::Value& left, const feel::Value& right);

// A value strictly between two of a kind, if there is one: where there is a choice one that people would
// write. Null instead of an end is no end.
std::optional<feel::Value> between(feel::Value::Kind kind, const feel::Value& low, const feel::Value& high);

// Whether a time, or a date with a time, has a zone.
bool has_zone(const feel::Value& value);

// The value as a text of FEEL gives it: `"a"`, `date("2024-01-01")`.
std::string literal(const feel::Value& value);

}  // namespace rules::analysis
