// DMN 1.5, section 10.3.4.5: numbers; and of section 10.3.4.4 what calculates with lists of them.
#include "feel/arithmetic.hpp"
#include "feel/built_in.hpp"
#include "feel/evaluation.hpp"

#include <algorithm>

namespace rules::feel {

namespace {

using Arguments = std::span<const Value>;

Value number_or_null(const std::optional<Decimal>& number, Evaluation& evaluation) {
    return number ? Value::number(*number) : evaluation.null("the result is no number");
}

// The scale is 0 unless given; a scale's fraction is cut off.
template <Decimal::Rounding kRounding>
Value rounded(Arguments arguments, Evaluation& evaluation) {
    const auto scale =
        arguments[1].is_null() ? std::optional<std::int64_t>(0) : arguments[1].as_number().truncated();
    if (!scale) return evaluation.null("the scale is out of range");
    return number_or_null(arguments[0].as_number().rounded(*scale, kRounding), evaluation);
}

Value abs(Arguments arguments, Evaluation& evaluation) {
    const auto& n = arguments[0];
    if (n.is_number()) return Value::number(n.as_number().abs());
    if (n.is_years_months()) return n.as_years_months().months < 0 ? negate(n, evaluation) : n;
    if (n.is_days_time()) return n.as_days_time().seconds < 0 ? negate(n, evaluation) : n;
    if (n.is_list() && n.as_list().size() == 1 && !n.as_list()[0].is_list())
        return abs(n.as_list(), evaluation);
    return evaluation.null("abs() wants a number or a duration");
}

Value modulo(Arguments arguments, Evaluation& evaluation) {
    return number_or_null(Decimal::modulo(arguments[0].as_number(), arguments[1].as_number()), evaluation);
}

template <std::optional<Decimal> (*kFunction)(Decimal) noexcept>
Value calculated(Arguments arguments, Evaluation& evaluation) {
    return number_or_null(kFunction(arguments[0].as_number()), evaluation);
}

template <bool kOdd>
Value has_parity(Arguments arguments, Evaluation& evaluation) {
    const auto number = arguments[0].as_number();
    if (!number.integer()) return evaluation.null("only whole numbers are odd or even");
    const auto rest = Decimal::modulo(number, Decimal::of(2));
    return rest ? Value::boolean(rest->zero() != kOdd) : evaluation.null("the number is too large");
}

}  // namespace

void add_number_functions(BuiltIns& functions) {
    using Kind = Type::Kind;
    using Rounding = Decimal::Rounding;
    add(functions, "decimal", Kind::kNumber, {{"n: number, scale: number", rounded<Rounding::kHalfEven>}});
    add(functions, "floor", Kind::kNumber, {{"n: number, scale?: number", rounded<Rounding::kFloor>}});
    add(functions, "ceiling", Kind::kNumber, {{"n: number, scale?: number", rounded<Rounding::kCeiling>}});
    add(functions, "round up", Kind::kNumber, {{"n: number, scale: number", rounded<Rounding::kUp>}});
    add(functions, "round down", Kind::kNumber, {{"n: number, scale: number", rounded<Rounding::kDown>}});
    add(functions, "round half up", Kind::kNumber,
        {{"n: number, scale: number", rounded<Rounding::kHalfUp>}});
    add(functions, "round half down", Kind::kNumber,
        {{"n: number, scale: number", rounded<Rounding::kHalfDown>}});
    add(functions, "abs", {}, {{"n", abs}});
    add(functions, "modulo", Kind::kNumber, {{"dividend: number, divisor: number", modulo}});
    add(functions, "sqrt", Kind::kNumber, {{"number: number", calculated<Decimal::sqrt>}});
    add(functions, "log", Kind::kNumber, {{"number: number", calculated<Decimal::log>}});
    add(functions, "exp", Kind::kNumber, {{"number: number", calculated<Decimal::exp>}});
    add(functions, "odd", Kind::kBoolean, {{"number: number", has_parity<true>}});
    add(functions, "even", Kind::kBoolean, {{"number: number", has_parity<false>}});
}

}  // namespace rules::feel
