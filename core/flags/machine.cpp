#include "core/flags/machine.hpp"

namespace mortise::flags {

const std::array<Machine::Handler, kOpCount> Machine::kHandlers{
    &Machine::call<&Machine::run_constant>,   &Machine::call<&Machine::run_array>,
    &Machine::call<&Machine::run_var>,        &Machine::call<&Machine::run_var_of>,
    &Machine::call<&Machine::run_if>,         &Machine::call<&Machine::run_and>,
    &Machine::call<&Machine::run_or>,         &Machine::call<&Machine::run_not>,
    &Machine::call<&Machine::run_compare>,    &Machine::call<&Machine::run_strict>,
    &Machine::call<&Machine::run_arithmetic>, &Machine::call<&Machine::run_extreme>,
    &Machine::call<&Machine::run_in>,         &Machine::call<&Machine::run_cat>,
    &Machine::call<&Machine::run_substr>,     &Machine::call<&Machine::run_merge>,
    &Machine::call<&Machine::run_map>,        &Machine::call<&Machine::run_filter>,
    &Machine::call<&Machine::run_reduce>,     &Machine::call<&Machine::run_quantifier>,
    &Machine::call<&Machine::run_missing>,    &Machine::call<&Machine::run_missing_some>,
    &Machine::call<&Machine::run_log>,        &Machine::call<&Machine::run_affix>,
    &Machine::call<&Machine::run_sem_ver>,    &Machine::call<&Machine::run_fractional>,
    &Machine::call<&Machine::run_listed>,
};

std::string_view to_string(RuleFault fault) noexcept {
    switch (fault) {
        case RuleFault::kNone:
            return "The rule has a value.";
        case RuleFault::kNotANumber:
            return "The rule computes or compares with something that is no number.";
        case RuleFault::kInvalidArguments:
            return "The rule gives an operation what it can't work with.";
        case RuleFault::kTooManySteps:
            return "The rule takes too many steps for this context.";
        case RuleFault::kTooLarge:
            return "The rule makes values that are too large for this context.";
    }
    return {};
}

bool Machine::run_constant(const Node& node, const Frame&, Value& out) noexcept {
    out = program_.constant(node.data);
    return true;
}

bool Machine::run_array(const Node& node, const Frame& frame, Value& out) noexcept {
    auto* const items = scratch_.allocate<Value>(node.count);
    if (items == nullptr) return fail(RuleFault::kTooLarge);
    for (std::size_t i = 0; i < node.count; ++i)
        if (!child(node, i, frame, items[i] = Value())) return false;
    out = Value::array({items, node.count});
    return true;
}

// The values of the children; or, if the only one is no list but its value is, what that holds.
bool Machine::arguments(const Node& node, const Frame& frame, std::span<const Value>& out) noexcept {
    Value values;
    if (!run_array(node, frame, values)) return false;
    out = values.items();
    if (node.spread && out.size() == 1 && out[0].is_array()) out = out[0].items();
    return true;
}

bool Machine::run_if(const Node& node, const Frame& frame, Value& out) noexcept {
    std::size_t at = 0;
    for (; at + 1 < node.count; at += 2) {
        if (!child(node, at, frame, out)) return false;
        if (truthy(out)) return child(node, at + 1, frame, out);
    }
    if (at < node.count) return child(node, at, frame, out);
    out = Value::null();
    return true;
}

bool Machine::run_and(const Node& node, const Frame& frame, Value& out) noexcept {
    out = Value::null();
    for (std::size_t i = 0; i < node.count; ++i) {
        if (!child(node, i, frame, out)) return false;
        if (!truthy(out)) break;
    }
    return true;
}

bool Machine::run_or(const Node& node, const Frame& frame, Value& out) noexcept {
    out = Value::null();
    for (std::size_t i = 0; i < node.count; ++i) {
        if (!child(node, i, frame, out)) return false;
        if (truthy(out)) break;
    }
    return true;
}

bool Machine::run_not(const Node& node, const Frame& frame, Value& out) noexcept {
    if (node.count > 0 && !child(node, 0, frame, out)) return false;
    const bool holds = node.count > 0 && truthy(out);
    out = Value::boolean(holds == (node.aux != 0));
    return true;
}

// `log` gives its argument back; where JavaScript would print it, a server has nobody who looks.
bool Machine::run_log(const Node& node, const Frame& frame, Value& out) noexcept {
    out = Value::null();
    return node.count == 0 || child(node, 0, frame, out);
}

}  // namespace mortise::flags
