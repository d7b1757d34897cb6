#include "feel/iteration.hpp"

namespace rules::feel {

namespace {

// A whole number or a day as a count.
std::optional<std::int64_t> count_of(const Value& value) {
    if (value.is_number()) return value.as_number().to_integer();
    if (value.is_date()) return value.as_date().to_days();
    return std::nullopt;
}

// Far from the ends of the integers, so that distances are integers too.
bool in_reach(std::int64_t value) noexcept {
    return value > INT64_MIN / 4 && value < INT64_MAX / 4;
}

}  // namespace

Domain Domain::counting(std::int64_t first, std::int64_t last, bool days) noexcept {
    Domain domain;
    domain.first_ = first;
    domain.step_ = first <= last ? 1 : -1;
    domain.days_ = days;
    domain.size_ = static_cast<std::uint64_t>((last - first) * domain.step_) + 1;
    return domain;
}

std::optional<Domain> Domain::between(const Value& first, const Value& last, Evaluation& evaluation) {
    const auto low = count_of(first);
    const auto high = count_of(last);
    if (!low || !high || first.kind() != last.kind() || !in_reach(*low) || !in_reach(*high)) {
        evaluation.null("an iteration goes from one whole number or date to another");
        return std::nullopt;
    }
    return counting(*low, *high, first.is_date());
}

std::optional<Domain> Domain::over_range(const Range& range, Evaluation& evaluation) {
    auto domain = between(range.low, range.high, evaluation);
    if (!domain) return std::nullopt;
    const std::uint64_t left_out = (range.low_included ? 0U : 1U) + (range.high_included ? 0U : 1U);
    if (!range.low_included) domain->first_ += domain->step_;
    domain->size_ -= std::min(left_out, domain->size_);
    return domain;
}

std::optional<Domain> Domain::over(Value value, Evaluation& evaluation) {
    if (value.is_null()) {
        evaluation.null("an iteration goes over null");
        return std::nullopt;
    }
    if (value.is_range()) return over_range(value.as_range(), evaluation);
    Domain domain;
    domain.list_ = value.is_list() ? std::move(value) : Value::list({std::move(value)});
    domain.size_ = domain.list_.as_list().size();
    return domain;
}

Value Domain::at(std::uint64_t index) const {
    if (list_.is_list()) return list_.as_list()[index];
    const auto count = first_ + step_ * static_cast<std::int64_t>(index);
    if (!days_) return Value::number(count);
    const auto date = Date::from_days(count);
    return date ? Value::date(*date) : Value();
}

}  // namespace rules::feel
