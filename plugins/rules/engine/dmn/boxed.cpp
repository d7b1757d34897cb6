#include "dmn/boxed.hpp"

#include <algorithm>

namespace rules::dmn {

using feel::Evaluation;
using feel::Frame;
using feel::Value;

Value FaultyLogic::evaluate(Frame& /*frame*/, Run& run) const {
    return run.evaluation.null(reason_);
}

Value ConstantLogic::evaluate(Frame& /*frame*/, Run& /*run*/) const {
    return value_;
}

Value LiteralLogic::evaluate(Frame& frame, Run& run) const {
    return expression_.evaluate(frame, run.evaluation);
}

Value TypedLogic::evaluate(Frame& frame, Run& run) const {
    return coerce(inner_->evaluate(frame, run), type_, run.evaluation);
}

Value ContextLogic::evaluate(Frame& frame, Run& run) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Entry& entry = entries_[i];
        frame[first_ + static_cast<feel::Slot>(i)] =
            coerce(entry.value->evaluate(frame, run), entry.type, run.evaluation);
    }
    if (result_) return result_->evaluate(frame, run);
    std::vector<Value> values;
    values.reserve(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i)
        values.push_back(frame[first_ + static_cast<feel::Slot>(i)]);
    return run.evaluation.context(shape_, std::move(values));
}

Value InvocationLogic::evaluate(Frame& frame, Run& run) const {
    const Value called = called_->evaluate(frame, run);
    std::vector<std::pair<std::string, Value>> arguments;
    arguments.reserve(arguments_.size());
    for (const auto& [name, value] : arguments_)
        arguments.emplace_back(name, value->evaluate(frame, run));
    return invoke(called, feel::NamedArguments(arguments), run.evaluation);
}

Value ListLogic::evaluate(Frame& frame, Run& run) const {
    std::vector<Value> items;
    items.reserve(items_.size());
    for (const LogicPtr& item : items_)
        items.push_back(item->evaluate(frame, run));
    return run.evaluation.list(std::move(items));
}

Value RowLogic::evaluate(Frame& frame, Run& run) const {
    std::vector<Value> values;
    values.reserve(cells_.size());
    for (const LogicPtr& cell : cells_)
        values.push_back(cell->evaluate(frame, run));
    return run.evaluation.context(shape_, std::move(values));
}

namespace {

// The function that a FunctionLogic makes, with what it saw.
class BoxedFunction : public feel::Function {
 public:
    BoxedFunction(std::shared_ptr<const FunctionLogic::Definition> definition, std::vector<Value> captured,
                  std::shared_ptr<Recorder> recorder)
        : definition_(std::move(definition)),
          captured_(std::move(captured)),
          recorder_(std::move(recorder)) {}

    Value invoke(std::span<const Value> arguments, Evaluation& evaluation) const override {
        if (arguments.size() != definition_->parameters.size())
            return evaluation.null("wrong number of arguments");
        Frame frame(definition_->frame_size);
        for (feel::Slot slot = 0; slot < captured_.size(); ++slot)
            frame[slot] = captured_[slot];
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            Value& slot = frame[static_cast<feel::Slot>(captured_.size() + i)];
            slot = coerce(arguments[i], definition_->parameters[i].type, evaluation);
            if (slot.is_null() && !arguments[i].is_null())
                return evaluation.null("an argument is not of its parameter's type");
        }
        const std::uint32_t levels = kLevels + definition_->depth;
        if (!evaluation.enter(levels)) return {};
        Run run{evaluation, recorder_};
        Value result = definition_->body->evaluate(frame, run);
        evaluation.leave(levels);
        return result;
    }

    std::span<const feel::Parameter> parameters() const noexcept override { return definition_->parameters; }
    feel::Type result_type() const override { return definition_->result; }

    std::uint32_t depth() const noexcept override {
        std::uint32_t deepest = 0;
        for (const Value& value : captured_)
            deepest = std::max(deepest, value.depth());
        return deepest + 1;
    }
    std::uint64_t weight() const noexcept override {
        std::uint64_t sum = 1;
        for (const Value& value : captured_)
            sum += value.weight();
        return sum;
    }

