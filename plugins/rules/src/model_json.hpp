#pragma once

#include "model.hpp"
#include "mortise/json_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rules {

// Its members alone, into an object that has been begun.
void write_members(mortise::sdk::JsonWriter& json, const ModelRecord& model);
void write(mortise::sdk::JsonWriter& json, const ModelRecord& model);
void write(mortise::sdk::JsonWriter& json, const VersionRecord& version);
std::string to_json(const ModelRecord& model);

// As a version's sources are stored: [{"name", "xml"}].
std::string files_to_json(const std::vector<SourceFile>& files);
std::vector<SourceFile> files_of_json(std::string_view json);

}  // namespace rules
