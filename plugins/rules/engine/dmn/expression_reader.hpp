#pragma once

#include "dmn/model.hpp"
#include "dmn/xml.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rules::dmn {

// Reads boxed expressions, and what they share with the rest of a document: elements, names, types, texts.
class ExpressionReader {
 public:
    ExpressionReader(const XmlDocument& document, std::string source, Faults& faults)
        : document_(document), source_(std::move(source)), faults_(faults) {}

    std::string_view kind(pugi::xml_node node) const { return document_.local_name(node); }
    std::uint32_t line(pugi::xml_node node) const { return document_.line(node); }
    void fault(pugi::xml_node node, const char* code, std::string reason);

    // Fills in id, name and line.
    void read_element(pugi::xml_node node, Element& element) const;
    InformationItem read_item(pugi::xml_node node) const;
    TypeName read_type(pugi::xml_node node) const;
    // The type that `name`, written at `node`, means.
    TypeName type_name(pugi::xml_node node, std::string_view name) const;
    // What has a `text` child: a literal expression or unary tests.
    Text read_text(pugi::xml_node node) const;
    pugi::xml_node child(pugi::xml_node node, std::string_view name) const;

    // Null if the node is no expression.
    ExpressionPtr read_expression(pugi::xml_node node);
    // The one expression inside a node; null, and a fault unless `optional`, if there is none.
    ExpressionPtr read_inner(pugi::xml_node node, bool optional = false);
    // A business knowledge model's logic, or a boxed function.
    FunctionDefinition read_function(pugi::xml_node node);

 private:
    BoxedContext read_context(pugi::xml_node node);
    ContextEntry read_entry(pugi::xml_node node);
    BoxedInvocation read_invocation(pugi::xml_node node);
    Relation read_relation(pugi::xml_node node);
    BoxedList read_list(pugi::xml_node node);
    Conditional read_conditional(pugi::xml_node node);
    Iterator read_iterator(pugi::xml_node node, IteratorKind kind);
    Filter read_filter(pugi::xml_node node);
    ExpressionPtr read_part(pugi::xml_node node, const char* name);

    DecisionTable read_table(pugi::xml_node node);
    InputClause read_input(pugi::xml_node node);
    OutputClause read_output(pugi::xml_node node) const;
    Rule read_rule(pugi::xml_node node) const;
    std::optional<Text> read_values(pugi::xml_node node, const char* name) const;
    HitPolicy read_hit_policy(pugi::xml_node node);
    Aggregation read_aggregation(pugi::xml_node node);

    const XmlDocument& document_;
    std::string source_;
    Faults& faults_;
};

}  // namespace rules::dmn
