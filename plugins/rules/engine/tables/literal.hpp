#pragma once

#include "feel/value.hpp"

#include <string>

namespace rules::tables {

// A value as FEEL text that evaluates to it, in what all engines read: temporals by the functions that make
// them. Functions have no literal, and become null.
std::string feel_literal(const feel::Value& value);

}  // namespace rules::tables
