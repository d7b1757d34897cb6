#include "tables/condition.hpp"

#include "tables/literal.hpp"

#include <algorithm>

namespace rules::tables {
namespace {

constexpr OperatorInfo kOperators[] = {
    {"equals", Operator::kEquals, Operands::kOne, false, false},
    {"not_equals", Operator::kNotEquals, Operands::kOne, false, false},
    {"less_than", Operator::kLessThan, Operands::kOne, true, false},
    {"at_most", Operator::kAtMost, Operands::kOne, true, false},
    {"greater_than", Operator::kGreaterThan, Operands::kOne, true, false},
    {"at_least", Operator::kAtLeast, Operands::kOne, true, false},
    {"between", Operator::kBetween, Operands::kTwo, true, false},
    {"in", Operator::kIn, Operands::kMany, false, false},
    {"not_in", Operator::kNotIn, Operands::kMany, false, false},
    {"starts_with", Operator::kStartsWith, Operands::kOne, false, true},
    {"ends_with", Operator::kEndsWith, Operands::kOne, false, true},
    {"contains", Operator::kContains, Operands::kOne, false, true},
    {"matches", Operator::kMatches, Operands::kOne, false, true},
    {"is_null", Operator::kIsNull, Operands::kNone, false, false},
    {"is_not_null", Operator::kIsNotNull, Operands::kNone, false, false},
};

std::string joined(const std::vector<feel::Value>& values) {
    std::string text;
    for (const feel::Value& value : values)
        text.append(text.empty() ? "" : ", ").append(feel_literal(value));
    return text;
}

// The ends of an interval that a condition is one side of.
struct Side {
    std::string_view bracket;
    bool is_low = false;
};

std::optional<Side> side_of(Operator kind) {
    switch (kind) {
        case Operator::kAtLeast:
            return Side{"[", true};
        case Operator::kGreaterThan:
            return Side{"(", true};
        case Operator::kAtMost:
            return Side{"]", false};
        case Operator::kLessThan:
            return Side{")", false};
        default:
            return std::nullopt;
    }
}

// Of a low and a high end, in either order.
std::optional<std::string> interval_of(const Condition& first, const Condition& second) {
    const auto one = side_of(first.kind);
    const auto other = side_of(second.kind);
    if (!one || !other || one->is_low == other->is_low) return std::nullopt;
    if (!one->is_low) return interval_of(second, first);
    return std::string(one->bracket) + feel_literal(first.values.front()) + ".." +
           feel_literal(second.values.front()) + std::string(other->bracket);
}

std::string compared(std::string_view sign, const Condition& condition) {
    return std::string(sign) + " " + feel_literal(condition.values.front());
}

// A test that is null of a null input would hold, since the two are equal: so that it has to be false.
constexpr std::string_view kGuard = "? != null and ";

std::string called(std::string_view function, const Condition& condition) {
    return std::string(function) + "(?, " + joined(condition.values) + ")";
}

const OperatorInfo& info_of(const Condition& condition) {
    return *std::find_if(std::begin(kOperators), std::end(kOperators),
                         [&](const OperatorInfo& known) { return known.kind == condition.kind; });
}

// Whether a condition as an expression is null where the input is.
bool is_null_of_null(const Condition& condition) {
    const OperatorInfo& info = info_of(condition);
    return info.orders || info.is_text;
}

// Texts are tested by functions, which is done in expressions alone.
std::string unary_test(const Condition& condition) {
    switch (condition.kind) {
        case Operator::kEquals:
        case Operator::kIn:
            return joined(condition.values);
        case Operator::kNotEquals:
        case Operator::kNotIn:
            return "not(" + joined(condition.values) + ")";
        case Operator::kLessThan:
            return compared("<", condition);
        case Operator::kAtMost:
            return compared("<=", condition);
        case Operator::kGreaterThan:
            return compared(">", condition);
        case Operator::kAtLeast:
            return compared(">=", condition);
        case Operator::kBetween:
            return "[" + feel_literal(condition.values[0]) + ".." + feel_literal(condition.values[1]) + "]";
        case Operator::kIsNull:
            return "null";
        case Operator::kIsNotNull:
            return "not(null)";
        default:
            return {};
    }
}

// The same as an expression in which `?` is the input, to be joined with others by `and`.
std::string expression(const Condition& condition) {
    switch (condition.kind) {
        case Operator::kEquals:
            return "? " + compared("=", condition);
        case Operator::kNotEquals:
            return "? " + compared("!=", condition);
        case Operator::kLessThan:
        case Operator::kAtMost:
        case Operator::kGreaterThan:
        case Operator::kAtLeast:
            return "? " + unary_test(condition);
        case Operator::kBetween:
            return "? in " + unary_test(condition);
        case Operator::kIn:
            return "? in (" + joined(condition.values) + ")";
        case Operator::kNotIn:
            return "not(? in (" + joined(condition.values) + "))";
        case Operator::kIsNull:
            return "? = null";
        case Operator::kIsNotNull:
            return "? != null";
        case Operator::kStartsWith:
            return called("starts with", condition);
        case Operator::kEndsWith:
            return called("ends with", condition);
        case Operator::kContains:
            return called("contains", condition);
        case Operator::kMatches:
            return called("matches", condition);
    }
    return {};
}

}  // namespace

const OperatorInfo* find_operator(std::string_view name) {
    for (const OperatorInfo& info : kOperators)
        if (info.name == name) return &info;
    return nullptr;
}

std::string operator_names() {
    std::string names;
    for (const OperatorInfo& info : kOperators)
        names.append(names.empty() ? "" : ", ").append(info.name);
    return names;
}

std::string cell_of(std::span<const Condition> conditions) {
    if (conditions.empty()) return "-";
    if (conditions.size() == 1 && !info_of(conditions.front()).is_text) return unary_test(conditions.front());
    if (conditions.size() == 2)
        if (auto interval = interval_of(conditions[0], conditions[1])) return *std::move(interval);
    std::string all;
    for (const Condition& condition : conditions)
        all.append(all.empty() ? "" : " and ").append(expression(condition));
    return std::any_of(conditions.begin(), conditions.end(), is_null_of_null) ? std::string(kGuard) + all
                                                                              : all;
}

}  // namespace rules::tables
