// DMN 1.5, section 10.3.4.4: lists. Positions count from 1, or from the end if they are negative.
#include "feel/built_in.hpp"
#include "feel/evaluation.hpp"

#include <algorithm>
#include <array>

namespace rules::feel {

namespace {

using Arguments = std::span<const Value>;
using Items = std::span<const Value>;

std::vector<Value> copy(Items items) {
    return {items.begin(), items.end()};
}

// The place of a position (whose fraction is cut off), from 0; nullopt if the list has none.
std::optional<std::size_t> place_of(const Value& position, std::size_t size) {
    const auto number = position.as_number().truncated();
    const auto count = static_cast<std::int64_t>(size);
    if (!number || *number == 0 || *number > count || *number < -count) return std::nullopt;
    return static_cast<std::size_t>(*number > 0 ? *number - 1 : count + *number);
}

Value no_such_place(Evaluation& evaluation) {
    return evaluation.null("the list has no such position");
}

bool has(Items items, const Value& wanted, Evaluation& evaluation) {
    return std::any_of(items.begin(), items.end(), [&](const Value& item) {
        return evaluation.step() && equal(item, wanted, evaluation) == Truth::kTrue;
    });
}

Value list_contains(Arguments arguments, Evaluation& evaluation) {
    return Value::boolean(has(arguments[0].as_list(), arguments[1], evaluation));
}

Value count(Arguments arguments, Evaluation&) {
    return Value::number(static_cast<std::int64_t>(arguments[0].as_list().size()));
}

// The item that comes before (`max`: after) all others.
Value extreme(Items items, bool max, Evaluation& evaluation) {
    if (items.empty()) return evaluation.null("an empty list has no least and no greatest item");
    const Value* best = &items[0];
    for (const auto& item : items) {
        const auto before = max ? less(*best, item) : less(item, *best);
        if (before == Truth::kNull || !evaluation.step()) return evaluation.null("the items have no order");
        if (before == Truth::kTrue) best = &item;
    }
    return *best;
}

Value min(Arguments arguments, Evaluation& evaluation) {
    return extreme(arguments[0].as_list(), false, evaluation);
}

Value max(Arguments arguments, Evaluation& evaluation) {
    return extreme(arguments[0].as_list(), true, evaluation);
}

// Whether `decisive` is among the items; null if it isn't and one is no boolean.
Value junction(Items items, bool decisive, Evaluation& evaluation) {
    bool known = true;
    for (const auto& item : items) {
        if (!evaluation.step()) return {};
        if (!item.is_boolean()) {
            known = false;
        } else if (item.as_boolean() == decisive) {
            return item;
        }
    }
    return known ? Value::boolean(!decisive) : evaluation.null("an item is no boolean");
}

Value all(Arguments arguments, Evaluation& evaluation) {
    return junction(arguments[0].as_list(), false, evaluation);
}

Value any(Arguments arguments, Evaluation& evaluation) {
    return junction(arguments[0].as_list(), true, evaluation);
}

Value sublist(Arguments arguments, Evaluation& evaluation) {
    const auto items = arguments[0].as_list();
    const auto first = place_of(arguments[1], items.size());
    if (!first) return no_such_place(evaluation);
    auto length = items.size() - *first;
    if (!arguments[2].is_null()) {
        const auto wanted = arguments[2].as_number().to_integer();
        if (!wanted || *wanted < 1 || static_cast<std::size_t>(*wanted) > length)
            return evaluation.null("the list has fewer items from there on");
        length = static_cast<std::size_t>(*wanted);
    }
    return evaluation.list(copy(items.subspan(*first, length)));
}

Value concatenated(Items lists, Evaluation& evaluation) {
    std::vector<Value> result;
    for (const auto& list : lists) {
        const Items items = list.is_list() ? list.as_list() : Items(&list, 1);
        if (!evaluation.step(items.size())) return {};
        result.insert(result.end(), items.begin(), items.end());
    }
    return evaluation.list(std::move(result));
}

Value append(Arguments arguments, Evaluation& evaluation) {
    auto result = copy(arguments[0].as_list());
    const auto items = arguments[1].as_list();
    result.insert(result.end(), items.begin(), items.end());
    return evaluation.list(std::move(result));
}

Value concatenate(Arguments arguments, Evaluation& evaluation) {
    return concatenated(arguments[0].as_list(), evaluation);
}

Value insert_before(Arguments arguments, Evaluation& evaluation) {
    auto items = copy(arguments[0].as_list());
    const auto place = place_of(arguments[1], items.size());
    if (!place) return no_such_place(evaluation);
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(*place), arguments[2]);
    return evaluation.list(std::move(items));
}

Value remove(Arguments arguments, Evaluation& evaluation) {
    auto items = copy(arguments[0].as_list());
    const auto place = place_of(arguments[1], items.size());
    if (!place) return no_such_place(evaluation);
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(*place));
    return evaluation.list(std::move(items));
}

Value list_replace_at(const Value& list, const Value& position, const Value& item, Evaluation& evaluation) {
    auto items = copy(list.as_list());
    const auto place = place_of(position, items.size());
    if (!place) return no_such_place(evaluation);
    items[*place] = item;
    return evaluation.list(std::move(items));
}

