#pragma once

#include "core/flags/program.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace mortise::flags {

// How flagd's schema (targeting.json of flagd-schemas) wants the arguments of an operation.
enum class Arguments : std::uint8_t {
    kList,      // a list of min to max rules or values
    kOne,       // one, or a list of one
    kVar,       // a path, or a list of path and default
    kKeys,      // a list of strings
    kNeedKeys,  // a number and a list of strings
    kTexts,     // two strings or rules
    kVersions,  // a version, an operator, a version
    kShares,    // of `fractional`
    kOutside    // not in the schema, though JSONLogic has it
};

inline constexpr std::uint8_t kAny = std::numeric_limits<std::uint8_t>::max();

// One operation that rules may use.
struct Operator {
    std::string_view name;
    Op op;
    std::uint8_t aux = 0;
    Arguments arguments = Arguments::kList;
    std::uint8_t min = 0;  // of a list
    std::uint8_t max = kAny;
    // An argument that is no list, but whose value is one, stands for the whole list.
    bool spreads = false;
};

// Null if there is none of this name.
const Operator* find_operator(std::string_view name) noexcept;

}  // namespace mortise::flags
