#include "model_json.hpp"

#include "mortise/time.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace rules {
namespace {

using mortise::sdk::format_time;
using mortise::sdk::JsonWriter;

void member_time(JsonWriter& json, std::string_view name, const std::optional<std::int64_t>& time) {
    json.key(name);
    if (time)
        json.value(format_time(*time));
    else
        json.value(nullptr);
}

}  // namespace

void write_members(JsonWriter& json, const ModelRecord& model) {
    json.member("id", model.id.to_string()).member("key", model.key);
    json.member("layer", name_of(model.layer)).member("name", model.name).key("tags").begin_array();
    for (const std::string& tag : model.tags)
        json.value(tag);
    json.end_array().member("latest_version", model.latest_version).member("revision", model.revision);
    json.member("created_at", format_time(model.created_at));
    json.member("updated_at", format_time(model.updated_at));
}

void write(JsonWriter& json, const ModelRecord& model) {
    json.begin_object();
    write_members(json, model);
    json.end_object();
}

void write(JsonWriter& json, const VersionRecord& version) {
    json.begin_object().member("version", version.version).member("status", name_of(version.status));
    json.member("copy_of", version.copy_of);
    member_time(json, "valid_from", version.valid_from);
    member_time(json, "valid_to", version.valid_to);
    json.member("created_at", format_time(version.created_at));
    member_time(json, "published_at", version.published_at);
    json.key("published_by");
    if (version.published_by)
        json.value(version.published_by->to_string());
    else
        json.value(nullptr);
    json.end_object();
}

std::string to_json(const ModelRecord& model) {
    JsonWriter json;
    write(json, model);
    return std::move(json).text();
}

std::string files_to_json(const std::vector<SourceFile>& files) {
    JsonWriter json;
    json.begin_array();
    for (const SourceFile& file : files)
        json.begin_object().member("name", file.name).member("xml", file.xml).end_object();
    return std::move(json.end_array()).text();
}

std::vector<SourceFile> files_of_json(std::string_view json) {
    const auto document = nlohmann::json::parse(json);
    std::vector<SourceFile> files;
    for (const auto& file : document)
        files.push_back({file.at("name").get<std::string>(), file.at("xml").get<std::string>()});
    return files;
}

}  // namespace rules
