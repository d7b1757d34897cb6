// Comparisons and arithmetic.
#include "core/flags/machine.hpp"

#include <algorithm>
#include <cmath>

namespace mortise::flags {

bool Machine::number_of(const Value& value, double& out) noexcept {
    if (value.is_number()) {
        out = value.number();
        return true;
    }
    if (value.is_string() && !spend_on_text(value.text().size())) return false;
    const auto number = to_number(value);
    if (!number) return fail(RuleFault::kNotANumber);
    out = *number;
    return true;
}

bool Machine::compare_pair(Comparison comparison, const Value& a, const Value& b, bool& out) noexcept {
    for (const auto* const value : {&a, &b})
        if (value->is_string() && !spend_on_text(value->text().size())) return false;
    const auto holds = compare(comparison, a, b);
    if (!holds) return fail(RuleFault::kNotANumber);
    out = *holds;
    return true;
}

// With more than two arguments each is compared with the next.
bool Machine::run_compare(const Node& node, const Frame& frame, Value& out) noexcept {
    if (node.count < 2) return fail(RuleFault::kInvalidArguments);
    const auto comparison = static_cast<Comparison>(node.aux);
    Value previous, current;
    bool holds = true;
    if (!child(node, 0, frame, previous)) return false;
    for (std::size_t i = 1; i < node.count && holds; ++i) {
        if (!child(node, i, frame, current) || !compare_pair(comparison, previous, current, holds))
            return false;
        previous = current;
    }
    out = Value::boolean(holds);
    return true;
}

bool Machine::run_strict(const Node& node, const Frame& frame, Value& out) noexcept {
    if (node.count < 2) return fail(RuleFault::kInvalidArguments);
    const bool wanted = node.aux == 0;
    Value previous, current;
    bool holds = true;
    if (!child(node, 0, frame, previous)) return false;
    for (std::size_t i = 1; i < node.count && holds; ++i) {
        if (!child(node, i, frame, current)) return false;
        if (current.is_string() && !spend_on_text(current.text().size())) return false;
        holds = strictly_equal(previous, current) == wanted;
        previous = current;
    }
    out = Value::boolean(holds);
    return true;
}

namespace {

// What one argument, or none, makes.
std::optional<double> alone(Arithmetic operation, double number) noexcept {
    switch (operation) {
        case Arithmetic::kAdd:
        case Arithmetic::kMultiply:
            return number;
        case Arithmetic::kSubtract:
            return -number;
        case Arithmetic::kDivide:
            return number == 0 ? std::nullopt : std::optional(1 / number);
        case Arithmetic::kModulo:
            break;
    }
    return std::nullopt;
}

double combine(Arithmetic operation, double a, double b) noexcept {
    switch (operation) {
        case Arithmetic::kAdd:
            return a + b;
        case Arithmetic::kSubtract:
            return a - b;
        case Arithmetic::kMultiply:
            return a * b;
        case Arithmetic::kDivide:
            return a / b;
        case Arithmetic::kModulo:
            return std::fmod(a, b);
    }
    return 0;
}

}  // namespace

// Whatever is not finite is no number: a division by zero, a modulo by zero, an overflow.
bool Machine::run_arithmetic(const Node& node, const Frame& frame, Value& out) noexcept {
    const auto operation = static_cast<Arithmetic>(node.aux);
    std::span<const Value> given;
    if (!arguments(node, frame, given)) return false;
    if (given.empty()) {
        if (operation > Arithmetic::kMultiply || operation == Arithmetic::kSubtract)
            return fail(RuleFault::kInvalidArguments);
        out = Value::number(operation == Arithmetic::kMultiply ? 1 : 0);
        return true;
    }
    double result = 0, next = 0;
    if (!spend(given.size()) || !number_of(given[0], result)) return false;
    if (given.size() == 1) {
        const auto single = alone(operation, result);
        if (!single)
            return fail(operation == Arithmetic::kModulo ? RuleFault::kInvalidArguments
                                                         : RuleFault::kNotANumber);
        result = *single;
    }
    for (std::size_t i = 1; i < given.size(); ++i) {
        if (!number_of(given[i], next)) return false;
        result = combine(operation, result, next);
    }
    if (!std::isfinite(result)) return fail(RuleFault::kNotANumber);
    out = Value::number(result);
    return true;
}

// Of numbers only: nothing is converted.
bool Machine::run_extreme(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> given;
    if (!arguments(node, frame, given) || !spend(given.size())) return false;
    if (given.empty() ||
        !std::all_of(given.begin(), given.end(), [](const Value& v) { return v.is_number(); }))
        return fail(RuleFault::kInvalidArguments);
    const auto less = [](const Value& a, const Value& b) { return a.number() < b.number(); };
    out = node.aux == 0 ? *std::min_element(given.begin(), given.end(), less)
                        : *std::max_element(given.begin(), given.end(), less);
    return true;
}

}  // namespace mortise::flags
