#include "table_json.hpp"

#include "mortise/json_writer.hpp"
#include "tables/model_tables.hpp"

#include <utility>

namespace rules {
namespace {

using mortise::sdk::JsonWriter;

void write_policy(JsonWriter& json, const tables::Table& table) {
    json.member("hit_policy", tables::name_of(table.hit_policy)).key("aggregation");
    if (table.aggregation == dmn::Aggregation::kNone)
        json.value(nullptr);
    else
        json.value(tables::name_of(table.aggregation));
}

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
    json.key(name).begin_array();
    for (const std::string& text : texts)
        json.value(text);
    json.end_array();
}

void write_columns(JsonWriter& json, const tables::Table& table) {
    json.key("inputs").begin_array();
    for (const tables::InputColumn& input : table.inputs) {
        json.begin_object().member("id", input.id).member("label", input.label);
        json.member("expression", input.expression).member("type", input.type);
        json.member("values", input.values).end_object();
    }
    json.end_array().key("outputs").begin_array();
    for (const tables::OutputColumn& output : table.outputs) {
        json.begin_object().member("id", output.id).member("label", output.label);
        json.member("name", output.name).member("type", output.type).member("values", output.values);
        json.member("default", output.default_value).end_object();
    }
    json.end_array();
    write_texts(json, "annotations", table.annotations);
}

void write_rules(JsonWriter& json, const tables::Table& table) {
    json.key("rules").begin_array();
    for (const tables::Row& row : table.rows) {
        json.begin_object().member("id", row.id).member("description", row.description);
        write_texts(json, "inputs", row.inputs);
        write_texts(json, "outputs", row.outputs);
        write_texts(json, "annotations", row.annotations);
        json.end_object();
    }
    json.end_array();
}

// What a table is asked for by: its id, else that of what it is the logic of.
void write_item(JsonWriter& json, const SourceFile& file, const tables::TableEntry& entry) {
    const std::string& id = entry.id.empty() ? entry.holder_id : entry.id;
    tables::Faults faults;
    const auto table = tables::read_table(file.xml, id, faults);
    if (!table) return;
    json.begin_object().member("id", id).member("file", file.name);
    json.member("element_id", entry.holder_id).member("name", entry.holder_name);
    write_policy(json, *table);
    json.member("inputs", table->inputs.size()).member("outputs", table->outputs.size());
    json.member("rules", table->rows.size()).end_object();
}

}  // namespace

std::string tables_to_json(std::int64_t version, const std::vector<SourceFile>& files) {
    JsonWriter json;
    json.begin_object().member("version", version).key("items").begin_array();
    for (const SourceFile& file : files) {
        tables::Faults faults;
        for (const tables::TableEntry& entry : tables::list_tables(file.xml, faults))
            write_item(json, file, entry);
    }
    return std::move(json.end_array().end_object()).text();
}

std::string table_to_json(std::int64_t version, const std::string& file, const tables::Table& table) {
    JsonWriter json;
    json.begin_object().member("version", version).member("id", table.id).member("file", file);
    json.member("name", table.name);
    write_policy(json, table);
    write_columns(json, table);
    write_rules(json, table);
    return std::move(json.end_object()).text();
}

}  // namespace rules
