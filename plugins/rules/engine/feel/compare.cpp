// Equality and order: DMN 1.5, section 10.3.2.13.
#include "feel/evaluation.hpp"
#include "feel/function.hpp"
#include "feel/value.hpp"

#include <algorithm>
#include <compare>
#include <optional>

namespace rules::feel {

namespace {

// A moment on a line that all of its kind share.
struct Moment {
    std::int64_t seconds;
    std::int64_t nanos;
    friend auto operator<=>(const Moment&, const Moment&) = default;
};

Moment moment_of(const Time& time) {
    const auto seconds = time.nanos / kNanosPerSecond;
    return {seconds - time.zone.offset_at_local(seconds), time.nanos % kNanosPerSecond};
}

Moment moment_of(const DateTime& value) {
    return {value.utc_seconds(), value.nanos_of_second()};
}

// A local time counts as one in the other's zone.
template <typename T>
std::strong_ordering order_of_moments(T left, T right) {
    if (left.zone.none()) left.zone = right.zone;
    if (right.zone.none()) right.zone = left.zone;
    return moment_of(left) <=> moment_of(right);
}

bool differ_in_zone(const Value& left, const Value& right) noexcept {
    if (left.is_time()) return left.as_time().zone.none() != right.as_time().zone.none();
    return left.is_date_time() && left.as_date_time().zone.none() != right.as_date_time().zone.none();
}

std::optional<std::strong_ordering> order(const Value& left, const Value& right) {
    if (left.kind() != right.kind()) return std::nullopt;
    switch (left.kind()) {
        case Value::Kind::kNumber:
            return left.as_number() <=> right.as_number();
        // UTF-8 sorts as its code points do.
        case Value::Kind::kString:
            return left.as_string() <=> right.as_string();
        case Value::Kind::kDate:
            return left.as_date() <=> right.as_date();
        case Value::Kind::kTime:
            return order_of_moments(left.as_time(), right.as_time());
        case Value::Kind::kDateTime:
            return order_of_moments(left.as_date_time(), right.as_date_time());
        case Value::Kind::kYearsMonths:
            return left.as_years_months() <=> right.as_years_months();
        case Value::Kind::kDaysTime:
            return left.as_days_time() <=> right.as_days_time();
        default:
            return std::nullopt;
    }
}

bool equal_lists(std::span<const Value> left, std::span<const Value> right, Evaluation& evaluation) {
    return std::equal(
        left.begin(), left.end(), right.begin(), right.end(),
        [&](const Value& a, const Value& b) { return equal(a, b, evaluation) == Truth::kTrue; });
}

bool equal_contexts(const Context& left, const Context& right, Evaluation& evaluation) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto* other = right.find(left.name(i));
        if (other == nullptr || equal(left.value(i), *other, evaluation) != Truth::kTrue) return false;
    }
    return true;
}

bool equal_ranges(const Range& left, const Range& right, Evaluation& evaluation) {
    return left.low_included == right.low_included && left.high_included == right.high_included &&
           equal(left.low, right.low, evaluation) == Truth::kTrue &&
           equal(left.high, right.high, evaluation) == Truth::kTrue;
}

bool identical_contexts(const Context& left, const Context& right) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto* other = right.find(left.name(i));
        if (other == nullptr || !identical(left.value(i), *other)) return false;
    }
    return true;
}

bool identical_ranges(const Range& left, const Range& right) {
    return left.low_included == right.low_included && left.high_included == right.high_included &&
           identical(left.low, right.low) && identical(left.high, right.high);
}

bool identical_lists(std::span<const Value> left, std::span<const Value> right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), identical);
}

// The place of a range's point against one end: below, on or above; null if they can't be compared.
Truth inside_end(const Value& end, bool included, const Value& point, bool low) {
    if (end.is_null()) return Truth::kTrue;
    const auto& smaller = low ? end : point;
    const auto& larger = low ? point : end;
    return included ? less_or_equal(smaller, larger) : less(smaller, larger);
}

