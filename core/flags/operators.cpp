#include "core/flags/operators.hpp"

#include "core/flags/coercion.hpp"

#include <algorithm>
#include <array>

namespace mortise::flags {
namespace {

template <class T>
constexpr std::uint8_t as(T value) noexcept {
    return static_cast<std::uint8_t>(value);
}

constexpr auto kOperators = std::to_array<Operator>({
    {"var", Op::kVar, 0, Arguments::kVar},
    {"missing", Op::kMissing, 0, Arguments::kKeys, 0, kAny, true},
    {"missing_some", Op::kMissingSome, 0, Arguments::kNeedKeys, 2, 2, true},
    {"if", Op::kIf, 0, Arguments::kList, 1},
    {"?:", Op::kIf, 0, Arguments::kOutside},
    {"==", Op::kCompare, as(Comparison::kEqual), Arguments::kList, 2, 2},
    {"!=", Op::kCompare, as(Comparison::kNotEqual), Arguments::kList, 2, 2},
    {"===", Op::kStrict, 0, Arguments::kList, 2, 2},
    {"!==", Op::kStrict, 1, Arguments::kList, 2, 2},
    {"<", Op::kCompare, as(Comparison::kLess), Arguments::kList, 2, 3},
    {"<=", Op::kCompare, as(Comparison::kLessOrEqual), Arguments::kList, 2, 3},
    {">", Op::kCompare, as(Comparison::kGreater), Arguments::kList, 2, 2},
    {">=", Op::kCompare, as(Comparison::kGreaterOrEqual), Arguments::kList, 2, 2},
    {"!", Op::kNot, 0, Arguments::kOne},
    {"!!", Op::kNot, 1, Arguments::kOne},
    {"or", Op::kOr, 0, Arguments::kList, 1},
    {"and", Op::kAnd, 0, Arguments::kList, 1},
    {"+", Op::kArithmetic, as(Arithmetic::kAdd), Arguments::kList, 1, kAny, true},
    {"-", Op::kArithmetic, as(Arithmetic::kSubtract), Arguments::kList, 1, kAny, true},
    {"*", Op::kArithmetic, as(Arithmetic::kMultiply), Arguments::kList, 2, kAny, true},
    {"/", Op::kArithmetic, as(Arithmetic::kDivide), Arguments::kList, 2, 2, true},
    {"%", Op::kArithmetic, as(Arithmetic::kModulo), Arguments::kList, 2, 2, true},
    {"min", Op::kExtreme, 0, Arguments::kList, 1, kAny, true},
    {"max", Op::kExtreme, 1, Arguments::kList, 1, kAny, true},
    {"in", Op::kIn, 0, Arguments::kList, 2, 2, true},
    {"cat", Op::kCat, 0, Arguments::kList, 1, kAny, true},
    {"substr", Op::kSubstr, 0, Arguments::kList, 2, 3, true},
    {"merge", Op::kMerge, 0, Arguments::kList, 1, kAny, true},
    {"map", Op::kMap, 0, Arguments::kList, 2, 2},
    {"filter", Op::kFilter, 0, Arguments::kList, 2, 2},
    {"reduce", Op::kReduce, 0, Arguments::kList, 3, 3},
    {"all", Op::kQuantifier, as(Quantifier::kAll), Arguments::kList, 2, 2},
    {"some", Op::kQuantifier, as(Quantifier::kSome), Arguments::kList, 2, 2},
    {"none", Op::kQuantifier, as(Quantifier::kNone), Arguments::kList, 2, 2},
    {"log", Op::kLog, 0, Arguments::kOutside},
    {"starts_with", Op::kAffix, 0, Arguments::kTexts, 2, 2, true},
    {"ends_with", Op::kAffix, 1, Arguments::kTexts, 2, 2, true},
    {"sem_ver", Op::kSemVer, 0, Arguments::kVersions, 3, 3, true},
    {"fractional", Op::kFractional, 0, Arguments::kShares, 1},
});

}  // namespace

const Operator* find_operator(std::string_view name) noexcept {
    const auto found = std::find_if(kOperators.begin(), kOperators.end(),
                                    [name](const Operator& candidate) { return candidate.name == name; });
    return found == kOperators.end() ? nullptr : &*found;
}

}  // namespace mortise::flags
