#pragma once

#include "tables/fault.hpp"
#include "tables/table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rules::tables {

// What a table reads: an input, or a part of one (`customer.age` is a part of `customer`).
struct InputNode {
    std::string name;
    std::string type;  // of one without parts; empty if it is not known
    std::vector<InputNode> parts;
};

// The inputs that the table's columns read by name. None, with faults, if an expression is more than a name
// or path, or a name stands for a value and for what has parts.
std::optional<std::vector<InputNode>> inputs_of(const Table& table, Faults& faults);

}  // namespace rules::tables
