#include "feel/value.hpp"

#include "feel/function.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <unordered_map>

namespace rules::feel {

namespace {

// What a value of any kind weighs at least, so that lists of strings aren't lighter than they are long.
constexpr std::uint64_t kBytesPerWeight = 64;
constexpr std::size_t kShortString = 16;

std::uint64_t saturating_add(std::uint64_t left, std::uint64_t right) noexcept {
    const auto sum = left + right;
    return sum < left ? std::numeric_limits<std::uint64_t>::max() : sum;
}

class StringObject final : public Object {
 public:
    explicit StringObject(std::string_view text) : text_(text) { add_weight(text.size() / kBytesPerWeight); }
    std::string_view text() const noexcept { return text_; }

 private:
    std::string text_;
};

class RangeObject final : public Object {
 public:
    explicit RangeObject(Range range) : range_(std::move(range)) {
        count(range_.low);
        count(range_.high);
    }
    const Range& range() const noexcept { return range_; }

 private:
    Range range_;
};

class ListObject final : public Object {
 public:
    explicit ListObject(std::vector<Value> items) : items_(std::move(items)) {
        for (const auto& item : items_)
            count(item);
    }
    std::span<const Value> items() const noexcept { return items_; }

 private:
    std::vector<Value> items_;
};

class FunctionObject final : public Object {
 public:
    explicit FunctionObject(std::shared_ptr<const Function> function) : function_(std::move(function)) {
        deepen(function_->depth());
        add_weight(function_->weight());
    }
    const std::shared_ptr<const Function>& function() const noexcept { return function_; }

