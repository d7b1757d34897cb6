#include "tables/model_tables.hpp"

#include "tables/model_document.hpp"
#include "tables/table_writer.hpp"

#include <utility>

namespace rules::tables {
namespace {

class TableReader {
 public:
    explicit TableReader(const ModelDocument& model) : model_(model) {}

    Table read(pugi::xml_node element) const {
        Table table;
        table.id = element.attribute("id").value();
        table.name = dmn::xml_name(model_.holder_of(element).attribute("name").value());
        table.hit_policy = find_hit_policy(element.attribute("hitPolicy").value()).value_or(table.hit_policy);
        table.aggregation =
            find_aggregation(element.attribute("aggregation").value()).value_or(table.aggregation);
        for (const pugi::xml_node part : element.children()) {
            const std::string_view kind = model_.kind(part);
            if (kind == "input") table.inputs.push_back(read_input(part));
            if (kind == "output") table.outputs.push_back(read_output(part));
            if (kind == "annotation") table.annotations.emplace_back(part.attribute("name").value());
            if (kind == "rule") table.rows.push_back(read_row(part, table));
        }
        return table;
    }

 private:
    InputColumn read_input(pugi::xml_node node) const {
        const pugi::xml_node expression = model_.child(node, "inputExpression");
        InputColumn input;
        input.id = node.attribute("id").value();
        input.label = node.attribute("label").value();
        input.expression = model_.text_of(expression);
        input.type = type_of(expression);
        input.values = model_.text_of(model_.child(node, "inputValues"));
        return input;
    }

    OutputColumn read_output(pugi::xml_node node) const {
        OutputColumn output;
        output.id = node.attribute("id").value();
        output.label = node.attribute("label").value();
        output.name = dmn::xml_name(node.attribute("name").value());
        output.type = type_of(node);
        output.values = model_.text_of(model_.child(node, "outputValues"));
        output.default_value = model_.text_of(model_.child(node, "defaultOutputEntry"));
        return output;
    }

    Row read_row(pugi::xml_node node, const Table& table) const {
        Row row;
        row.id = node.attribute("id").value();
        for (const pugi::xml_node part : node.children()) {
            const std::string_view kind = model_.kind(part);
            if (kind == "description") row.description = dmn::xml_text(part);
            if (kind == "inputEntry") row.inputs.push_back(model_.text_of(part));
            if (kind == "outputEntry") row.outputs.push_back(model_.text_of(part));
            if (kind == "annotationEntry") row.annotations.push_back(model_.text_of(part));
        }
        row.inputs.resize(table.inputs.size());
        row.outputs.resize(table.outputs.size());
        row.annotations.resize(table.annotations.size());
        return row;
    }

    // An attribute by the standard, an element in some old models.
    std::string type_of(pugi::xml_node node) const {
        const std::string_view attribute = node.attribute("typeRef").value();
        return dmn::xml_name(attribute.empty() ? dmn::xml_text(model_.child(node, "typeRef")) : attribute);
    }

    const ModelDocument& model_;
};

pugi::xml_node find(const ModelDocument& model, std::string_view name_or_id, Faults& faults) {
    const pugi::xml_node table = model.find_table(name_or_id);
    if (table.empty())
        faults.add(std::string(name_or_id), "no_table",
                   "The model has no decision table '" + std::string(name_or_id) + "'.");
    return table;
}

// Adds no less than this to a document.
std::size_t least_size(const Table& table) {
    constexpr std::size_t kLeastOfCell = std::string_view("<inputEntry id=\"\"><text/></inputEntry>").size();
    std::size_t size = 0;
    for (const Row& row : table.rows)
        for (const auto* cells : {&row.inputs, &row.outputs, &row.annotations})
            for (const std::string& cell : *cells)
                size += kLeastOfCell + cell.size();
    return size;
}

bool fits(std::size_t size, const dmn::Limits& limits, Faults& faults) {
    if (size <= limits.max_document_bytes) return true;
    faults.add("", "document_too_large",
               "With this table the model would have more than " + std::to_string(limits.max_document_bytes) +
                   " bytes.");
    return false;
}

}  // namespace

std::vector<TableEntry> list_tables(std::string_view xml, Faults& faults, const dmn::Limits& limits) {
    ModelDocument model;
    std::vector<TableEntry> entries;
    if (!model.parse(xml, limits, faults)) return entries;
    model.root().find_node([&](pugi::xml_node node) {
        if (model.kind(node) == "decisionTable") {
            const pugi::xml_node holder = model.holder_of(node);
            entries.push_back({node.attribute("id").value(), holder.attribute("id").value(),
                               dmn::xml_name(holder.attribute("name").value())});
        }
        return false;
    });
    return entries;
}

std::optional<Table> read_table(std::string_view xml, std::string_view name_or_id, Faults& faults,
                                const dmn::Limits& limits) {
    ModelDocument model;
    if (!model.parse(xml, limits, faults)) return std::nullopt;
    const pugi::xml_node element = find(model, name_or_id, faults);
    if (element.empty()) return std::nullopt;
    return TableReader(model).read(element);
}

std::optional<std::string> replace_table(std::string_view xml, std::string_view name_or_id,
                                         const Table& table, Faults& faults, const dmn::Limits& limits) {
    ModelDocument model;
    if (!model.parse(xml, limits, faults)) return std::nullopt;
    const pugi::xml_node element = find(model, name_or_id, faults);
    if (element.empty() || !fits(least_size(table), limits, faults)) return std::nullopt;
    if (!TableWriter(model, faults).write(element, table)) return std::nullopt;
    std::string text = model.to_text();
    if (!fits(text.size(), limits, faults)) return std::nullopt;
    return text;
}

}  // namespace rules::tables
