#pragma once

#include "feel/decimal.hpp"
#include "feel/temporal.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rules::feel {

class Evaluation;
class Function;
class Value;
struct Range;

// What a test of FEEL's three-valued logic gives.
enum class Truth : std::uint8_t { kFalse, kTrue, kNull };

inline Truth truth_of(bool condition) noexcept {
    return condition ? Truth::kTrue : Truth::kFalse;
}

// A part of a Value that doesn't fit into it. Immutable once shared; counted by the Values that hold it.
class Object {
 public:
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    virtual ~Object() = default;

    // Levels of nesting below, and values in the whole tree: so that no walk over a value is a surprise.
    std::uint32_t depth() const noexcept { return depth_; }
    std::uint64_t weight() const noexcept { return weight_; }

    void retain() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() const noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

 protected:
    Object() = default;
    // Count what it holds into depth and weight.
    void count(const Value& part) noexcept;
    void deepen(std::uint32_t parts_depth) noexcept;
    void add_weight(std::uint64_t more) noexcept;

 private:
    mutable std::atomic<std::uint32_t> references_{0};
    std::uint32_t depth_ = 1;
    std::uint64_t weight_ = 1;
};

// A value of FEEL: 24 bytes, immutable, cheap to copy; copies may be used on several threads. Numbers,
// booleans, temporals and strings of up to 16 bytes need no memory beside it.
class Value {
 public:
    enum class Kind : std::uint8_t {
        kNull,
        kBoolean,
        kNumber,
        kDate,
        kTime,
        kDateTime,
        kYearsMonths,
        kDaysTime,
        kShortString,  // never returned by kind()
        kString,
        kRange,
        kList,
        kContext,
        kFunction,
    };

    Value() noexcept = default;  // null
    Value(const Value& other) noexcept : head_(other.head_), words_(other.words_) { retain(); }
    Value(Value&& other) noexcept : head_(other.head_), words_(other.words_) { other.head_ = {}; }
    Value& operator=(const Value& other) noexcept {
        Value copy(other);
        swap(copy);
        return *this;
    }
    Value& operator=(Value&& other) noexcept {
        swap(other);
        return *this;
    }
    ~Value() { release(); }

    static Value null() noexcept { return {}; }
    static Value boolean(bool value) noexcept { return Value({Kind::kBoolean}, {value, 0}); }
    static Value of(Truth truth) noexcept {
        return truth == Truth::kNull ? Value() : boolean(truth == Truth::kTrue);
    }
    static Value number(Decimal value) noexcept {
        return Value({Kind::kNumber}, {value.low(), value.high()});
    }
    static Value number(std::int64_t value) noexcept { return number(Decimal::of(value)); }
    // Null if there is no number.
    static Value number(std::optional<Decimal> value) noexcept { return value ? number(*value) : Value(); }
    static Value string(std::string_view utf8);
    static Value date(Date value) noexcept;
    static Value time(Time value) noexcept;
    static Value date_time(DateTime value) noexcept;
    static Value duration(YearsMonthsDuration value) noexcept;
    static Value duration(DaysTimeDuration value) noexcept;
    static Value range(Range value);
    static Value list(std::vector<Value> items);
    // The first of two entries with one name keeps its place and takes the later's value.
    static Value context(std::vector<std::pair<std::string, Value>> entries);
    static Value function(std::shared_ptr<const Function> function);

    Kind kind() const noexcept { return head_.kind == Kind::kShortString ? Kind::kString : head_.kind; }
    bool is_null() const noexcept { return head_.kind == Kind::kNull; }
    bool is_boolean() const noexcept { return head_.kind == Kind::kBoolean; }
    bool is_number() const noexcept { return head_.kind == Kind::kNumber; }
    bool is_string() const noexcept { return kind() == Kind::kString; }
    bool is_date() const noexcept { return head_.kind == Kind::kDate; }
    bool is_time() const noexcept { return head_.kind == Kind::kTime; }
    bool is_date_time() const noexcept { return head_.kind == Kind::kDateTime; }
    bool is_years_months() const noexcept { return head_.kind == Kind::kYearsMonths; }
    bool is_days_time() const noexcept { return head_.kind == Kind::kDaysTime; }
    bool is_duration() const noexcept { return is_years_months() || is_days_time(); }
    bool is_range() const noexcept { return head_.kind == Kind::kRange; }
    bool is_list() const noexcept { return head_.kind == Kind::kList; }
    bool is_context() const noexcept { return head_.kind == Kind::kContext; }
    bool is_function() const noexcept { return head_.kind == Kind::kFunction; }
    bool is_true() const noexcept { return is_boolean() && words_[0] != 0; }
    bool is_false() const noexcept { return is_boolean() && words_[0] == 0; }

