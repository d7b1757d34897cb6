#pragma once

#include "dmn/logic.hpp"
#include "dmn/model.hpp"
#include "feel/function.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

// The compiled forms of boxed expressions (DMN 1.5, 10.2.2), but decision tables.
namespace rules::dmn {

// Null with a note: in place of what could not be compiled.
class FaultyLogic : public Logic {
 public:
    explicit FaultyLogic(std::string reason) : reason_(std::move(reason)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    std::string reason_;
};

class LiteralLogic : public Logic {
 public:
    explicit LiteralLogic(feel::Expression expression) : expression_(std::move(expression)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    feel::Expression expression_;
};

class ConstantLogic : public Logic {
 public:
    explicit ConstantLogic(feel::Value value) : value_(std::move(value)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;
    const feel::Value& value() const { return value_; }

 private:
    feel::Value value_;
};

// A value that has to conform to the type that the expression is declared with.
class TypedLogic : public Logic {
 public:
    TypedLogic(LogicPtr inner, feel::Type type) : inner_(std::move(inner)), type_(std::move(type)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    LogicPtr inner_;
    feel::Type type_;
};

// Entries take the slots from `first` on, in their order.
class ContextLogic : public Logic {
 public:
    struct Entry {
        LogicPtr value;
        feel::Type type;
    };

    ContextLogic(feel::Slot first, std::vector<Entry> entries, std::shared_ptr<const feel::Shape> shape,
                 LogicPtr result)
        : first_(first), entries_(std::move(entries)), shape_(std::move(shape)), result_(std::move(result)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    feel::Slot first_;
    std::vector<Entry> entries_;
    std::shared_ptr<const feel::Shape> shape_;
    LogicPtr result_;  // null: the context itself
};

class InvocationLogic : public Logic {
 public:
    using Argument = std::pair<std::string, LogicPtr>;

    InvocationLogic(LogicPtr called, std::vector<Argument> arguments)
        : called_(std::move(called)), arguments_(std::move(arguments)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    LogicPtr called_;
    std::vector<Argument> arguments_;
};

class ListLogic : public Logic {
 public:
    explicit ListLogic(std::vector<LogicPtr> items) : items_(std::move(items)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    std::vector<LogicPtr> items_;
};

class RowLogic : public Logic {
 public:
    RowLogic(std::shared_ptr<const feel::Shape> shape, std::vector<LogicPtr> cells)
        : shape_(std::move(shape)), cells_(std::move(cells)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    std::shared_ptr<const feel::Shape> shape_;
    std::vector<LogicPtr> cells_;
};

// A function that sees the names around it, as they are when it is made.
class FunctionLogic : public Logic {
 public:
    struct Definition {
        std::vector<feel::Parameter> parameters;  // in the slots from `captured` on
        LogicPtr body;
        feel::Type result;
        feel::Slot captured = 0;
        std::size_t frame_size = 0;
        std::uint32_t depth = 0;  // of boxed expressions inside each other
    };

    explicit FunctionLogic(std::shared_ptr<const Definition> definition)
        : definition_(std::move(definition)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    std::shared_ptr<const Definition> definition_;
};

class ConditionalLogic : public Logic {
 public:
    ConditionalLogic(LogicPtr condition, LogicPtr then, LogicPtr otherwise)
        : condition_(std::move(condition)), then_(std::move(then)), otherwise_(std::move(otherwise)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    LogicPtr condition_;
    LogicPtr then_;
    LogicPtr otherwise_;
};

// `for`, `some` and `every`: the variable is in the slot `variable`, of `for` the results so far in the next.
class IteratorLogic : public Logic {
 public:
    IteratorLogic(IteratorKind kind, feel::Slot variable, LogicPtr in, feel::Expression items, LogicPtr body,
                  bool uses_partial)
        : kind_(kind),
          variable_(variable),
          in_(std::move(in)),
          items_(std::move(items)),
          body_(std::move(body)),
          uses_partial_(uses_partial) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    feel::Value collect(std::span<const feel::Value> items, feel::Frame& frame, Run& run) const;
    feel::Value quantify(std::span<const feel::Value> items, feel::Frame& frame, Run& run) const;

    IteratorKind kind_;
    feel::Slot variable_;
    LogicPtr in_;             // null: the items' expression needs no value in the variable's slot
    feel::Expression items_;  // the list to walk
    LogicPtr body_;
    bool uses_partial_;
};

// A filter by one FEEL text. The value goes into `slot`, from where `filter` takes it.
class FilterLogic : public Logic {
 public:
    FilterLogic(feel::Slot slot, LogicPtr in, feel::Expression filter)
        : slot_(slot), in_(std::move(in)), filter_(std::move(filter)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    feel::Slot slot_;
    LogicPtr in_;
    feel::Expression filter_;
};

// A filter by another boxed expression: each item is put into the slot `item`, its known members after it.
class BoxedFilterLogic : public Logic {
 public:
    BoxedFilterLogic(feel::Slot item, std::vector<std::string> members, LogicPtr in, LogicPtr match)
        : item_(item), members_(std::move(members)), in_(std::move(in)), match_(std::move(match)) {}
    feel::Value evaluate(feel::Frame& frame, Run& run) const override;

 private:
    void bind(const feel::Value& item, feel::Frame& frame) const;

    feel::Slot item_;
    std::vector<std::string> members_;
    LogicPtr in_;
    LogicPtr match_;
};

}  // namespace rules::dmn
