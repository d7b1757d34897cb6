// Nodes of conditions and loops.
#include "feel/iteration.hpp"
#include "feel/node.hpp"

namespace rules::feel {

namespace {

class IfNode final : public Node {
 public:
    IfNode(NodePtr condition, NodePtr then, NodePtr otherwise)
        : condition_(std::move(condition)), then_(std::move(then)), otherwise_(std::move(otherwise)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const bool holds = condition_->evaluate(frame, evaluation).is_true();
        return (holds ? then_ : otherwise_)->evaluate(frame, evaluation);
    }

    NodePtr condition_;
    NodePtr then_;
    NodePtr otherwise_;
};

// An item by its number: from 1 from the front, from -1 from the back.
Value item_at(std::span<const Value> items, const Decimal& index, Evaluation& evaluation) {
    const auto number = index.to_integer();
    const auto size = static_cast<std::int64_t>(items.size());
    if (!number || *number == 0 || *number > size || *number < -size)
        return evaluation.null("a list has no item of this number");
    return items[static_cast<std::size_t>(*number > 0 ? *number - 1 : size + *number)];
}

class FilterNode final : public Node {
 public:
    FilterNode(NodePtr source, NodePtr condition, Slot item)
        : source_(std::move(source)), condition_(std::move(condition)), item_(item) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const auto source = source_->evaluate(frame, evaluation);
        if (source.is_null()) return evaluation.null("null is filtered");
        const std::span<const Value> items = source.is_list() ? source.as_list() : std::span(&source, 1);
        if (const auto* constant = condition_->constant(); constant != nullptr && constant->is_number())
            return item_at(items, constant->as_number(), evaluation);
        return items.empty() ? of_none(source, frame, evaluation) : chosen(items, frame, evaluation);
    }

    // Whether the condition is a number can't be seen on an item.
    Value of_none(const Value& source, Frame& frame, Evaluation& evaluation) const {
        frame[item_] = Value();
        const auto condition = condition_->evaluate(frame, evaluation);
        return condition.is_number() ? item_at({}, condition.as_number(), evaluation) : source;
    }

    Value chosen(std::span<const Value> items, Frame& frame, Evaluation& evaluation) const {
        std::vector<Value> kept;
        for (const auto& item : items) {
            frame[item_] = item;
            const auto condition = condition_->evaluate(frame, evaluation);
            if (condition.is_number()) return item_at(items, condition.as_number(), evaluation);
            if (condition.is_true()) kept.push_back(item);
            if (evaluation.exceeded()) return {};
        }
        return evaluation.list(std::move(kept));
    }

    NodePtr source_;
    NodePtr condition_;
    Slot item_;
};

// Walks several iterators, the last one fastest; each may read those before it.
class Walk {
 public:
    Walk(std::span<const Iterator> iterators, Frame& frame, Evaluation& evaluation)
        : iterators_(iterators), frame_(frame), evaluation_(evaluation) {}

    // Calls `body` for each combination until it gives false. False if a domain can't be walked over.
    template <typename Body>
    bool run(const Body& body) {
        return level(0, body);
    }

 private:
    template <typename Body>
    bool level(std::size_t depth, const Body& body) {
        if (depth == iterators_.size()) {
            stopped_ = !body();
            return true;
        }
        const auto& iterator = iterators_[depth];
        const auto domain = domain_of(iterator);
        if (!domain) return false;
        for (std::uint64_t i = 0; i < domain->size() && !stopped_; ++i) {
            if (!evaluation_.step()) return false;
            frame_[iterator.slot] = domain->at(i);
            if (!level(depth + 1, body)) return false;
        }
        return true;
    }

    std::optional<Domain> domain_of(const Iterator& iterator) {
        auto first = iterator.domain->evaluate(frame_, evaluation_);
        if (iterator.last == nullptr) return Domain::over(std::move(first), evaluation_);
        return Domain::between(first, iterator.last->evaluate(frame_, evaluation_), evaluation_);
    }

    std::span<const Iterator> iterators_;
    Frame& frame_;
    Evaluation& evaluation_;
    bool stopped_ = false;
};

class ForNode final : public Node {
 public:
    static constexpr Slot kNoPartial = static_cast<Slot>(-1);

    ForNode(std::vector<Iterator> iterators, NodePtr result, Slot partial)
        : iterators_(std::move(iterators)), result_(std::move(result)), partial_(partial) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        std::vector<Value> results;
        const bool walked = Walk(iterators_, frame, evaluation).run([&] {
            if (partial_ != kNoPartial) {
                // What came so far is a list of its own each time, and is paid for.
                if (!evaluation.step(results.size())) return false;
                frame[partial_] = evaluation.list(results);
            }
            results.push_back(result_->evaluate(frame, evaluation));
            return evaluation.allocate(sizeof(Value)) && !evaluation.exceeded();
        });
        return walked ? evaluation.list(std::move(results)) : Value();
    }

    std::vector<Iterator> iterators_;
    NodePtr result_;
    Slot partial_;
};

// `some` (which true decides) and `every` (false).
class QuantifiedNode final : public Node {
 public:
    QuantifiedNode(bool decisive, std::vector<Iterator> iterators, NodePtr condition)
        : decisive_(decisive), iterators_(std::move(iterators)), condition_(std::move(condition)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        auto result = truth_of(!decisive_);
        const bool walked = Walk(iterators_, frame, evaluation).run([&] {
            const auto value = condition_->evaluate(frame, evaluation);
            if (!value.is_boolean()) result = Truth::kNull;
            const bool decided = value.is_boolean() && value.as_boolean() == decisive_;
            if (decided) result = truth_of(decisive_);
            return !decided && !evaluation.exceeded();
        });
        return walked ? Value::of(result) : Value();
    }

    bool decisive_;
    std::vector<Iterator> iterators_;
    NodePtr condition_;
};

}  // namespace

NodePtr make_if(NodePtr condition, NodePtr then, NodePtr otherwise) {
    return std::make_unique<IfNode>(std::move(condition), std::move(then), std::move(otherwise));
}

NodePtr make_filter(NodePtr source, NodePtr condition, Slot item) {
    return std::make_unique<FilterNode>(std::move(source), std::move(condition), item);
}

NodePtr make_for(std::vector<Iterator> iterators, NodePtr result, std::optional<Slot> partial) {
    return std::make_unique<ForNode>(std::move(iterators), std::move(result),
                                     partial.value_or(ForNode::kNoPartial));
}

NodePtr make_quantified(Quantifier quantifier, std::vector<Iterator> iterators, NodePtr condition) {
    return std::make_unique<QuantifiedNode>(quantifier == Quantifier::kSome, std::move(iterators),
                                            std::move(condition));
}

}  // namespace rules::feel
