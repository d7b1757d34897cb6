#include "dmn/expression_reader.hpp"

#include <utility>

namespace rules::dmn {
namespace {

template <class Part>
ExpressionPtr boxed(Part part) {
    auto expression = std::make_unique<Expression>();
    expression->body = std::move(part);
    return expression;
}

}  // namespace

void ExpressionReader::fault(pugi::xml_node node, const char* code, std::string reason) {
    faults_.push_back(
        {Severity::kError, source_, node.attribute("id").value(), line(node), code, std::move(reason)});
}

void ExpressionReader::read_element(pugi::xml_node node, Element& element) const {
    element.id = node.attribute("id").value();
    element.name = xml_name(node.attribute("name").value());
    element.line = line(node);
}

InformationItem ExpressionReader::read_item(pugi::xml_node node) const {
    InformationItem item;
    read_element(node, item);
    item.type = read_type(node);
    return item;
}

// DMN 1.0 and some editors write `typeRef` as an element, the standard as an attribute.
TypeName ExpressionReader::read_type(pugi::xml_node node) const {
    const std::string_view attribute = node.attribute("typeRef").value();
    if (!attribute.empty()) return type_name(node, attribute);
    const pugi::xml_node element = child(node, "typeRef");
    return type_name(element.empty() ? node : element, xml_text(element));
}

TypeName ExpressionReader::type_name(pugi::xml_node node, std::string_view name) const {
    TypeName type{xml_name(name), "", line(node)};
    const std::string prefix(xml_prefix(type.name));
    if (prefix.empty()) return type;
    type.uri = xml_namespace(node, prefix);
    if (!type.uri.empty()) type.name.erase(0, prefix.size() + 1);
    return type;
}

Text ExpressionReader::read_text(pugi::xml_node node) const {
    Text text;
    read_element(node, text);
    const pugi::xml_node body = child(node, "text");
    if (!body.empty()) text.line = line(body);
    text.text = xml_text(body);
    text.language = node.attribute("expressionLanguage").value();
    return text;
}

pugi::xml_node ExpressionReader::child(pugi::xml_node node, std::string_view name) const {
    for (const pugi::xml_node candidate : node.children())
        if (kind(candidate) == name) return candidate;
    return {};
}

ExpressionPtr ExpressionReader::read_expression(pugi::xml_node node) {
    const std::string_view name = kind(node);
    ExpressionPtr read;
    if (name == "literalExpression") read = boxed(LiteralExpression{read_text(node)});
    if (name == "decisionTable") read = boxed(read_table(node));
    if (name == "context") read = boxed(read_context(node));
    if (name == "invocation") read = boxed(read_invocation(node));
    if (name == "relation") read = boxed(read_relation(node));
    if (name == "list") read = boxed(read_list(node));
    if (name == "functionDefinition") read = boxed(read_function(node));
    if (name == "conditional") read = boxed(read_conditional(node));
    if (name == "for") read = boxed(read_iterator(node, IteratorKind::kFor));
    if (name == "some") read = boxed(read_iterator(node, IteratorKind::kSome));
    if (name == "every") read = boxed(read_iterator(node, IteratorKind::kEvery));
    if (name == "filter") read = boxed(read_filter(node));
    if (!read) return read;
    read_element(node, *read);
    read->type = read_type(node);
    return read;
}

ExpressionPtr ExpressionReader::read_inner(pugi::xml_node node, bool optional) {
    for (const pugi::xml_node candidate : node.children())
        if (auto expression = read_expression(candidate)) return expression;
    if (!optional)
        fault(node, "missing_expression",
              "Here an expression is missing in <" + std::string(kind(node)) + ">.");
    return nullptr;
}

// The part may be typed instead of the expression inside it.
ExpressionPtr ExpressionReader::read_part(pugi::xml_node node, const char* name) {
    const pugi::xml_node part = child(node, name);
    if (part.empty()) {
        fault(node, "missing_expression",
              "<" + std::string(kind(node)) + "> needs <" + name + "> with an expression.");
        return nullptr;
    }
    ExpressionPtr expression = read_inner(part);
    if (expression && expression->type.empty()) expression->type = read_type(part);
    return expression;
}

BoxedContext ExpressionReader::read_context(pugi::xml_node node) {
    BoxedContext context;
    for (const pugi::xml_node entry : node.children())
        if (kind(entry) == "contextEntry") context.entries.push_back(read_entry(entry));
    return context;
}

ContextEntry ExpressionReader::read_entry(pugi::xml_node node) {
    ContextEntry entry;
    entry.line = line(node);
    if (const pugi::xml_node variable = child(node, "variable")) entry.variable = read_item(variable);
    entry.value = read_inner(node);
    return entry;
}

BoxedInvocation ExpressionReader::read_invocation(pugi::xml_node node) {
    BoxedInvocation invocation;
    invocation.called = read_inner(node);
    for (const pugi::xml_node binding : node.children()) {
        if (kind(binding) != "binding") continue;
        invocation.bindings.push_back({read_item(child(binding, "parameter")), read_inner(binding, true)});
    }
    return invocation;
}

Relation ExpressionReader::read_relation(pugi::xml_node node) {
    Relation relation;
    for (const pugi::xml_node part : node.children()) {
        if (kind(part) == "column") relation.columns.push_back(read_item(part));
        if (kind(part) != "row") continue;
        std::vector<ExpressionPtr> row;
        for (const pugi::xml_node cell : part.children())
            if (auto expression = read_expression(cell)) row.push_back(std::move(expression));
        if (row.size() != relation.columns.size())
            fault(part, "wrong_cell_count",
                  "A row of a relation has as many expressions as the relation has columns: " +
                      std::to_string(relation.columns.size()) + ", not " + std::to_string(row.size()) + ".");
        row.resize(relation.columns.size());
        relation.rows.push_back(std::move(row));
    }
    return relation;
}

BoxedList ExpressionReader::read_list(pugi::xml_node node) {
    BoxedList list;
    for (const pugi::xml_node item : node.children())
        if (auto expression = read_expression(item)) list.items.push_back(std::move(expression));
    return list;
}

FunctionDefinition ExpressionReader::read_function(pugi::xml_node node) {
    FunctionDefinition function;
    const std::string_view language = node.attribute("kind").value();
    if (language == "Java") function.kind = FunctionKind::kJava;
    if (language == "PMML") function.kind = FunctionKind::kPmml;
    for (const pugi::xml_node parameter : node.children())
        if (kind(parameter) == "formalParameter") function.parameters.push_back(read_item(parameter));
    function.body = read_inner(node, true);
    return function;
}

Conditional ExpressionReader::read_conditional(pugi::xml_node node) {
    return {read_part(node, "if"), read_part(node, "then"), read_part(node, "else")};
}

Iterator ExpressionReader::read_iterator(pugi::xml_node node, IteratorKind iterator_kind) {
    Iterator iterator;
    iterator.kind = iterator_kind;
    iterator.variable.line = line(node);
    iterator.variable.name = xml_name(node.attribute("iteratorVariable").value());
    if (iterator.variable.name.empty())
        fault(node, "missing_name", "An iteration needs an iteratorVariable.");
    iterator.in = read_part(node, "in");
    iterator.body = read_part(node, iterator_kind == IteratorKind::kFor ? "return" : "satisfies");
    return iterator;
}

Filter ExpressionReader::read_filter(pugi::xml_node node) {
    return {read_part(node, "in"), read_part(node, "match")};
}

}  // namespace rules::dmn
