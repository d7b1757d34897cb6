#include "explanation_json.hpp"

#include "mortise/json_writer.hpp"

#include <string_view>

namespace rules {
namespace {

using mortise::sdk::JsonWriter;

constexpr feel::JsonLimits kValueJson{.bytes = std::size_t{64} << 10};

std::string_view name_of(dmn::NodeKind kind) {
    switch (kind) {
        case dmn::NodeKind::kInputData:
            return "input";
        case dmn::NodeKind::kDecision:
            return "decision";
        case dmn::NodeKind::kKnowledge:
            return "knowledge_model";
        case dmn::NodeKind::kService:
            return "decision_service";
    }
    return "decision";
}

// Writes values in one form; one that is too large is left out, and said to be.
class ExplanationWriter {
 public:
    explicit ExplanationWriter(feel::JsonForm form) noexcept : form_(form) {}

    std::string node(const dmn::NodeTrace& node) const {
        JsonWriter json;
        json.begin_object()
            .member("kind", name_of(node.kind))
            .member("id", node.id)
            .member("name", node.name);
        if (!node.import_path.empty()) names(json, "import_path", node.import_path);
        value(json, node.value);
        if (!node.notes.empty()) names(json, "notes", node.notes);
        if (!node.tables.empty()) {
            json.key("tables").begin_array();
            for (const dmn::TableTrace& one : node.tables)
                table(json, one);
            json.end_array();
        }
        json.member("nanoseconds", node.took.count()).end_object();
        return std::move(json).text();
    }

    static void names(JsonWriter& json, std::string_view key, const std::vector<std::string>& list) {
        json.key(key).begin_array();
        for (const std::string& name : list)
            json.value(name);
        json.end_array();
    }

 private:
    void value(JsonWriter& json, const feel::Value& value) const {
        const auto written = feel::write_json(value, form_, kValueJson);
        if (written)
            json.key("value").raw(*written);
        else
            json.member("value_omitted", true);
    }

    void table(JsonWriter& json, const dmn::TableTrace& table) const {
        json.begin_object().member("id", table.element_id).key("inputs").begin_array();
        for (const dmn::InputTrace& input : table.inputs) {
            json.begin_object().member("expression", input.text);
            value(json, input.value);
            json.end_object();
        }
        json.end_array().key("matched").begin_array();
        for (const dmn::RuleTrace& rule : table.matched) {
            json.begin_object().member("id", rule.id).member("number", rule.number);
            value(json, rule.output);
            json.end_object();
        }
        json.end_array().member("used_default", table.used_default).end_object();
    }

    feel::JsonForm form_;
};

}  // namespace

std::string explanation_json(const dmn::Explanation& explanation, feel::JsonForm form,
                             std::size_t most_bytes) {
    const ExplanationWriter writer(form);
    bool all_written = true;
    std::size_t bytes = 0;
    JsonWriter json;
    json.begin_object().key("nodes").begin_array();
    for (const dmn::NodeTrace& node : explanation.nodes) {
        const std::string text = writer.node(node);
        bytes += text.size();
        all_written = bytes <= most_bytes;
        if (!all_written) break;
        json.raw(text);
    }
    json.end_array();
    ExplanationWriter::names(json, "missing_inputs", explanation.missing_inputs);
    json.member("complete", explanation.complete && all_written).end_object();
    return std::move(json).text();
}

}  // namespace rules