 private:
    static constexpr std::uint32_t kLevels = 2;  // the stack that a call takes, in nodes of an expression

    std::shared_ptr<const FunctionLogic::Definition> definition_;
    std::vector<Value> captured_;
    std::shared_ptr<Recorder> recorder_;
};

}  // namespace

Value FunctionLogic::evaluate(Frame& frame, Run& run) const {
    std::vector<Value> captured;
    captured.reserve(definition_->captured);
    for (feel::Slot slot = 0; slot < definition_->captured; ++slot)
        captured.push_back(frame[slot]);
    return Value::function(std::make_shared<BoxedFunction>(definition_, std::move(captured), run.recorder));
}

Value ConditionalLogic::evaluate(Frame& frame, Run& run) const {
    const Value condition = condition_->evaluate(frame, run);
    if (!condition.is_boolean() && !condition.is_null())
        return run.evaluation.null("the condition is neither true nor false");
    return (condition.is_true() ? then_ : otherwise_)->evaluate(frame, run);
}

Value IteratorLogic::evaluate(Frame& frame, Run& run) const {
    if (in_) frame[variable_] = in_->evaluate(frame, run);
    const Value items = items_.evaluate(frame, run.evaluation);
    if (!items.is_list()) return run.evaluation.null("what is iterated over is no list");
    return kind_ == IteratorKind::kFor ? collect(items.as_list(), frame, run)
                                       : quantify(items.as_list(), frame, run);
}

Value IteratorLogic::collect(std::span<const Value> items, Frame& frame, Run& run) const {
    std::vector<Value> results;
    for (const Value& item : items) {
        if (!run.evaluation.step()) return {};
        frame[variable_] = item;
        if (uses_partial_) frame[variable_ + 1] = run.evaluation.list(results);
        results.push_back(body_->evaluate(frame, run));
    }
    return run.evaluation.list(std::move(results));
}

// A disjunction or conjunction of all results, in three-valued logic; null if a result is of another type.
Value IteratorLogic::quantify(std::span<const Value> items, Frame& frame, Run& run) const {
    const bool decisive = kind_ == IteratorKind::kSome;
    bool decided = false;
    bool unknown = false;
    for (const Value& item : items) {
        if (!run.evaluation.step()) return {};
        frame[variable_] = item;
        const Value result = body_->evaluate(frame, run);
        if (!result.is_boolean() && !result.is_null())
            return run.evaluation.null("what has to be satisfied is neither true nor false");
        decided = decided || (result.is_boolean() && result.as_boolean() == decisive);
        unknown = unknown || result.is_null();
    }
    if (decided) return Value::boolean(decisive);
    return unknown ? Value() : Value::boolean(!decisive);
}

Value FilterLogic::evaluate(Frame& frame, Run& run) const {
    frame[slot_] = in_->evaluate(frame, run);
    return filter_.evaluate(frame, run.evaluation);
}

Value BoxedFilterLogic::evaluate(Frame& frame, Run& run) const {
    const Value in = in_->evaluate(frame, run);
    if (in.is_null()) return {};
    const std::span<const Value> items = in.is_list() ? in.as_list() : std::span(&in, 1);
    std::vector<Value> kept;
    for (const Value& item : items) {
        if (!run.evaluation.step()) return {};
        bind(item, frame);
        if (match_->evaluate(frame, run).is_true()) kept.push_back(item);
    }
    return run.evaluation.list(std::move(kept));
}

void BoxedFilterLogic::bind(const Value& item, Frame& frame) const {
    frame[item_] = item;
    feel::Slot slot = item_;
    for (const std::string& member : members_) {
        const Value* value = item.is_context() ? item.as_context().find(member) : nullptr;
        frame[++slot] = value != nullptr ? *value : Value();
    }
}

}  // namespace rules::dmn
