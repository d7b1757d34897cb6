#include "tables/new_model.hpp"

#include "feel/compile.hpp"
#include "tables/element_ids.hpp"
#include "tables/input_tree.hpp"
#include "tables/model_tables.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <pugixml.hpp>

namespace rules::tables {
namespace {

constexpr const char* kModel = "https://www.omg.org/spec/DMN/20191111/MODEL/";
constexpr const char* kDiagram = "https://www.omg.org/spec/DMN/20191111/DMNDI/";
constexpr const char* kDrawing = "http://www.omg.org/spec/DMN/20180521/DC/";
constexpr const char* kInterchange = "http://www.omg.org/spec/DMN/20180521/DI/";
constexpr const char* kDecision = "decision_1";
constexpr const char* kTable = "decisionTable_1";

// Where the diagram's shapes stand.
constexpr int kInputWidth = 125;
constexpr int kInputHeight = 45;
constexpr int kStep = 160;
constexpr int kDecisionWidth = 180;
constexpr int kDecisionHeight = 80;
constexpr int kLeft = 100;
constexpr int kTop = 80;
constexpr int kInputTop = kTop + 200;

std::string numbered(std::string_view kind, std::size_t index) {
    return std::string(kind) + '_' + std::to_string(index + 1);
}

// Of the name's letters and digits, the rest is `-`.
std::string namespace_of(std::string_view name) {
    std::string uri = "urn:mortise:rules:table:";
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        uri += plain ? c : '-';
    }
    return uri;
}

// One whole document but for the table's columns and rules.
class Skeleton {
 public:
    Skeleton(const Table& table, const std::string& description, const std::vector<InputNode>& inputs)
        : table_(table), description_(description), inputs_(inputs) {}

    std::string write() {
        pugi::xml_node declaration = document_.append_child(pugi::node_declaration);
        set(declaration, "version", "1.0");
        set(declaration, "encoding", "UTF-8");
        pugi::xml_node root = append(document_, "definitions", "definitions_1");
        set(root, "xmlns", kModel);
        set(root, "xmlns:dmndi", kDiagram);
        set(root, "xmlns:dc", kDrawing);
        set(root, "xmlns:di", kInterchange);
        set(root, "name", table_.name);
        set(root, "namespace", namespace_of(table_.name));
        for (const InputNode& input : inputs_)
            types_.push_back(input.parts.empty() ? input.type : write_item_definition(root, input));
        for (std::size_t i = 0; i < inputs_.size(); ++i)
            write_input(root, i);
        write_decision(root);
        write_diagram(root);
        std::ostringstream text;
        document_.save(text, "  ");
        return text.str();
    }

 private:
    static void set(pugi::xml_node element, const char* name, const std::string& value) {
        element.append_attribute(name).set_value(value.c_str());
    }
    static pugi::xml_node append(pugi::xml_node parent, const char* kind, const std::string& id = "") {
        const pugi::xml_node element = parent.append_child(kind);
        if (!id.empty()) set(element, "id", id);
        return element;
    }

    std::string write_item_definition(pugi::xml_node root, const InputNode& input) {
        std::string name = "t" + input.name;
        if (name[1] >= 'a' && name[1] <= 'z') name[1] = static_cast<char>(name[1] - 'a' + 'A');
        while (!type_names_.insert(name).second)
            name += '2';
        const pugi::xml_node item = append(root, "itemDefinition", numbered("itemDefinition", types_.size()));
        set(item, "name", name);
        write_components(item, input);
        return name;
    }

    static void write_components(pugi::xml_node item, const InputNode& input) {
        for (const InputNode& part : input.parts) {
            const pugi::xml_node component = append(item, "itemComponent");
            set(component, "name", part.name);
            write_components(component, part);
            if (part.parts.empty())
                append(component, "typeRef").text().set(part.type.empty() ? "Any" : part.type.c_str());
        }
    }

    static void write_variable(pugi::xml_node owner, const std::string& id, const std::string& name,
                               const std::string& type) {
        const pugi::xml_node variable = append(owner, "variable", id);
        set(variable, "name", name);
        if (!type.empty()) set(variable, "typeRef", type);
    }