Truth both(Truth left, Truth right) noexcept {
    if (left == Truth::kFalse || right == Truth::kFalse) return Truth::kFalse;
    return left == Truth::kTrue && right == Truth::kTrue ? Truth::kTrue : Truth::kNull;
}

}  // namespace

Truth equal(const Value& left, const Value& right, Evaluation& evaluation) {
    if (left.is_null() || right.is_null()) return truth_of(left.is_null() && right.is_null());
    if (left.kind() != right.kind()) return Truth::kNull;
    switch (left.kind()) {
        case Value::Kind::kBoolean:
            return truth_of(left.as_boolean() == right.as_boolean());
        case Value::Kind::kString:
            if (!evaluation.step(std::min(left.weight(), right.weight()))) return Truth::kNull;
            return truth_of(left.as_string() == right.as_string());
        case Value::Kind::kFunction:
            return truth_of(&left.as_function() == &right.as_function());
        case Value::Kind::kRange:
        case Value::Kind::kList:
        case Value::Kind::kContext:
            break;
        default: {
            const auto ordering = order(left, right);
            return truth_of(ordering && *ordering == std::strong_ordering::equal &&
                            !differ_in_zone(left, right));
        }
    }
    if (!evaluation.step(std::min(left.weight(), right.weight()))) return Truth::kNull;
    if (left.is_list()) return truth_of(equal_lists(left.as_list(), right.as_list(), evaluation));
    if (left.is_range()) return truth_of(equal_ranges(left.as_range(), right.as_range(), evaluation));
    return truth_of(equal_contexts(left.as_context(), right.as_context(), evaluation));
}

Truth less(const Value& left, const Value& right) {
    const auto ordering = order(left, right);
    return ordering ? truth_of(*ordering == std::strong_ordering::less) : Truth::kNull;
}

Truth less_or_equal(const Value& left, const Value& right) {
    const auto ordering = order(left, right);
    return ordering ? truth_of(*ordering != std::strong_ordering::greater) : Truth::kNull;
}

Truth contains(const Range& range, const Value& point) {
    if (point.is_null()) return Truth::kNull;
    const auto truth = both(inside_end(range.low, range.low_included, point, true),
                            inside_end(range.high, range.high_included, point, false));
    return range.null_end && truth == Truth::kTrue ? Truth::kNull : truth;
}

Truth is_in(const Value& value, const Value& where, Evaluation& evaluation) {
    if (where.is_range() && !value.is_range()) return contains(where.as_range(), value);
    const auto same = equal(value, where, evaluation);
    if (!where.is_list() || same == Truth::kTrue) return same;
    for (const auto& item : where.as_list()) {
        if (!evaluation.step()) return Truth::kNull;
        if (equal(value, item, evaluation) == Truth::kTrue) return Truth::kTrue;
        if (item.is_range() && !value.is_range() && contains(item.as_range(), value) == Truth::kTrue)
            return Truth::kTrue;
    }
    return Truth::kFalse;
}

bool identical(const Value& left, const Value& right) {
    if (left.kind() != right.kind()) return false;
    switch (left.kind()) {
        case Value::Kind::kNull:
            return true;
        case Value::Kind::kBoolean:
            return left.as_boolean() == right.as_boolean();
        case Value::Kind::kTime:
            return left.as_time().nanos == right.as_time().nanos &&
                   left.as_time().zone == right.as_time().zone;
        case Value::Kind::kDateTime: {
            const auto a = left.as_date_time();
            const auto b = right.as_date_time();
            return a.date == b.date && a.nanos == b.nanos && a.zone == b.zone;
        }
        case Value::Kind::kFunction:
            return &left.as_function() == &right.as_function();
        case Value::Kind::kRange:
            return identical_ranges(left.as_range(), right.as_range());
        case Value::Kind::kList:
            return identical_lists(left.as_list(), right.as_list());
        case Value::Kind::kContext:
            return identical_contexts(left.as_context(), right.as_context());
        default:
            return order(left, right) == std::strong_ordering::equal;
    }
}

}  // namespace rules::feel
