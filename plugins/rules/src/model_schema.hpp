#pragma once

#include "dmn/engine.hpp"
#include "model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rules {

// {"items": [{"kind", "id", "name", "input_schema", "result_schema"}]} of the model's own decisions and
// decision services, or of the one with the index `only`; the schemas are JSON Schema 2020-12, made of the
// item definitions.
std::string decisions_to_json(const dmn::Model& model, const std::vector<SourceFile>& files,
                              std::optional<std::uint32_t> only = std::nullopt);

}  // namespace rules
