#pragma once

#include "dmn/engine.hpp"
#include "model.hpp"

#include <string>
#include <vector>

namespace rules {

// {"items": [{"kind", "id", "name", "input_schema", "result_schema"}]} of the model's own decisions and
// decision services; the schemas are JSON Schema 2020-12, made of the item definitions.
std::string decisions_to_json(const dmn::Model& model, const std::vector<SourceFile>& files);

}  // namespace rules