    void write_input(pugi::xml_node root, std::size_t index) {
        const pugi::xml_node input = append(root, "inputData", numbered("inputData", index));
        set(input, "name", inputs_[index].name);
        write_variable(input, numbered("inputVariable", index), inputs_[index].name, types_[index]);
    }

    void write_decision(pugi::xml_node root) {
        const pugi::xml_node decision = append(root, "decision", kDecision);
        set(decision, "name", table_.name);
        if (!description_.empty()) append(decision, "description").text().set(description_.c_str());
        write_variable(decision, "decisionVariable_1", table_.name, result_type());
        for (std::size_t i = 0; i < inputs_.size(); ++i)
            set(append(append(decision, "informationRequirement", numbered("informationRequirement", i)),
                       "requiredInput"),
                "href", "#" + numbered("inputData", i));
        append(decision, "decisionTable", kTable);
    }

    // Known where the table gives one output's value: a list, an aggregation or several outputs are inferred.
    std::string result_type() const {
        const bool one =
            table_.hit_policy == dmn::HitPolicy::kUnique || table_.hit_policy == dmn::HitPolicy::kFirst ||
            table_.hit_policy == dmn::HitPolicy::kPriority || table_.hit_policy == dmn::HitPolicy::kAny;
        return one && table_.outputs.size() == 1 ? table_.outputs.front().type : "";
    }

    void write_diagram(pugi::xml_node root) {
        const pugi::xml_node diagram = append(append(root, "dmndi:DMNDI"), "dmndi:DMNDiagram", "diagram_1");
        const int width = std::max(1, static_cast<int>(inputs_.size())) * kStep;
        const int decision_left = kLeft + (width - kDecisionWidth) / 2;
        write_shape(diagram, kDecision, decision_left, kTop, kDecisionWidth, kDecisionHeight);
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            const int left = kLeft + static_cast<int>(i) * kStep;
            write_shape(diagram, numbered("inputData", i), left, kInputTop, kInputWidth, kInputHeight);
            const pugi::xml_node edge = append(diagram, "dmndi:DMNEdge", numbered("edge", i));
            set(edge, "dmnElementRef", numbered("informationRequirement", i));
            write_waypoint(edge, left + kInputWidth / 2, kInputTop);
            write_waypoint(edge, decision_left + kDecisionWidth / 2, kTop + kDecisionHeight);
        }
    }

    static void write_shape(pugi::xml_node diagram, const std::string& element, int left, int top, int width,
                            int height) {
        const pugi::xml_node shape = append(diagram, "dmndi:DMNShape", "shape_" + element);
        set(shape, "dmnElementRef", element);
        pugi::xml_node bounds = append(shape, "dc:Bounds");
        bounds.append_attribute("height").set_value(height);
        bounds.append_attribute("width").set_value(width);
        bounds.append_attribute("x").set_value(left);
        bounds.append_attribute("y").set_value(top);
    }

    static void write_waypoint(pugi::xml_node edge, int left, int top) {
        pugi::xml_node point = append(edge, "di:waypoint");
        point.append_attribute("x").set_value(left);
        point.append_attribute("y").set_value(top);
    }

    const Table& table_;
    const std::string& description_;
    const std::vector<InputNode>& inputs_;
    std::vector<std::string> types_;  // of the inputs
    std::set<std::string> type_names_;
    pugi::xml_document document_;
};

}  // namespace

std::optional<std::string> new_model(const Table& table, const std::string& description, Faults& faults) {
    const std::size_t before = faults.size();
    if (!feel::is_name(table.name))
        faults.add("", "bad_name", "'" + table.name + "' is no name that FEEL can use.");
    if (!is_xml_text(description) || !is_xml_text(table.name))
        faults.add("", "bad_character", "A text has a character that XML can't hold, or is no UTF-8.");
    const auto inputs = inputs_of(table, faults);
    if (faults.size() != before || !inputs) return std::nullopt;
    return replace_table(Skeleton(table, description, *inputs).write(), kTable, table, faults);
}

}  // namespace rules::tables