    // Each only for a value of its kind. Views and references live as long as this value stays as it is.
    bool as_boolean() const noexcept { return words_[0] != 0; }
    Decimal as_number() const noexcept { return Decimal::from_words(words_[0], words_[1]); }
    std::string_view as_string() const noexcept;
    Date as_date() const noexcept;
    Time as_time() const noexcept;
    DateTime as_date_time() const noexcept;
    YearsMonthsDuration as_years_months() const noexcept;
    DaysTimeDuration as_days_time() const noexcept;
    const Range& as_range() const noexcept;
    std::span<const Value> as_list() const noexcept;
    const class Context& as_context() const noexcept;
    const Function& as_function() const noexcept;
    std::shared_ptr<const Function> shared_function() const;

    // 0 and 1 for what has no parts.
    std::uint32_t depth() const noexcept { return holds_object() ? object()->depth() : 0; }
    std::uint64_t weight() const noexcept { return holds_object() ? object()->weight() : 1; }

    void swap(Value& other) noexcept {
        std::swap(head_, other.head_);
        std::swap(words_, other.words_);
    }

 private:
    friend class ContextBuilder;

    struct Head {
        Kind kind = Kind::kNull;
        std::uint8_t length = 0;  // of a short string
        std::uint16_t zone = 0;
        std::int32_t offset = 0;
    };
    using Words = std::array<std::uint64_t, 2>;

    Value(Head head, Words words) noexcept : head_(head), words_(words) {}
    Value(Kind kind, const Object* object) noexcept;  // takes a reference

    bool holds_object() const noexcept { return head_.kind >= Kind::kString; }
    const Object* object() const noexcept { return reinterpret_cast<const Object*>(words_[0]); }
    void retain() const noexcept {
        if (holds_object()) object()->retain();
    }
    void release() const noexcept {
        if (holds_object()) object()->release();
    }

    Head head_;
    Words words_{};
};

static_assert(sizeof(Value) == 24);

// From low to high, each end included or not. A null end is no end (as in `< 5`), and is never included.
struct Range {
    Value low;
    Value high;
    bool low_included = false;
    bool high_included = false;
    // An end is written, and its value is null: then no point is in the range.
    bool null_end = false;
};

// Names of a context's entries in their order, shared by contexts of one form.
class Shape {
 public:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    explicit Shape(std::vector<std::string> names);
    ~Shape();

    std::size_t size() const noexcept { return names_.size(); }
    const std::string& name(std::size_t index) const noexcept { return names_[index]; }
    std::size_t find(std::string_view name) const noexcept;

 private:
    struct Index;
    std::vector<std::string> names_;
    std::unique_ptr<const Index> index_;  // only of many names
};

// The entries of a context, in the order of their insertion.
class Context : public Object {
 public:
    Context(std::shared_ptr<const Shape> shape, std::vector<Value> values);

    std::size_t size() const noexcept { return values_.size(); }
    const std::string& name(std::size_t index) const noexcept { return shape_->name(index); }
    const Value& value(std::size_t index) const noexcept { return values_[index]; }
    // Null pointer if there is no such entry.
    const Value* find(std::string_view name) const noexcept;
    const std::shared_ptr<const Shape>& shape() const noexcept { return shape_; }

 private:
    std::shared_ptr<const Shape> shape_;
    std::vector<Value> values_;
};

// Makes contexts: with names one by one, or of a known form.
class ContextBuilder {
 public:
    void set(std::string_view name, Value value);
    Value build() &&;
    // As many values as the shape has names.
    static Value of(std::shared_ptr<const Shape> shape, std::vector<Value> values);

 private:
    std::size_t find(std::string_view name) const;  // their number if there is no such name
    void index(std::size_t place);

    std::vector<std::string> names_;
    std::vector<Value> values_;
    std::map<std::string, std::size_t, std::less<>> places_;  // only of many names
};

// `=` of DMN 1.5, tables 53 and 54: null if the kinds differ. Charges the evaluation for large values.
Truth equal(const Value& left, const Value& right, Evaluation& evaluation);
// `<` and `<=`: null if the two have no order.
Truth less(const Value& left, const Value& right);
Truth less_or_equal(const Value& left, const Value& right);
// Whether a range contains a point; null if they can't be compared.
Truth contains(const Range& range, const Value& point);
// `in` for a list of points, ranges and lists, or one of them.
Truth is_in(const Value& value, const Value& where, Evaluation& evaluation);

// The same in every part, and of one kind; differs from `equal` in that null is identical to null and that a
// named zone differs from its offset.
bool identical(const Value& left, const Value& right);

// As FEEL's string() shows it, or within a list or context, where strings are quoted.
std::string to_string(const Value& value);
// The kind as FEEL names it: "number", "date and time", …
std::string_view kind_name(Value::Kind kind) noexcept;

}  // namespace rules::feel
