// What rules ask the context for: `var`, `missing` and `missing_some`.
#include "core/flags/machine.hpp"
#include "core/flags/paths.hpp"

#include <algorithm>

namespace mortise::flags {
namespace {

// Descends one step. Null if there is nothing.
const Value* step_into(const Value& value, std::string_view step) noexcept {
    if (value.is_object()) return value.find(step);
    if (!value.is_array()) return nullptr;
    const auto index = array_index(step);
    return index && *index < value.items().size() ? &value.items()[*index] : nullptr;
}

bool is_reserved(std::string_view attribute) noexcept {
    return attribute == kFlagdName || attribute == kPlanName || attribute == kTargetingKeyName ||
           attribute == kTenantName;
}

Value text_or_nothing(std::string_view text, bool& found) noexcept {
    found = !text.empty();
    return found ? Value::string(text) : Value::null();
}

}  // namespace

// Where a path begins, for paths that are known since the rule was compiled.
bool Machine::begin(Root root, const Frame& frame, Value& out) noexcept {
    bool found = false;
    switch (root) {
        case Root::kWhole:
            return whole_context(out);
        case Root::kTargetingKey:
            out = text_or_nothing(input_.targeting_key, found);
            return true;
        case Root::kTenant:
            out = text_or_nothing(input_.tenant, found);
            return true;
        case Root::kPlan:
            out = text_or_nothing(input_.plan, found);
            return true;
        case Root::kFlagd:
            return flagd_object(out);
        case Root::kFlagKey:
            out = Value::string(input_.flag_key);
            return true;
        case Root::kTimestamp:
            out = Value::number(static_cast<double>(input_.timestamp));
            return true;
        case Root::kReduction:
            return whole_reduction(frame, out);
        case Root::kElement:
        case Root::kCurrent:
            out = *frame.element;
            return true;
        case Root::kAccumulator:
            out = *frame.accumulator;
            return true;
        case Root::kAttribute:
        case Root::kNothing:
            break;
    }
    out = Value::null();
    return true;
}

bool Machine::run_var(const Node& node, const Frame& frame, Value& out) noexcept {
    const auto root = static_cast<Root>(node.aux);
    std::span<const std::string_view> steps;
    if (node.data != kNoPath) steps = program_.steps(node.data);
    if (root == Root::kAttribute) {
        const auto* const attribute = find_member(input_.attributes, steps.front());
        out = attribute == nullptr ? Value::null() : *attribute;
        steps = steps.subspan(1);
    } else if (!begin(root, frame, out)) {
        return false;
    }
    for (const auto step : steps) {
        const auto* const next = step_into(out, step);
        if (next == nullptr) {
            out = Value::null();
            break;
        }
        out = *next;
    }
    return !out.is_null() || node.count == 0 || child(node, 0, frame, out);
}

// The member of a scope, before any step.
bool Machine::named(Scope scope, const Frame& frame, std::string_view name, Value& out,
                    bool& found) noexcept {
    const Value* value = nullptr;
    if (scope == Scope::kElement) {
        value = step_into(*frame.element, name);
    } else if (scope == Scope::kReduction) {
        value = name == kCurrentName ? frame.element : name == kAccumulatorName ? frame.accumulator : nullptr;
    } else if (!is_reserved(name)) {
        value = find_member(input_.attributes, name);
    } else if (name == kFlagdName) {
        found = true;
        return flagd_object(out);
    } else {
        out = text_or_nothing(name == kTenantName ? input_.tenant
                              : name == kPlanName ? input_.plan
                                                  : input_.targeting_key,
                              found);
        return true;
    }
    found = value != nullptr;
    out = found ? *value : Value::null();
    return true;
}

// By a key that is known only now. `found` tells a null from nothing.
bool Machine::find(std::string_view key, Scope scope, const Frame& frame, Value& out, bool& found) noexcept {
    PathReader steps(key);
    std::string_view step;
    char* const room = scratch_.allocate<char>(key.size());
    if (room == nullptr) return fail(RuleFault::kTooLarge);
    bool first = true;
    found = true;
    while (found && steps.next(step, room)) {
        if (!spend(1)) return false;
        if (first) {
            if (!named(scope, frame, step, out, found)) return false;
            first = false;
            continue;
        }
        const auto* const value = step_into(out, step);
        found = value != nullptr;
        out = found ? *value : Value::null();
    }
    return true;
}

bool Machine::run_var_of(const Node& node, const Frame& frame, Value& out) noexcept {
    const auto scope = static_cast<Scope>(node.aux);
    Value key, otherwise;
    bool has_otherwise = false;
    if (!child(node, 0, frame, key)) return false;
    if (node.spread && key.is_array()) {
        const auto items = key.items();
        has_otherwise = items.size() > 1;
        if (has_otherwise) otherwise = items[1];
        key = items.empty() ? Value::null() : items[0];
    }
    std::string_view text;
    if (!key.is_null() && !text_of(key, text)) return false;
    bool found = true;
    if (text.empty()) {
        if (scope == Scope::kElement) out = *frame.element;
        if (scope == Scope::kReduction && !whole_reduction(frame, out)) return false;
        if (scope == Scope::kRoot && !whole_context(out)) return false;
    } else if (!find(text, scope, frame, out, found)) {
        return false;
    }
    if (!out.is_null()) return true;
    if (has_otherwise) out = otherwise;
    return has_otherwise || node.count < 2 || child(node, 1, frame, out);
}

bool Machine::missing(std::span<const Value> keys, Scope scope, const Frame& frame, Value& out) noexcept {
    auto* const absent = scratch_.allocate<Value>(keys.size());
    if (absent == nullptr) return fail(RuleFault::kTooLarge);
    std::size_t count = 0;
    for (const auto& key : keys) {
        std::string_view text;
        Value value;
        bool found = false;
        if (!spend(1) || !text_of(key, text) || !find(text, scope, frame, value, found)) return false;
        if (!found) absent[count++] = key;
    }
    out = Value::array({absent, count});
    return true;
}

// One list of keys may also stand as the first argument.
bool Machine::run_missing(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> keys;
    if (!arguments(node, frame, keys)) return false;
    if (!keys.empty() && keys[0].is_array()) keys = keys[0].items();
    return missing(keys, static_cast<Scope>(node.aux), frame, out);
}

bool Machine::run_missing_some(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> given;
    if (!arguments(node, frame, given)) return false;
    double needed = 0;
    if (given.size() < 2 || !given[1].is_array()) return fail(RuleFault::kInvalidArguments);
    if (!number_of(given[0], needed)) return false;
    const auto keys = given[1].items();
    if (!missing(keys, static_cast<Scope>(node.aux), frame, out)) return false;
    const auto present = static_cast<double>(keys.size() - out.items().size());
    if (present >= needed) out = Value::array(out.items().first(0));
    return true;
}

bool Machine::flagd_object(Value& out) noexcept {
    auto* const members = scratch_.allocate<Member>(2);
    if (members == nullptr) return fail(RuleFault::kTooLarge);
    members[0] = {kFlagKeyName, Value::string(input_.flag_key)};
    members[1] = {kTimestampName, Value::number(static_cast<double>(input_.timestamp))};
    out = Value::object({members, 2});
    return true;
}

bool Machine::whole_reduction(const Frame& frame, Value& out) noexcept {
    auto* const members = scratch_.allocate<Member>(2);
    if (members == nullptr) return fail(RuleFault::kTooLarge);
    members[0] = {kAccumulatorName, *frame.accumulator};
    members[1] = {kCurrentName, *frame.element};
    out = Value::object({members, 2});
    return true;
}

// Made once, so that it is the same as itself.
bool Machine::whole_context(Value& out) noexcept {
    if (whole_.is_null()) {
        const auto attributes = input_.attributes;
        auto* const members = scratch_.allocate<Member>(attributes.size() + 4);
        if (members == nullptr) return fail(RuleFault::kTooLarge);
        if (!spend(attributes.size())) return false;
        std::size_t count = 0;
        for (const auto& attribute : attributes)
            if (!is_reserved(attribute.name)) members[count++] = attribute;
        if (!flagd_object(members[count].value = Value())) return false;
        members[count++].name = kFlagdName;
        const std::array<Member, 3> ours{Member{kPlanName, Value::string(input_.plan)},
                                         Member{kTargetingKeyName, Value::string(input_.targeting_key)},
                                         Member{kTenantName, Value::string(input_.tenant)}};
        for (const auto& member : ours)
            if (!member.value.text().empty()) members[count++] = member;
        std::sort(members, members + count, [](const Member& a, const Member& b) { return a.name < b.name; });
        whole_ = Value::object({members, count});
    }
    out = whole_;
    return true;
}

}  // namespace mortise::flags
