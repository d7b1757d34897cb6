#pragma once

#include "dmn/fault.hpp"
#include "dmn/limits.hpp"
#include "dmn/model.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rules::dmn {

// Reads a DMN document of any version from 1.1 to 1.5. Adds to `faults` whatever is wrong with its form; the
// result is none only if there is no `definitions` element to read. `source` names the document in faults.
std::optional<Definitions> read_definitions(std::string_view xml, const std::string& source,
                                            const Limits& limits, Faults& faults);

}  // namespace rules::dmn
