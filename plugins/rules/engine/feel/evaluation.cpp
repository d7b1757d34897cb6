#include "feel/evaluation.hpp"

#include "feel/function.hpp"

#include <algorithm>

namespace rules::feel {

namespace {

// Steps between two looks at the clock.
constexpr std::uint64_t kSlice = 4096;
constexpr std::size_t kMaxNotes = 64;
constexpr std::uint64_t kFunctionBytes = 128;

}  // namespace

Evaluation::Evaluation(const Limits& limits)
    : steps_reserved_(limits.steps), bytes_left_(limits.bytes), depth_left_(limits.depth), limits_(limits) {}

bool Evaluation::refill(std::uint64_t count) noexcept {
    if (exceeded() || !in_time()) return false;
    if (count > steps_left_ + steps_reserved_) return exceed("steps");
    const auto slice = std::min(std::max(kSlice, count), steps_left_ + steps_reserved_);
    steps_reserved_ -= slice - steps_left_;
    steps_left_ = slice - count;
    return true;
}

bool Evaluation::step_slowly(std::uint64_t count) noexcept {
    return in_time() && step(count);
}

bool Evaluation::in_time() noexcept {
    return !limits_.deadline || std::chrono::steady_clock::now() < *limits_.deadline || exceed("time");
}

bool Evaluation::exceed(std::string_view which) noexcept {
    if (exceeded_.empty()) exceeded_ = which;
    // Nothing more is done once one limit is passed.
    steps_left_ = steps_reserved_ = bytes_left_ = 0;
    return false;
}

std::string Evaluation::exceeded_reason() const {
    return exceeded() ? "limit exceeded: " + std::string(exceeded_) : std::string();
}

std::uint64_t Evaluation::steps_taken() const noexcept {
    return limits_.steps - steps_left_ - steps_reserved_;
}

Value Evaluation::checked(Value value) {
    if (value.depth() <= limits_.value_depth && value.weight() <= limits_.value_weight) return value;
    exceed("size of a value");
    return {};
}

Value Evaluation::list(std::vector<Value> items) {
    if (!allocate(sizeof(Value) * (items.size() + 2))) return {};
    return checked(Value::list(std::move(items)));
}

Value Evaluation::context(std::shared_ptr<const Shape> shape, std::vector<Value> values) {
    if (!allocate(sizeof(Value) * (values.size() + 2))) return {};
    return checked(ContextBuilder::of(std::move(shape), std::move(values)));
}

Value Evaluation::context(ContextBuilder builder) {
    auto value = std::move(builder).build();
    if (!allocate((sizeof(Value) + sizeof(std::string)) * (value.as_context().size() + 2))) return {};
    return checked(std::move(value));
}

Value Evaluation::string(std::string_view text) {
    if (!allocate(text.size())) return {};
    return checked(Value::string(text));
}

Value Evaluation::range(Range range) {
    if (!allocate(sizeof(Range))) return {};
    return checked(Value::range(std::move(range)));
}

Value Evaluation::function(std::shared_ptr<const Function> function) {
    if (!allocate(sizeof(Value) * function->parameters().size() + kFunctionBytes)) return {};
    return checked(Value::function(std::move(function)));
}

Value Evaluation::null(std::string_view reason) {
    if (keep_notes_ && notes_.size() < kMaxNotes) notes_.emplace_back(reason);
    return {};
}

DateTime Evaluation::now() {
    if (!now_) {
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
        now_ = DateTime::at(nanos / kNanosPerSecond, nanos % kNanosPerSecond, Zone::offset(0));
    }
    return now_.value_or(DateTime{});
}

}  // namespace rules::feel
