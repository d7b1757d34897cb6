// Nodes of operators and tests.
#include "feel/arithmetic.hpp"
#include "feel/node.hpp"

#include <algorithm>

namespace rules::feel {

namespace {

using Operation = Value (*)(const Value&, const Value&, Evaluation&);

Operation operation_of(Arithmetic arithmetic) noexcept {
    switch (arithmetic) {
        case Arithmetic::kAdd:
            return add;
        case Arithmetic::kSubtract:
            return subtract;
        case Arithmetic::kMultiply:
            return multiply;
        case Arithmetic::kDivide:
            return divide;
        case Arithmetic::kPower:
            break;
    }
    return power;
}

class ArithmeticNode final : public Node {
 public:
    ArithmeticNode(Operation operation, NodePtr left, NodePtr right)
        : operation_(operation), left_(std::move(left)), right_(std::move(right)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const auto left = left_->evaluate(frame, evaluation);
        const auto right = right_->evaluate(frame, evaluation);
        return operation_(left, right, evaluation);
    }

    Operation operation_;
    NodePtr left_;
    NodePtr right_;
};

class NegationNode final : public Node {
 public:
    explicit NegationNode(NodePtr operand) : operand_(std::move(operand)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        return negate(operand_->evaluate(frame, evaluation), evaluation);
    }

    NodePtr operand_;
};

class ComparisonNode final : public Node {
 public:
    ComparisonNode(Comparison comparison, NodePtr left, NodePtr right)
        : comparison_(comparison), left_(std::move(left)), right_(std::move(right)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const auto left = left_->evaluate(frame, evaluation);
        const auto right = right_->evaluate(frame, evaluation);
        // Long texts are many steps.
        if (!evaluation.step(std::min(left.weight(), right.weight()))) return {};
        const auto truth = compare(comparison_, left, right, evaluation);
        if (truth != Truth::kNull || !evaluation.keeps_notes()) return Value::of(truth);
        return evaluation.null("a " + std::string(kind_name(left.kind())) + " and a " +
                               std::string(kind_name(right.kind())) + " can't be compared");
    }

    Comparison comparison_;
    NodePtr left_;
    NodePtr right_;
};

// `and` (of which false decides) and `or` (true); what is no boolean counts as null.
class JunctionNode final : public Node {
 public:
    JunctionNode(bool decisive, Nodes operands) : decisive_(decisive), operands_(std::move(operands)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        bool known = true;
        for (const auto& operand : operands_) {
            const auto value = operand->evaluate(frame, evaluation);
            if (!value.is_boolean()) {
                known = false;
            } else if (value.as_boolean() == decisive_) {
                return value;
            }
        }
        return known ? Value::boolean(!decisive_) : evaluation.null("an operand is no boolean");
    }

    bool decisive_;
    Nodes operands_;
};

class BetweenNode final : public Node {
 public:
    BetweenNode(NodePtr value, NodePtr low, NodePtr high)
        : value_(std::move(value)), low_(std::move(low)), high_(std::move(high)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const auto value = value_->evaluate(frame, evaluation);
        const auto low = low_->evaluate(frame, evaluation);
        const auto high = high_->evaluate(frame, evaluation);
        if (!evaluation.step(value.weight())) return {};
        const auto above = less_or_equal(low, value);
        const auto below = less_or_equal(value, high);
        if (above == Truth::kNull || below == Truth::kNull)
            return evaluation.null("`between` has nothing to compare");
        return Value::boolean(above == Truth::kTrue && below == Truth::kTrue);
    }

    NodePtr value_;
    NodePtr low_;
    NodePtr high_;
};

class InstanceOfNode final : public Node {
 public:
    InstanceOfNode(NodePtr value, Type type) : value_(std::move(value)), type_(std::move(type)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const auto value = value_->evaluate(frame, evaluation);
        if (value.is_null()) return Value::boolean(type_.kind() == Type::Kind::kNull);
        return Value::boolean(type_.accepts(value, evaluation));
    }

    NodePtr value_;
    Type type_;
};

class InNode final : public Node {
 public:
    InNode(NodePtr value, std::vector<Test> tests) : value_(std::move(value)), tests_(std::move(tests)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const auto value = value_->evaluate(frame, evaluation);
        return Value::of(any_holds(tests_, value, frame, evaluation));
    }

    NodePtr value_;
    std::vector<Test> tests_;
};

}  // namespace

Truth negated(Truth truth) noexcept {
    if (truth == Truth::kNull) return truth;
    return truth_of(truth == Truth::kFalse);
}

Truth compare(Comparison comparison, const Value& left, const Value& right, Evaluation& evaluation) {
    switch (comparison) {
        case Comparison::kEqual:
            return equal(left, right, evaluation);
        case Comparison::kNotEqual:
            return negated(equal(left, right, evaluation));
        case Comparison::kLess:
            return less(left, right);
        case Comparison::kLessOrEqual:
            return less_or_equal(left, right);
        case Comparison::kGreater:
            return less(right, left);
        case Comparison::kGreaterOrEqual:
            break;
    }
    return less_or_equal(right, left);
}

Truth holds(const Test& test, const Value& input, Frame& frame, Evaluation& evaluation) {
    const auto value = test.node->evaluate(frame, evaluation);
    if (test.compares) return compare(test.comparison, input, value, evaluation);
    // What is no range for a fault contains nothing, though null would equal its value.
    const bool fault = value.is_null() && (test.node->is_fault() || test.node->is_range());
    if (fault && input.is_null()) return Truth::kNull;
    // A condition is the answer itself, unless it is a value that a boolean may be equal to; a constant is
    // never a condition.
    const bool condition = test.uses_input || (!input.is_boolean() && test.node->constant() == nullptr);
    if (value.is_boolean() && condition) return truth_of(value.as_boolean());
    return is_in(input, value, evaluation);
}

Truth any_holds(std::span<const Test> tests, const Value& input, Frame& frame, Evaluation& evaluation) {
    auto result = Truth::kFalse;
    for (const auto& test : tests) {
        const auto truth = holds(test, input, frame, evaluation);
        if (truth == Truth::kTrue) return truth;
        if (truth == Truth::kNull) result = truth;
    }
    return result;
}

NodePtr make_arithmetic(Arithmetic operation, NodePtr left, NodePtr right) {
    return std::make_unique<ArithmeticNode>(operation_of(operation), std::move(left), std::move(right));
}

NodePtr make_negation(NodePtr operand) {
    if (const auto* constant = operand->constant(); constant != nullptr && constant->is_number())
        return make_constant(Value::number(constant->as_number().negated()));
    return std::make_unique<NegationNode>(std::move(operand));
}

NodePtr make_comparison(Comparison comparison, NodePtr left, NodePtr right) {
    return std::make_unique<ComparisonNode>(comparison, std::move(left), std::move(right));
}

NodePtr make_conjunction(Nodes operands) {
    return std::make_unique<JunctionNode>(false, std::move(operands));
}

NodePtr make_disjunction(Nodes operands) {
    return std::make_unique<JunctionNode>(true, std::move(operands));
}

NodePtr make_between(NodePtr value, NodePtr low, NodePtr high) {
    return std::make_unique<BetweenNode>(std::move(value), std::move(low), std::move(high));
}

NodePtr make_instance_of(NodePtr value, Type type) {
    return std::make_unique<InstanceOfNode>(std::move(value), std::move(type));
}

NodePtr make_in(NodePtr value, std::vector<Test> tests) {
    return std::make_unique<InNode>(std::move(value), std::move(tests));
}

}  // namespace rules::feel
