#pragma once

#include "dmn/explanation.hpp"
#include "feel/json.hpp"

#include <cstddef>
#include <string>

namespace rules {

// An explanation as the API shows it: `nodes` in the order in which they were finished, `missing_inputs`, and
// `complete`. Past so many bytes the later nodes are left out, and it is not complete.
std::string explanation_json(const dmn::Explanation& explanation, feel::JsonForm form,
                             std::size_t most_bytes = std::size_t{1} << 20);

}  // namespace rules
