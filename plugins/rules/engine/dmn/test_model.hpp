#pragma once

#include "dmn/engine.hpp"
#include "feel/compile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

// What tests of models share.
namespace rules::dmn::testing {

inline constexpr std::string_view kDmn15 = "https://www.omg.org/spec/DMN/20230324/MODEL/";

// A model of namespace `urn:main` with these elements.
inline std::string definitions(std::string_view body, std::string_view dmn = kDmn15,
                               std::string_view uri = "urn:main") {
    std::string text = "<definitions xmlns=\"";
    text.append(dmn).append("\" id=\"d\" name=\"m\" namespace=\"").append(uri).append("\">\n");
    return text.append(body).append("\n</definitions>");
}

inline std::string decision(std::string_view name, std::string_view logic, std::string_view requirements = "",
                            std::string_view type = "") {
    std::string text =
        "<decision id=\"" + std::string(name) + "\" name=\"" + std::string(name) + "\"><variable";
    if (!type.empty()) text.append(" typeRef=\"").append(type).append("\"");
    return text.append("/>").append(requirements).append(logic).append("</decision>\n");
}

inline std::string literal(std::string_view feel) {
    return "<literalExpression><text><![CDATA[" + std::string(feel) + "]]></text></literalExpression>";
}

inline std::string input_data(std::string_view name, std::string_view type = "") {
    std::string text =
        "<inputData id=\"" + std::string(name) + "\" name=\"" + std::string(name) + "\"><variable";
    if (!type.empty()) text.append(" typeRef=\"").append(type).append("\"");
    return text + "/></inputData>\n";
}

inline std::string needs_input(std::string_view id) {
    return "<informationRequirement><requiredInput href=\"#" + std::string(id) +
           "\"/></informationRequirement>";
}

inline std::string needs_decision(std::string_view id) {
    return "<informationRequirement><requiredDecision href=\"#" + std::string(id) +
           "\"/></informationRequirement>";
}

inline std::string needs_knowledge(std::string_view id) {
    return "<knowledgeRequirement><requiredKnowledge href=\"#" + std::string(id) +
           "\"/></knowledgeRequirement>";
}

inline Compilation compile_text(std::string_view xml, const Limits& limits = {}) {
    const Source source{"main.dmn", xml};
    return compile({&source, 1}, limits);
}

// "line: code (element)" of each fault.
inline std::vector<std::string> told(const Faults& faults) {
    std::vector<std::string> all;
    for (const Fault& fault : faults)
        all.push_back(std::to_string(fault.line) + ": " + fault.code + " (" + fault.element_id + ")");
    return all;
}

// A FEEL expression's value; the test fails if it isn't one.
inline feel::Value feel_value(std::string_view text) {
    const auto compiled = feel::compile_expression(text, feel::Scope());
    EXPECT_TRUE(compiled.ok()) << text;
    if (!compiled) return {};
    feel::Evaluation evaluation;
    feel::Frame frame(compiled->frame_size());
    return compiled->evaluate(frame, evaluation);
}

// Evaluates a decision, or what else has the name, with the inputs of a FEEL context; as text.
inline std::string evaluated(const Model& model, std::string_view name, std::string_view inputs = "{}") {
    for (const NodeKind kind : {NodeKind::kDecision, NodeKind::kService, NodeKind::kKnowledge}) {
        const auto index = model.find(kind, name);
        if (!index) continue;
        feel::Evaluation evaluation;
        return to_string(model.evaluate(*index, feel_value(inputs), evaluation).value);
    }
    ADD_FAILURE() << "nothing is called " << name;
    return {};
}

// The same of a model that must be without faults.
inline std::string evaluated_text(std::string_view body, std::string_view name,
                                  std::string_view inputs = "{}") {
    const Compilation compilation = compile_text(definitions(body));
    EXPECT_THAT(told(compilation.faults), ::testing::IsEmpty()) << body;
    return compilation.model ? evaluated(*compilation.model, name, inputs) : "";
}

}  // namespace rules::dmn::testing
