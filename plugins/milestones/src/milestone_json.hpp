#pragma once

#include "milestone.hpp"
#include "milestone_repository.hpp"
#include "mortise/json_writer.hpp"

#include <string>
#include <vector>

// Milestones as JSON.
namespace milestones {

void write(mortise::sdk::JsonWriter& json, const Milestone& milestone);
std::string to_json(const Milestone& milestone);
void write(mortise::sdk::JsonWriter& json, const Mention& mention);

}  // namespace milestones
