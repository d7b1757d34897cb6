#pragma once

#include "feel/evaluation.hpp"
#include "feel/value.hpp"

// `+`, `-`, `*`, `/` and `**` of DMN 1.5, tables 55 to 59. Null with a note where they aren't defined.
namespace rules::feel {

Value add(const Value& left, const Value& right, Evaluation& evaluation);
Value subtract(const Value& left, const Value& right, Evaluation& evaluation);
Value multiply(const Value& left, const Value& right, Evaluation& evaluation);
Value divide(const Value& left, const Value& right, Evaluation& evaluation);
Value power(const Value& left, const Value& right, Evaluation& evaluation);
Value negate(const Value& operand, Evaluation& evaluation);

}  // namespace rules::feel
