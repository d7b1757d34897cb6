// DMN 1.5, section 10.3.4.9: contexts.
#include "feel/built_in.hpp"
#include "feel/evaluation.hpp"

#include <array>

namespace rules::feel {

namespace {

using Arguments = std::span<const Value>;

Value get_value(Arguments arguments, Evaluation& evaluation) {
    const auto* value = arguments[0].as_context().find(arguments[1].as_string());
    return value != nullptr ? *value : evaluation.null("the context has no such key");
}

const std::shared_ptr<const Shape>& entry_shape() {
    static const auto shape = std::make_shared<const Shape>(std::vector<std::string>{"key", "value"});
    return shape;
}

Value get_entries(Arguments arguments, Evaluation& evaluation) {
    const auto& context = arguments[0].as_context();
    std::vector<Value> entries;
    entries.reserve(context.size());
    for (std::size_t i = 0; i < context.size(); ++i) {
        if (!evaluation.step()) return {};
        entries.push_back(
            evaluation.context(entry_shape(), {Value::string(context.name(i)), context.value(i)}));
    }
    return evaluation.list(std::move(entries));
}

Value context_of(Arguments arguments, Evaluation& evaluation) {
    std::map<std::string_view, bool> known;
    ContextBuilder builder;
    for (const auto& entry : arguments[0].as_list()) {
        if (!entry.is_context() || !evaluation.step())
            return evaluation.null("context(): an entry is no context");
        const auto* key = entry.as_context().find("key");
        const auto* value = entry.as_context().find("value");
        if (key == nullptr || value == nullptr || !key->is_string())
            return evaluation.null("context(): an entry has no key or no value");
        if (!known.emplace(key->as_string(), true).second)
            return evaluation.null("context(): two entries have one key");
        builder.set(key->as_string(), *value);
    }
    return evaluation.context(std::move(builder));
}

void set_all(ContextBuilder& builder, const Context& context) {
    for (std::size_t i = 0; i < context.size(); ++i)
        builder.set(context.name(i), context.value(i));
}

// With a value at the end of a path of keys; contexts on the way are made where there is none.
Value put(const Value& context, std::span<const Value> keys, const Value& value, Evaluation& evaluation) {
    if (keys.empty()) return evaluation.null("context put() is given no key");
    if (!context.is_context() || !keys[0].is_string())
        return evaluation.null("context put(): a key leads nowhere");
    const auto& entries = context.as_context();
    if (!evaluation.step(entries.size() + 1)) return {};
    ContextBuilder builder;
    set_all(builder, entries);
    if (keys.size() == 1) {
        builder.set(keys[0].as_string(), value);
        return evaluation.context(std::move(builder));
    }
    const auto* inner = entries.find(keys[0].as_string());
    auto changed = put(inner == nullptr || inner->is_null() ? Value::context({}) : *inner, keys.subspan(1),
                       value, evaluation);
    if (changed.is_null()) return changed;
    builder.set(keys[0].as_string(), std::move(changed));
    return evaluation.context(std::move(builder));
}

// More keys than values may be nested can't be of use.
constexpr std::size_t kMaxKeys = 200;

Value context_put(Arguments arguments, Evaluation& evaluation) {
    const auto& key = arguments[1];
    if (key.is_string()) return put(arguments[0], {&key, 1}, arguments[2], evaluation);
    if (key.is_list() && key.as_list().size() <= kMaxKeys)
        return put(arguments[0], key.as_list(), arguments[2], evaluation);
    return evaluation.null("context put() wants a key, or a list of keys");
}

Value context_merge(Arguments arguments, Evaluation& evaluation) {
    ContextBuilder builder;
    for (const auto& context : arguments[0].as_list()) {
        if (!context.is_context()) return evaluation.null("context merge(): an item is no context");
        if (!evaluation.step(context.as_context().size() + 1)) return {};
        set_all(builder, context.as_context());
    }
    return evaluation.context(std::move(builder));
}

}  // namespace

void add_context_functions(BuiltIns& functions) {
    using Kind = Type::Kind;
    add(functions, "get value", {}, {{"m: context, key: string", get_value}});
    add(functions, "get entries", Kind::kList, {{"m: context", get_entries}});
    add(functions, "context", Kind::kContext, {{"entries: list", context_of}});
    add(functions, "context put", Kind::kContext,
        {{"context: context, key, value", context_put}, {"context: context, keys, value", context_put}});
    add(functions, "context merge", Kind::kContext, {{"contexts: list", context_merge}});
}

}  // namespace rules::feel
