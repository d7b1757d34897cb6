#include "dmn/text_compiler.hpp"

#include "dmn/allowed_values.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace rules::dmn {
namespace {

// FEEL's own namespaces differ by version, and Camunda writes `feel`.
bool names_feel(std::string language) {
    std::transform(language.begin(), language.end(), language.begin(),
                   [](unsigned char c) { return c < 0x80 ? static_cast<char>(std::tolower(c)) : '?'; });
    return language.empty() || language.find("feel") != std::string::npos;
}

}  // namespace

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::optional<feel::Expression> TextCompiler::expression(const Text& text, const feel::Scope& scope) {
    if (is_blank(text.text)) {
        fault(text, "missing_expression", "The expression is empty.");
        return std::nullopt;
    }
    return around("", text, "", scope);
}

std::vector<feel::UndeclaredName> TextCompiler::undeclared_names(const Text& text,
                                                                 const feel::Scope& scope) const {
    if (!names_feel(language_of(text))) return {};
    auto names = feel::undeclared_names(text.text, scope, limits_);
    return names ? *std::move(names) : std::vector<feel::UndeclaredName>();
}

std::optional<feel::Expression> TextCompiler::around(const std::string& before, const Text& text,
                                                     const std::string& after, const feel::Scope& scope) {
    if (!is_feel(text)) return std::nullopt;
    auto compiled = feel::compile_expression(before + text.text + after, scope, limits_);
    if (compiled) return *std::move(compiled);
    text_fault(text, compiled.fault());
    return std::nullopt;
}

std::optional<feel::UnaryTests> TextCompiler::tests(const Text& text, const feel::Scope& scope,
                                                    const feel::Type& input) {
    if (!is_feel(text)) return std::nullopt;
    auto compiled = feel::compile_unary_tests(is_blank(text.text) ? "-" : text.text, scope, input, limits_);
    if (compiled) return *std::move(compiled);
    text_fault(text, compiled.fault());
    return std::nullopt;
}

std::shared_ptr<const AllowedValues> TextCompiler::allowed_values(const std::optional<Text>& text,
                                                                  const feel::Scope& scope,
                                                                  const feel::Type& type) {
    if (!text) return nullptr;
    auto compiled = tests(*text, scope, type);
    return compiled ? std::make_shared<const AllowedValues>(*std::move(compiled)) : nullptr;
}

const std::string& TextCompiler::language_of(const Text& text) const {
    return text.language.empty() ? definitions_.expression_language : text.language;
}

bool TextCompiler::is_feel(const Text& text) {
    const std::string& language = language_of(text);
    if (names_feel(language)) return true;
    fault(text, "unknown_language", "The expression language '" + language + "' is not FEEL.");
    return false;
}

void TextCompiler::text_fault(const Text& text, const feel::Fault& why) {
    Element place = text;
    place.line += why.line - 1;
    fault(place, "bad_feel", why.reason);
}

void TextCompiler::check_name(const Element& element) {
    if (!element.name.empty() && !feel::is_name(element.name))
        fault(element, "bad_name", "'" + element.name + "' is no name that FEEL can use.",
              Severity::kWarning);
}

void TextCompiler::check_parameters(const std::vector<InformationItem>& parameters) {
    std::set<std::string_view> names;
    for (const InformationItem& parameter : parameters)
        if (!names.insert(parameter.name).second)
            fault(parameter, "duplicate_name", "Two parameters have the name '" + parameter.name + "'.");
}

void TextCompiler::fault(const Element& element, const char* code, std::string reason, Severity severity) {
    if (muted_) return;
    const std::string& id = element.id.empty() && element_ != nullptr ? element_->id : element.id;
    faults_.push_back({severity, definitions_.source, id, element.line, code, std::move(reason)});
}

}  // namespace rules::dmn
