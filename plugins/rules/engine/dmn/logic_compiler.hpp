#pragma once

#include "dmn/limits.hpp"
#include "dmn/logic.hpp"
#include "dmn/model.hpp"
#include "dmn/text_compiler.hpp"
#include "dmn/type_table.hpp"
#include "feel/compile.hpp"
#include "feel/function.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rules::dmn {

class TableLogic;

// The parameters of the functions of the model that a text can call, by their names or `import.name`. The
// names themselves are those in the slots before `end`.
struct Callables {
    std::map<std::string, const std::vector<feel::Parameter>*> parameters;
    feel::Slot end = 0;
};

// Compiles the boxed expressions of one decision or knowledge model. `scope` holds the names that they see,
// and is left as it was.
class LogicCompiler {
 public:
    LogicCompiler(feel::Scope& scope, const TypeTable& types, TextCompiler& texts, const Limits& limits,
                  const Callables& callables)
        : scope_(scope),
          types_(types),
          texts_(texts),
          limits_(limits),
          callables_(callables),
          frame_size_(scope.size()) {}

    // Never without logic: what is faulty evaluates to null with a note.
    CompiledLogic compile(const Expression& expression);
    // The same of a part that may be missing.
    CompiledLogic compile(const ExpressionPtr& expression);

    // The frame that all that was compiled needs.
    std::size_t frame_size() const { return frame_size_; }
    // The decision tables in all that was compiled, in their order.
    const std::vector<std::shared_ptr<const TableLogic>>& tables() const { return tables_; }
    // Boxed expressions inside each other, at the deepest.
    std::uint32_t depth() const { return deepest_; }

 private:
    friend class TableCompiler;

    CompiledLogic compile_body(const LiteralExpression& literal, const Expression& owner);
    CompiledLogic compile_body(const BoxedContext& context, const Expression& owner);
    CompiledLogic compile_body(const BoxedInvocation& invocation, const Expression& owner);
    CompiledLogic compile_body(const Relation& relation, const Expression& owner);
    CompiledLogic compile_body(const BoxedList& list, const Expression& owner);
    CompiledLogic compile_body(const FunctionDefinition& function, const Expression& owner);
    CompiledLogic compile_body(const Conditional& conditional, const Expression& owner);
    CompiledLogic compile_body(const Iterator& iterator, const Expression& owner);
    CompiledLogic compile_body(const Filter& filter, const Expression& owner);
    CompiledLogic compile_body(const DecisionTable& table, const Expression& owner);

    void check_bindings(const BoxedInvocation& invocation);
    // Of what an expression names, if that is a function of the model.
    const std::vector<feel::Parameter>* parameters_of(const ExpressionPtr& called) const;
    std::optional<feel::Expression> compile_items(const ExpressionPtr& in, LogicPtr& boxed);
    CompiledLogic boxed_filter(const Filter& filter, CompiledLogic in);
    CompiledLogic faulty(std::string reason) const;
    CompiledLogic fault(const Element& element, const char* code, std::string reason);
    feel::Type type_of(const InformationItem& item) const;
    feel::Slot declare(std::string_view name, feel::Type type);
    feel::Slot declare(const InformationItem& item, feel::Type type);
    // Makes room for what an expression writes beyond the names.
    void reserve(std::size_t size);

    feel::Scope& scope_;
    const TypeTable& types_;
    TextCompiler& texts_;
    const Limits& limits_;
    const Callables& callables_;
    std::size_t frame_size_;
    std::vector<std::shared_ptr<const TableLogic>> tables_;
    std::uint32_t depth_ = 0;
    std::uint32_t deepest_ = 0;
};

}  // namespace rules::dmn
