// What goes through arrays: `map`, `filter`, `reduce`, `all`, `some` and `none`. Their children are the
// array, the rule for each element, and of a reduce what it begins with.
#include "core/flags/machine.hpp"

#include <algorithm>

namespace mortise::flags {

// Something false stands for an empty array; anything else that is none can't be gone through.
bool Machine::elements(const Node& node, const Frame& frame, std::span<const Value>& out) noexcept {
    Value array;
    if (!child(node, 0, frame, array)) return false;
    if (!array.is_array() && truthy(array)) return fail(RuleFault::kInvalidArguments);
    out = array.is_array() ? array.items() : std::span<const Value>();
    return true;
}

bool Machine::run_map(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> items;
    if (!elements(node, frame, items)) return false;
    auto* const mapped = scratch_.allocate<Value>(items.size());
    if (mapped == nullptr) return fail(RuleFault::kTooLarge);
    for (std::size_t i = 0; i < items.size(); ++i)
        if (!child(node, 1, {.element = &items[i]}, mapped[i] = Value())) return false;
    out = Value::array({mapped, items.size()});
    return true;
}

bool Machine::run_filter(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> items;
    if (!elements(node, frame, items)) return false;
    auto* const kept = scratch_.allocate<Value>(items.size());
    if (kept == nullptr) return fail(RuleFault::kTooLarge);
    std::size_t count = 0;
    for (const auto& item : items) {
        Value keep;
        if (!child(node, 1, {.element = &item}, keep)) return false;
        if (truthy(keep)) kept[count++] = item;
    }
    out = Value::array({kept, count});
    return true;
}

bool Machine::run_reduce(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> items;
    Value accumulator;
    if (!elements(node, frame, items) || !child(node, 2, frame, accumulator)) return false;
    for (const auto& item : items) {
        Value next;
        if (!child(node, 1, {.element = &item, .accumulator = &accumulator}, next)) return false;
        accumulator = next;
    }
    out = accumulator;
    return true;
}

// What is no array has no elements here; and of no elements `all` doesn't hold, as JSONLogic wants it.
bool Machine::run_quantifier(const Node& node, const Frame& frame, Value& out) noexcept {
    const auto quantifier = static_cast<Quantifier>(node.aux);
    Value array;
    if (!child(node, 0, frame, array)) return false;
    const auto items = array.is_array() ? array.items() : std::span<const Value>();
    const bool decisive = quantifier != Quantifier::kAll;  // the first such value decides
    bool decided = false;
    for (std::size_t i = 0; i < items.size() && !decided; ++i) {
        Value holds;
        if (!child(node, 1, {.element = &items[i]}, holds)) return false;
        decided = truthy(holds) == decisive;
    }
    const bool some_or_all = quantifier == Quantifier::kAll ? !decided && !items.empty() : decided;
    out = Value::boolean(some_or_all != (quantifier == Quantifier::kNone));
    return true;
}

}  // namespace mortise::flags
