#include "dmn/read.hpp"

#include "dmn/expression_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rules::dmn {
namespace {

// The namespaces of all versions: …/DMN/20151101/dmn.xsd, …/DMN/20180521/MODEL/, and so on.
bool is_dmn_namespace(std::string_view uri) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (uri.starts_with(scheme) && uri.substr(scheme.size()).starts_with("www.omg.org/spec/DMN/"))
            return true;
    return false;
}

// By the date in it.
bool is_known_version(std::string_view uri) {
    constexpr std::string_view kDates[] = {"20130901", "20151101", "20180521",
                                           "20191111", "20211108", "20230324"};
    const std::string_view version = uri.substr(uri.find("/DMN/") + 5);
    return std::any_of(std::begin(kDates), std::end(kDates),
                       [&](std::string_view date) { return version.starts_with(date); });
}

class DefinitionsReader {
 public:
    DefinitionsReader(const XmlDocument& document, const std::string& source, Faults& faults)
        : reader_(document, source, faults), source_(source) {}

    Definitions read(pugi::xml_node root) {
        Definitions definitions;
        reader_.read_element(root, definitions);
        definitions.source = source_;
        definitions.uri = root.attribute("namespace").value();
        definitions.expression_language = root.attribute("expressionLanguage").value();
        for (const pugi::xml_node node : root.children())
            read_child(node, definitions);
        return definitions;
    }

 private:
    void read_child(pugi::xml_node node, Definitions& definitions) {
        const std::string_view kind = reader_.kind(node);
        if (kind == "import") definitions.imports.push_back(read_import(node));
        if (kind == "itemDefinition") definitions.item_definitions.push_back(read_item_definition(node));
        if (kind == "inputData") definitions.inputs.push_back(read_node<InputData>(node));
        if (kind == "decision") definitions.decisions.push_back(read_decision(node));
        if (kind == "businessKnowledgeModel") definitions.knowledge_models.push_back(read_knowledge(node));
        if (kind == "decisionService") definitions.services.push_back(read_service(node));
    }

    // Id, name and variable. DMN 1.1 allows that the variable is left out, and it is named like the node.
    template <class Node>
    Node read_node(pugi::xml_node node) {
        Node read;
        reader_.read_element(node, read);
        if (read.name.empty())
            reader_.fault(node, "missing_name", "<" + std::string(reader_.kind(node)) + "> needs a name.");
        const pugi::xml_node variable = reader_.child(node, "variable");
        read.variable = reader_.read_item(variable.empty() ? node : variable);
        read.variable.name = read.name;
        return read;
    }

    Import read_import(pugi::xml_node node) {
        Import import;
        reader_.read_element(node, import);
        import.uri = node.attribute("namespace").value();
        import.type = node.attribute("importType").value();
        import.location = node.attribute("locationURI").value();
        return import;
    }

    ItemDefinition read_item_definition(pugi::xml_node node) {
        ItemDefinition item;
        reader_.read_element(node, item);
        if (item.name.empty()) reader_.fault(node, "missing_name", "An item definition needs a name.");
        item.type = reader_.read_type(node);
        item.is_collection = node.attribute("isCollection").as_bool();
        item.allowed_values = read_constraint(node, "allowedValues");
        item.type_constraint = read_constraint(node, "typeConstraint");
        for (const pugi::xml_node child : node.children()) {
            if (reader_.kind(child) == "itemComponent")
                item.components.push_back(read_item_definition(child));
            if (reader_.kind(child) == "functionItem") item.function = read_function_item(child);
        }
        return item;
    }

    std::optional<Text> read_constraint(pugi::xml_node node, const char* name) {
        const pugi::xml_node constraint = reader_.child(node, name);
        if (constraint.empty()) return std::nullopt;
        Text text = reader_.read_text(constraint);
        if (xml_name(text.text).empty()) return std::nullopt;
        return text;
    }

    FunctionItem read_function_item(pugi::xml_node node) {
        FunctionItem function;
        function.output = reader_.type_name(node, node.attribute("outputTypeRef").value());
        for (const pugi::xml_node child : node.children())
            if (reader_.kind(child) == "parameters") function.parameters.push_back(reader_.read_item(child));
        return function;
    }

    Decision read_decision(pugi::xml_node node) {
        auto decision = read_node<Decision>(node);
        for (const pugi::xml_node child : node.children()) {
            if (reader_.kind(child) == "informationRequirement") {
                read_references(child, "requiredInput", decision.required_inputs);
                read_references(child, "requiredDecision", decision.required_decisions);
            }
            if (reader_.kind(child) == "knowledgeRequirement")
                read_references(child, "requiredKnowledge", decision.required_knowledge);
        }
        decision.logic = reader_.read_inner(node, true);
        return decision;
    }

    BusinessKnowledgeModel read_knowledge(pugi::xml_node node) {
        auto model = read_node<BusinessKnowledgeModel>(node);
        for (const pugi::xml_node child : node.children())
            if (reader_.kind(child) == "knowledgeRequirement")
                read_references(child, "requiredKnowledge", model.required_knowledge);
        const pugi::xml_node logic = reader_.child(node, "encapsulatedLogic");
        if (logic.empty()) return model;
        model.logic = std::make_unique<Expression>();
        reader_.read_element(logic, *model.logic);
        model.logic->type = reader_.read_type(logic);
        model.logic->body = reader_.read_function(logic);
        return model;
    }

    DecisionService read_service(pugi::xml_node node) {
        auto service = read_node<DecisionService>(node);
        read_references(node, "outputDecision", service.output_decisions);
        read_references(node, "encapsulatedDecision", service.encapsulated_decisions);
        read_references(node, "inputDecision", service.input_decisions);
        read_references(node, "inputData", service.input_data);
        return service;
    }

    void read_references(pugi::xml_node node, std::string_view name, std::vector<Reference>& references) {
        for (const pugi::xml_node child : node.children()) {
            if (reader_.kind(child) != name) continue;
            const std::string_view href = child.attribute("href").value();
            const std::size_t hash = href.find('#');
            if (hash == href.npos || hash + 1 == href.size()) {
                reader_.fault(child, "bad_reference", "A reference has the form '#id' or 'namespace#id'.");
                continue;
            }
            references.push_back(
                {std::string(href.substr(0, hash)), std::string(href.substr(hash + 1)), reader_.line(child)});
        }
    }

    ExpressionReader reader_;
    std::string source_;
};

}  // namespace

std::optional<Definitions> read_definitions(std::string_view xml, const std::string& source,
                                            const Limits& limits, Faults& faults) {
    XmlDocument document;
    if (!document.parse(xml, source, limits, faults)) return std::nullopt;
    const pugi::xml_node root = document.root();
    const std::string_view uri = xml_namespace(root, xml_prefix(root.name()));
    if (document.local_name(root) != "definitions" || !is_dmn_namespace(uri)) {
        faults.push_back({Severity::kError, source, "", document.line(root), "not_dmn",
                          "The document is no DMN model: its root is not <definitions> of a DMN namespace."});
        return std::nullopt;
    }
    if (!is_known_version(uri))
        faults.push_back({Severity::kWarning, source, root.attribute("id").value(), document.line(root),
                          "unknown_version",
                          "The namespace '" + std::string(uri) +
                              "' is of no version of DMN up to 1.5: the model is read as one of 1.5."});
    return DefinitionsReader(document, source, faults).read(root);
}

}  // namespace rules::dmn
