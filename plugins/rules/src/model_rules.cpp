#include "dmn/read.hpp"
#include "model_tests.hpp"

#include <utility>
#include <variant>

// Which rules a model's decision tables have: what the tests' coverage is measured by.
namespace rules {
namespace {

// Walks an expression with all that it holds. As deep as the document, which its reader bounds.
class RuleCollector {
 public:
    RuleCollector(std::string holder, std::map<RuleKey, std::string>& rules)
        : holder_(std::move(holder)), rules_(rules) {}

    void walk(const dmn::ExpressionPtr& expression) {
        if (!expression) return;
        table_ = expression->id;
        std::visit([this](const auto& body) { visit(body); }, expression->body);
    }

 private:
    void visit(const dmn::LiteralExpression&) {}
    void visit(const dmn::BoxedContext& context) {
        for (const dmn::ContextEntry& entry : context.entries)
            walk(entry.value);
    }
    void visit(const dmn::BoxedInvocation& invocation) {
        walk(invocation.called);
        for (const dmn::Binding& binding : invocation.bindings)
            walk(binding.value);
    }
    void visit(const dmn::Relation& relation) {
        for (const auto& row : relation.rows)
            for (const dmn::ExpressionPtr& cell : row)
                walk(cell);
    }
    void visit(const dmn::BoxedList& list) {
        for (const dmn::ExpressionPtr& item : list.items)
            walk(item);
    }
    void visit(const dmn::FunctionDefinition& function) { walk(function.body); }
    void visit(const dmn::Conditional& conditional) {
        walk(conditional.condition);
        walk(conditional.then);
        walk(conditional.otherwise);
    }
    void visit(const dmn::Iterator& iterator) {
        walk(iterator.in);
        walk(iterator.body);
    }
    void visit(const dmn::Filter& filter) {
        walk(filter.in);
        walk(filter.match);
    }
    void visit(const dmn::DecisionTable& table) {
        std::uint32_t number = 0;
        for (const dmn::Rule& rule : table.rules)
            rules_.emplace(RuleKey{holder_, table_, ++number}, rule.id);
    }

    std::string holder_;
    std::string table_;  // the id of the expression that is being visited
    std::map<RuleKey, std::string>& rules_;
};

}  // namespace

std::map<RuleKey, std::string> rules_of(const std::vector<SourceFile>& files) {
    std::map<RuleKey, std::string> rules;
    dmn::Faults faults;
    for (const SourceFile& file : files) {
        const auto definitions = dmn::read_definitions(file.xml, file.name, {}, faults);
        if (!definitions) continue;
        for (const dmn::Decision& decision : definitions->decisions)
            RuleCollector(decision.id, rules).walk(decision.logic);
        for (const dmn::BusinessKnowledgeModel& knowledge : definitions->knowledge_models)
            RuleCollector(knowledge.id, rules).walk(knowledge.logic);
    }
    return rules;
}

}  // namespace rules
