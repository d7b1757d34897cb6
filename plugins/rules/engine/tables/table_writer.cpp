#include "tables/table_writer.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace rules::tables {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kInputParts = {"description"sv, "extensionElements"sv, "inputExpression"sv,
                                    "inputValues"sv};
constexpr std::array kOutputParts = {"description"sv, "extensionElements"sv, "outputValues"sv,
                                     "defaultOutputEntry"sv};
constexpr std::array kRuleParts = {"description"sv, "extensionElements"sv, "inputEntry"sv, "outputEntry"sv,
                                   "annotationEntry"sv};

bool is_column_or_rule(std::string_view kind) {
    return kind == "input" || kind == "output" || kind == "annotation" || kind == "rule";
}

void set_attribute(pugi::xml_node element, const char* name, std::string_view value) {
    if (value.empty()) {
        element.remove_attribute(name);
        return;
    }
    pugi::xml_attribute attribute = element.attribute(name);
    if (attribute.empty()) attribute = element.append_attribute(name);
    attribute.set_value(std::string(value).c_str());
}

void set_content(pugi::xml_node element, const std::string& text) {
    if (dmn::xml_text(element) == text) return;
    element.remove_children();
    if (!text.empty()) element.append_child(pugi::node_pcdata).set_value(text.c_str());
}

}  // namespace

TableWriter::TableWriter(const ModelDocument& model, Faults& faults)
    : model_(model), faults_(faults), ids_(model.root()), prefix_(dmn::xml_prefix(model.root().name())) {
    if (!prefix_.empty()) prefix_ += ':';
}

bool TableWriter::write(pugi::xml_node element, const Table& table) {
    if (!check(table)) return false;
    write_policy(element, table);
    collect(element);
    for (const InputColumn& input : table.inputs)
        write_input(take(element, "input", input.id), input);
    for (const OutputColumn& output : table.outputs)
        write_output(take(element, "output", output.id), output);
    write_annotations(element, table.annotations);
    for (const Row& row : table.rows)
        write_row(take(element, "rule", row.id), row);
    remove_what_is_left(element);
    return true;
}

bool TableWriter::check(const Table& table) {
    const std::size_t before = faults_.size();
    if (table.outputs.empty()) faults_.add("", "missing_output", "A decision table needs an output.");
    if (!table.annotations.empty() && model_.is_dmn_1_1())
        faults_.add("", "annotations_unknown", "A model of DMN 1.1 has no annotation columns.");
    for (const InputColumn& input : table.inputs) {
        check_id(input.id);
        for (const std::string* text : {&input.label, &input.expression, &input.type, &input.values})
            check_text(input.id, *text);
    }
    for (const OutputColumn& output : table.outputs) {
        check_id(output.id);
        for (const std::string* text :
             {&output.label, &output.name, &output.type, &output.values, &output.default_value})
            check_text(output.id, *text);
    }
    for (const std::string& name : table.annotations)
        check_text("", name);
    for (const Row& row : table.rows) {
        check_id(row.id);
        check_text(row.id, row.description);
        for (const auto* cells : {&row.inputs, &row.outputs, &row.annotations})
            for (const std::string& cell : *cells)
                check_text(row.id, cell);
    }
    return faults_.size() == before && faults_.complete();
}

void TableWriter::check_text(const std::string& where, std::string_view text) {
    if (!is_xml_text(text))
        faults_.add(where, "bad_character", "A text has a character that XML can't hold, or is no UTF-8.");
}

void TableWriter::check_id(const std::string& id) {
    if (!id.empty() && !is_element_id(id))
        faults_.add(id, "bad_id", "An id begins with a letter and has letters, digits, '_', '-' and '.'.");
}

void TableWriter::write_policy(pugi::xml_node element, const Table& table) const {
    if (find_hit_policy(element.attribute("hitPolicy").value()) != table.hit_policy)
        set_attribute(element, "hitPolicy", name_of(table.hit_policy));
    set_attribute(element, "aggregation", name_of(table.aggregation));
}

void TableWriter::write_input(pugi::xml_node element, const InputColumn& input) {
    set_attribute(element, "label", input.label);
    const pugi::xml_node expression = child_in_order(element, kInputParts, "inputExpression");
    write_type(expression, input.type);
    write_text(expression, input.expression);
    write_part(element, kInputParts, "inputValues", input.values);
}

void TableWriter::write_output(pugi::xml_node element, const OutputColumn& output) {
    set_attribute(element, "label", output.label);
    set_attribute(element, "name", output.name);
    write_type(element, output.type);
    write_part(element, kOutputParts, "outputValues", output.values);
    write_part(element, kOutputParts, "defaultOutputEntry", output.default_value);
}

