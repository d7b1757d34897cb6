#pragma once

#include "tables/fault.hpp"
#include "tables/table.hpp"

#include <optional>
#include <string>

namespace rules::tables {

// A DMN 1.3 document, the version that most editors write, with one decision: the table, which gives it its
// name. Its inputs are those that the columns read, and a diagram shows them. None, with faults, if that
// can't be done.
std::optional<std::string> new_model(const Table& table, const std::string& description, Faults& faults);

}  // namespace rules::tables
