#include "dmn/mentions.hpp"

#include <algorithm>

namespace rules::dmn {
namespace {

class Search {
 public:
    explicit Search(std::string_view name) : name_(name) {}

    bool in(const Expression& expression) const {
        return std::visit([&](const auto& body) { return in(body); }, expression.body);
    }

 private:
    bool in(const Text& text) const { return text.text.find(name_) != std::string::npos; }
    bool in(const std::optional<Text>& text) const { return text && in(*text); }
    bool in(const ExpressionPtr& expression) const { return expression && in(*expression); }
    template <class Part>
    bool in(const std::vector<Part>& parts) const {
        return std::any_of(parts.begin(), parts.end(), [&](const Part& part) { return in(part); });
    }

    bool in(const LiteralExpression& literal) const { return in(literal.text); }
    bool in(const ContextEntry& entry) const { return in(entry.value); }
    bool in(const BoxedContext& context) const { return in(context.entries); }
    bool in(const Binding& binding) const { return in(binding.value); }
    bool in(const BoxedInvocation& invocation) const {
        return in(invocation.called) || in(invocation.bindings);
    }
    bool in(const Relation& relation) const { return in(relation.rows); }
    bool in(const BoxedList& list) const { return in(list.items); }
    bool in(const FunctionDefinition& function) const { return in(function.body); }
    bool in(const Conditional& conditional) const {
        return in(conditional.condition) || in(conditional.then) || in(conditional.otherwise);
    }
    bool in(const Iterator& iterator) const { return in(iterator.in) || in(iterator.body); }
    bool in(const Filter& filter) const { return in(filter.in) || in(filter.match); }
    bool in(const InputClause& input) const { return in(input.expression); }
    bool in(const OutputClause& output) const { return in(output.default_value); }
    bool in(const Rule& rule) const { return in(rule.inputs) || in(rule.outputs); }
    bool in(const DecisionTable& table) const {
        return in(table.inputs) || in(table.outputs) || in(table.rules);
    }

    std::string_view name_;
};

}  // namespace

bool mentions(const Expression& expression, std::string_view name) {
    return Search(name).in(expression);
}

}  // namespace rules::dmn