 private:
    std::shared_ptr<const Function> function_;
};

}  // namespace

void Object::count(const Value& part) noexcept {
    deepen(part.depth());
    add_weight(part.weight());
}

void Object::deepen(std::uint32_t parts_depth) noexcept {
    depth_ = std::max(depth_, parts_depth + 1);
}

void Object::add_weight(std::uint64_t more) noexcept {
    weight_ = saturating_add(weight_, more);
}

Value::Value(Kind kind, const Object* object) noexcept
    : head_{kind}, words_{reinterpret_cast<std::uintptr_t>(object), 0} {
    object->retain();
}

Value Value::string(std::string_view utf8) {
    if (utf8.size() > kShortString) return Value(Kind::kString, new StringObject(utf8));
    Value result({Kind::kShortString, static_cast<std::uint8_t>(utf8.size())}, {});
    if (!utf8.empty()) std::memcpy(result.words_.data(), utf8.data(), utf8.size());
    return result;
}

Value Value::date(Date value) noexcept {
    return Value({Kind::kDate}, {static_cast<std::uint32_t>(value.year), value.month * 256U + value.day});
}

Value Value::time(Time value) noexcept {
    return Value({Kind::kTime, 0, value.zone.id(), value.zone.seconds()},
                 {0, static_cast<std::uint64_t>(value.nanos)});
}

Value Value::date_time(DateTime value) noexcept {
    const auto date = Value::date(value.date);
    // Month and day need 12 bits, the year 32.
    return Value({Kind::kDateTime, 0, value.zone.id(), value.zone.seconds()},
                 {date.words_[0] | date.words_[1] << 32, static_cast<std::uint64_t>(value.nanos)});
}

Value Value::duration(YearsMonthsDuration value) noexcept {
    return Value({Kind::kYearsMonths}, {static_cast<std::uint64_t>(value.months), 0});
}

Value Value::duration(DaysTimeDuration value) noexcept {
    return Value({Kind::kDaysTime},
                 {static_cast<std::uint64_t>(value.seconds), static_cast<std::uint64_t>(value.nanos)});
}

Value Value::range(Range range) {
    return Value(Kind::kRange, new RangeObject(std::move(range)));
}

Value Value::list(std::vector<Value> items) {
    return Value(Kind::kList, new ListObject(std::move(items)));
}

Value Value::context(std::vector<std::pair<std::string, Value>> entries) {
    ContextBuilder builder;
    for (auto& [name, value] : entries)
        builder.set(name, std::move(value));
    return std::move(builder).build();
}

Value Value::function(std::shared_ptr<const Function> function) {
    return Value(Kind::kFunction, new FunctionObject(std::move(function)));
}

std::string_view Value::as_string() const noexcept {
    if (head_.kind == Kind::kShortString) return {reinterpret_cast<const char*>(words_.data()), head_.length};
    return static_cast<const StringObject*>(object())->text();
}

Date Value::as_date() const noexcept {
    return {static_cast<std::int32_t>(words_[0]), static_cast<std::uint8_t>(words_[1] >> 8),
            static_cast<std::uint8_t>(words_[1])};
}

Time Value::as_time() const noexcept {
    return {static_cast<std::int64_t>(words_[1]), Zone::from_parts(head_.zone, head_.offset)};
}

DateTime Value::as_date_time() const noexcept {
    const Date date{static_cast<std::int32_t>(words_[0]), static_cast<std::uint8_t>(words_[0] >> 40),
                    static_cast<std::uint8_t>(words_[0] >> 32)};
    return {date, static_cast<std::int64_t>(words_[1]), Zone::from_parts(head_.zone, head_.offset)};
}

YearsMonthsDuration Value::as_years_months() const noexcept {
    return {static_cast<std::int64_t>(words_[0])};
}

DaysTimeDuration Value::as_days_time() const noexcept {
    return {static_cast<std::int64_t>(words_[0]), static_cast<std::int32_t>(words_[1])};
}

const Range& Value::as_range() const noexcept {
    return static_cast<const RangeObject*>(object())->range();
}

std::span<const Value> Value::as_list() const noexcept {
    return static_cast<const ListObject*>(object())->items();
}

const Context& Value::as_context() const noexcept {
    return static_cast<const Context&>(*object());
}

const Function& Value::as_function() const noexcept {
    return *static_cast<const FunctionObject*>(object())->function();
}

std::shared_ptr<const Function> Value::shared_function() const {
    return static_cast<const FunctionObject*>(object())->function();
}

struct Shape::Index {
    std::unordered_map<std::string_view, std::size_t> places;
};

namespace {

// Up to this many names are looked through one by one, which is faster than hashing.
constexpr std::size_t kMaxUnindexed = 8;

}  // namespace

Shape::Shape(std::vector<std::string> names) : names_(std::move(names)) {
    if (names_.size() <= kMaxUnindexed) return;
    auto index = std::make_unique<Index>();
    for (std::size_t i = 0; i < names_.size(); ++i)
        index->places.emplace(names_[i], i);
    index_ = std::move(index);
}

Shape::~Shape() = default;

std::size_t Shape::find(std::string_view name) const noexcept {
    if (index_ != nullptr) {
        const auto found = index_->places.find(name);
        return found == index_->places.end() ? kNone : found->second;
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
        if (names_[i] == name) return i;
    }
    return kNone;
}

Context::Context(std::shared_ptr<const Shape> shape, std::vector<Value> values)
    : shape_(std::move(shape)), values_(std::move(values)) {
    for (const auto& value : values_)
        count(value);
}

const Value* Context::find(std::string_view name) const noexcept {
    const auto place = shape_->find(name);
    return place == Shape::kNone ? nullptr : &values_[place];
}

void ContextBuilder::set(std::string_view name, Value value) {
    const auto place = find(name);
    if (place != names_.size()) {
        values_[place] = std::move(value);
        return;
    }
    names_.emplace_back(name);
    values_.push_back(std::move(value));
    if (names_.size() > kMaxUnindexed) index(place);
}

std::size_t ContextBuilder::find(std::string_view name) const {
    if (names_.size() > kMaxUnindexed) {
        const auto found = places_.find(name);
        return found == places_.end() ? names_.size() : found->second;
    }
    return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
}

void ContextBuilder::index(std::size_t place) {
    const auto first = places_.empty() ? 0 : place;
    for (auto i = first; i <= place; ++i)
        places_.emplace(names_[i], i);
}

Value ContextBuilder::build() && {
    return of(std::make_shared<const Shape>(std::move(names_)), std::move(values_));
}

Value ContextBuilder::of(std::shared_ptr<const Shape> shape, std::vector<Value> values) {
    return Value(Value::Kind::kContext, new Context(std::move(shape), std::move(values)));
}

}  // namespace rules::feel
