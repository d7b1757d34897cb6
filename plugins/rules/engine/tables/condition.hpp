#pragma once

#include "feel/value.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Conditions of simple rules, as cells of a decision table.
namespace rules::tables {

enum class Operator : std::uint8_t {
    kEquals,
    kNotEquals,
    kLessThan,
    kAtMost,
    kGreaterThan,
    kAtLeast,
    kBetween,
    kIn,
    kNotIn,
    kStartsWith,
    kEndsWith,
    kContains,
    kMatches,
    kIsNull,
    kIsNotNull,
};

enum class Operands : std::uint8_t { kNone, kOne, kTwo, kMany };

struct OperatorInfo {
    std::string_view name;  // in JSON
    Operator kind;
    Operands operands;
    bool orders;   // compares by size, so that null and booleans are none of its values
    bool is_text;  // works on strings alone
};

// Null pointer if there is no such operator.
const OperatorInfo* find_operator(std::string_view name);
// All names, for messages.
std::string operator_names();

struct Condition {
    Operator kind = Operator::kEquals;
    std::vector<feel::Value> values;
};

// Unary tests that hold where all the conditions do; `-` if there are none.
std::string cell_of(std::span<const Condition> conditions);

}  // namespace rules::tables