Value list_replace_matches(const Value& list, const Value& match, const Value& item, Evaluation& evaluation) {
    auto items = copy(list.as_list());
    for (auto& old : items) {
        if (!evaluation.step()) return {};
        const std::array<Value, 2> pair = {old, item};
        const auto replaces = invoke(match, pair, evaluation);
        if (!replaces.is_boolean()) return evaluation.null("list replace(): the match gives no boolean");
        if (replaces.as_boolean()) old = item;
    }
    return evaluation.list(std::move(items));
}

// By position, or by a function that matches.
Value list_replace(Arguments arguments, Evaluation& evaluation) {
    if (arguments[1].is_number())
        return list_replace_at(arguments[0], arguments[1], arguments[2], evaluation);
    if (arguments[1].is_function())
        return list_replace_matches(arguments[0], arguments[1], arguments[2], evaluation);
    return evaluation.null("list replace() wants a position or a function");
}

Value reverse(Arguments arguments, Evaluation& evaluation) {
    auto items = copy(arguments[0].as_list());
    std::reverse(items.begin(), items.end());
    return evaluation.list(std::move(items));
}

Value index_of(Arguments arguments, Evaluation& evaluation) {
    std::vector<Value> result;
    std::int64_t position = 0;
    for (const auto& item : arguments[0].as_list()) {
        ++position;
        if (!evaluation.step()) return {};
        if (equal(item, arguments[1], evaluation) == Truth::kTrue) result.push_back(Value::number(position));
    }
    return evaluation.list(std::move(result));
}

Value distinct(Items items, Evaluation& evaluation) {
    std::vector<Value> result;
    for (const auto& item : items) {
        if (!has(result, item, evaluation)) result.push_back(item);
        if (evaluation.exceeded()) return {};
    }
    return evaluation.list(std::move(result));
}

Value distinct_values(Arguments arguments, Evaluation& evaluation) {
    return distinct(arguments[0].as_list(), evaluation);
}

Value union_of(Arguments arguments, Evaluation& evaluation) {
    const auto all_items = concatenated(arguments[0].as_list(), evaluation);
    return all_items.is_null() ? all_items : distinct(all_items.as_list(), evaluation);
}

void append_flat(std::vector<Value>& out, Items items) {
    for (const auto& item : items) {
        if (item.is_list()) {
            append_flat(out, item.as_list());
        } else {
            out.push_back(item);
        }
    }
}

Value flatten(Arguments arguments, Evaluation& evaluation) {
    if (!evaluation.step(arguments[0].weight())) return {};
    std::vector<Value> result;
    append_flat(result, arguments[0].as_list());
    return evaluation.list(std::move(result));
}

// Stable. An order that isn't one gives some permutation.
Value sort(Arguments arguments, Evaluation& evaluation) {
    auto items = copy(arguments[0].as_list());
    bool valid = true;
    std::stable_sort(items.begin(), items.end(), [&](const Value& left, const Value& right) {
        if (!evaluation.step()) return false;
        const std::array<Value, 2> pair = {left, right};
        const auto before = invoke(arguments[1], pair, evaluation);
        valid = valid && before.is_boolean();
        return before.is_true();
    });
    return valid ? evaluation.list(std::move(items)) : evaluation.null("sort(): the order gives no boolean");
}

}  // namespace

void add_list_functions(BuiltIns& functions) {
    using Kind = Type::Kind;
    add(functions, "list contains", Kind::kBoolean, {{"list: list, element", list_contains}});
    add(functions, "list replace", Kind::kList,
        {{"list: list, position, newItem", list_replace}, {"list: list, match, newItem", list_replace}});
    add(functions, "count", Kind::kNumber, {{"list: list", count}});
    add(functions, "min", {}, {{"list: list", min}, {"values...", min}});
    add(functions, "max", {}, {{"list: list", max}, {"values...", max}});
    add(functions, "all", Kind::kBoolean, {{"list: list", all}, {"values...", all}});
    add(functions, "any", Kind::kBoolean, {{"list: list", any}, {"values...", any}});
    add(functions, "sublist", Kind::kList,
        {{"list: list, start position: number, length?: number", sublist}});
    add(functions, "append", Kind::kList, {{"list: list, items...", append}});
    add(functions, "concatenate", Kind::kList, {{"lists...", concatenate}});
    add(functions, "insert before", Kind::kList, {{"list: list, position: number, newItem", insert_before}});
    add(functions, "remove", Kind::kList, {{"list: list, position: number", remove}});
    add(functions, "reverse", Kind::kList, {{"list: list", reverse}});
    add(functions, "index of", Type::list(Kind::kNumber), {{"list: list, match", index_of}});
    add(functions, "union", Kind::kList, {{"lists...", union_of}});
    add(functions, "distinct values", Kind::kList, {{"list: list", distinct_values}});
    add(functions, "flatten", Kind::kList, {{"list: list", flatten}});
    add(functions, "sort", Kind::kList, {{"list: list, precedes: function", sort}});
}

}  // namespace rules::feel
