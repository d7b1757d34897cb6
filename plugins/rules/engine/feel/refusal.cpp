#include "feel/refusal.hpp"

#include "feel/evaluation.hpp"

namespace rules::feel {

namespace {

std::string no_such(const Type& type, const Value& value) {
    return "a " + std::string(kind_name(value.kind())) + " is no " + type.to_string();
}

bool refuses(const Type& type, const Value& value, Evaluation& evaluation) {
    return !value.is_null() && !type.accepts(value, evaluation);
}

// The innermost part at fault, and why; empty if it is the value as a whole, for its kind.
std::string detail(const Type& type, const Value& value, const std::string& path, Evaluation& evaluation);

std::string detail_of_members(const Type& type, const Context& context, const std::string& path,
                              Evaluation& evaluation) {
    for (const auto& member : type.members()) {
        const auto place = path.empty() ? member.name : path + "." + member.name;
        const auto* value = context.find(member.name);
        if (value == nullptr) return "`" + place + "` is missing";
        if (refuses(member.type, *value, evaluation)) return detail(member.type, *value, place, evaluation);
    }
    return {};
}

std::string detail_of_items(const Type& element, std::span<const Value> items, const std::string& path,
                            Evaluation& evaluation) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!refuses(element, items[i], evaluation)) continue;
        return detail(element, items[i], path + "[" + std::to_string(i + 1) + "]", evaluation);
    }
    return {};
}

// Of the types that a named type is made of, the first whose own constraint refuses the value; or none.
const Type* refused_by(const Type& type, const Value& value, Evaluation& evaluation) {
    const Type* refusing = &type;
    while (!refusing->base().is_any() && !refusing->base().accepts(value, evaluation))
        refusing = &refusing->base();
    return refusing->base().is_any() ? nullptr : refusing;
}

std::string detail(const Type& type, const Value& value, const std::string& path, Evaluation& evaluation) {
    std::string inner;
    if (value.is_context() && type.kind() == Type::Kind::kContext)
        inner = detail_of_members(type, value.as_context(), path, evaluation);
    if (value.is_list() && type.kind() == Type::Kind::kList)
        inner = detail_of_items(type.element(), value.as_list(), path, evaluation);
    if (!inner.empty()) return inner;
    const std::string place = path.empty() ? "" : "`" + path + "`: ";
    if (const auto* refusing = refused_by(type, value, evaluation))
        return place + "the value is not allowed by " + refusing->to_string();
    return path.empty() ? "" : place + no_such(type, value);
}

}  // namespace

std::string refusal(const Type& type, const Value& value, Evaluation& evaluation) {
    const auto why = detail(type, value, "", evaluation);
    return no_such(type, value) + (why.empty() ? "" : ": " + why);
}

}  // namespace rules::feel
