#pragma once

#include "analysis/analysis.hpp"
#include "mortise/json_writer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rules {

// The report as the API shows it; with `decision`, of the tables of that element alone.
std::string analysis_to_json(std::int64_t version, const analysis::Report& report,
                             std::optional<std::string_view> decision);

// What deserves a look in a model that is valid, as items of an array. Overlaps that the hit policy allows
// don't.
void write_warnings(mortise::sdk::JsonWriter& json, const analysis::Report& report);

// Whether some table of the report belongs to the element of this name or id.
bool has_decision(const analysis::Report& report, std::string_view decision);

}  // namespace rules
