#include "milestone_json.hpp"

#include "mortise/time.hpp"

namespace milestones {

using mortise::sdk::format_time;
using mortise::sdk::JsonWriter;

void write(JsonWriter& json, const Milestone& milestone) {
    json.begin_object().member("id", milestone.id.to_string()).member("key", milestone.key);
    json.member("title", milestone.title).member("description", milestone.description);
    json.member("owner", milestone.owner).member("due", milestone.due);
    json.member("status", name_of(milestone.status)).member("progress", milestone.progress());
    json.member("parent", milestone.parent).key("depends_on").begin_array();
    for (const std::string& key : milestone.depends_on)
        json.value(key);
    json.end_array().member("version", milestone.version);
    json.member("created_at", format_time(milestone.created_at));
    json.member("updated_at", format_time(milestone.updated_at)).key("completed_at");
    if (milestone.completed_at)
        json.value(format_time(*milestone.completed_at));
    else
        json.value(nullptr);
    json.end_object();
}

std::string to_json(const Milestone& milestone) {
    JsonWriter json;
    write(json, milestone);
    return std::move(json).text();
}

void write(JsonWriter& json, const Mention& mention) {
    json.begin_object().member("id", mention.id.to_string()).member("key", mention.key);
    json.member("title", mention.title).member("status", name_of(mention.status));
    json.member("due", mention.due).end_object();
}

}  // namespace milestones
