#pragma once

#include "feel/type.hpp"

#include <string>

namespace rules::feel {

// Why a type does not accept a value: "a context is no tLoan: `rate` is missing".
std::string refusal(const Type& type, const Value& value, Evaluation& evaluation);

}  // namespace rules::feel
