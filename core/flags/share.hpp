#pragma once

#include "core/flags/value.hpp"

namespace mortise::flags {

// All weights of a `fractional` together are at most this.
inline constexpr double kMaxTotalWeight = 2'147'483'647;

// One entry of a `fractional`.
struct Share {
    Value variant;
    double weight = 1;  // whole, not negative
};

// Reads [variant] or [variant, weight]; a negative weight counts as none. False if it is neither: a variant
// is a scalar, and a weight a whole number.
bool read_share(const Value& entry, Share& share) noexcept;

}  // namespace mortise::flags