// They have no ids as a rule, so that the old ones are those at the same places.
void TableWriter::write_annotations(pugi::xml_node element, std::span<const std::string> names) {
    std::vector<pugi::xml_node> old;
    for (const pugi::xml_node child : element.children())
        if (model_.kind(child) == "annotation") old.push_back(child);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const pugi::xml_node annotation = i < old.size()
                                              ? element.append_move(old[i])
                                              : element.append_child(qualified("annotation").c_str());
        set_attribute(annotation, "name", names[i]);
    }
    for (std::size_t i = names.size(); i < old.size(); ++i)
        element.remove_child(old[i]);
}

void TableWriter::write_row(pugi::xml_node element, const Row& row) {
    if (row.description.empty())
        element.remove_child(model_.child(element, "description"));
    else
        set_content(child_in_order(element, kRuleParts, "description"), row.description);
    write_cells(element, "inputEntry", row.inputs);
    write_cells(element, "outputEntry", row.outputs);
    write_cells(element, "annotationEntry", row.annotations);
}

void TableWriter::write_cells(pugi::xml_node rule, const std::string& kind,
                              std::span<const std::string> cells) {
    std::vector<pugi::xml_node> old;
    for (const pugi::xml_node child : rule.children())
        if (model_.kind(child) == kind) old.push_back(child);
    for (std::size_t i = 0; i < cells.size(); ++i)
        write_text(i < old.size() ? rule.append_move(old[i]) : append(rule, kind), cells[i]);
    for (std::size_t i = cells.size(); i < old.size(); ++i)
        rule.remove_child(old[i]);
}

void TableWriter::collect(pugi::xml_node element) {
    for (const pugi::xml_node child : element.children())
        if (is_column_or_rule(model_.kind(child)))
            if (const std::string id = child.attribute("id").value(); !id.empty())
                columns_and_rules_.emplace(id, child);
}

pugi::xml_node TableWriter::take(pugi::xml_node table, const std::string& kind, const std::string& id) {
    const auto found = columns_and_rules_.find(id);
    if (found != columns_and_rules_.end() && model_.kind(found->second) == kind && kept_.insert(id).second)
        return table.append_move(found->second);
    pugi::xml_node made = table.append_child(qualified(kind).c_str());
    const std::string own = id.empty() || ids_.contains(id) ? ids_.make(kind) : id;
    ids_.add(own);
    kept_.insert(own);
    made.append_attribute("id").set_value(own.c_str());
    return made;
}

void TableWriter::remove_what_is_left(pugi::xml_node element) {
    for (pugi::xml_node child = element.first_child(); !child.empty();) {
        const pugi::xml_node next = child.next_sibling();
        const std::string_view kind = model_.kind(child);
        if (is_column_or_rule(kind) && kind != "annotation" && !kept_.contains(child.attribute("id").value()))
            element.remove_child(child);
        child = next;
    }
}

pugi::xml_node TableWriter::append(pugi::xml_node parent, const std::string& kind) {
    const pugi::xml_node made = parent.append_child(qualified(kind).c_str());
    give_id(made, kind);
    return made;
}

pugi::xml_node TableWriter::child_in_order(pugi::xml_node parent, Order order, std::string_view kind) {
    const pugi::xml_node found = model_.child(parent, kind);
    if (!found.empty()) return found;
    const auto place = std::find(order.begin(), order.end(), kind);
    for (const pugi::xml_node child : parent.children()) {
        if (std::find(place, order.end(), model_.kind(child)) == order.end()) continue;
        return parent.insert_child_before(qualified(kind).c_str(), child);
    }
    return parent.append_child(qualified(kind).c_str());
}

void TableWriter::write_part(pugi::xml_node parent, Order order, std::string_view kind,
                             const std::string& text) {
    if (text.empty()) {
        parent.remove_child(model_.child(parent, kind));
        return;
    }
    write_text(child_in_order(parent, order, kind), text);
}

void TableWriter::write_text(pugi::xml_node element, const std::string& text) {
    if (element.attribute("id").empty()) give_id(element, model_.kind(element));
    pugi::xml_node body = model_.child(element, "text");
    if (body.empty()) body = element.append_child(qualified("text").c_str());
    set_content(body, text);
}

void TableWriter::write_type(pugi::xml_node element, const std::string& type) const {
    if (const pugi::xml_node old = model_.child(element, "typeRef")) element.remove_child(old);
    set_attribute(element, "typeRef", type);
}

// DMN gives an annotation's entry no id (tRuleAnnotation).
void TableWriter::give_id(pugi::xml_node element, std::string_view kind) {
    if (kind == "annotationEntry") return;
    element.append_attribute("id").set_value(ids_.make(kind).c_str());
}

}  // namespace rules::tables
