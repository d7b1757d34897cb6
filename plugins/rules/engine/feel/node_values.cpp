// Nodes that read or make values: constants, slots, lists, ranges, contexts, paths.
#include "feel/node.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace rules::feel {

namespace {

class ConstantNode final : public Node {
 public:
    explicit ConstantNode(Value value) : value_(std::move(value)) {}
    const Value* constant() const noexcept override { return &value_; }

 private:
    Value run(Frame&, Evaluation&) const override { return value_; }

    Value value_;
};

class NullNode final : public Node {
 public:
    explicit NullNode(std::string reason) : reason_(std::move(reason)) {}
    bool is_fault() const noexcept override { return true; }

 private:
    Value run(Frame&, Evaluation& evaluation) const override { return evaluation.null(reason_); }

    std::string reason_;
};

class SlotNode final : public Node {
 public:
    explicit SlotNode(Slot slot) : slot_(slot) {}
    bool is_reference() const noexcept override { return true; }

 private:
    Value run(Frame& frame, Evaluation&) const override { return frame[slot_]; }

    Slot slot_;
};

class ItemNameNode final : public Node {
 public:
    ItemNameNode(std::vector<Slot> items, std::string name, NodePtr fallback)
        : items_(std::move(items)), name_(std::move(name)), fallback_(std::move(fallback)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        for (const auto slot : items_) {
            if (!frame[slot].is_context()) continue;
            if (const auto* found = frame[slot].as_context().find(name_)) return *found;
        }
        if (fallback_ != nullptr) return fallback_->evaluate(frame, evaluation);
        return evaluation.null("no item has `" + name_ + "`");
    }

    std::vector<Slot> items_;
    std::string name_;
    NodePtr fallback_;
};

class ListNode final : public Node {
 public:
    explicit ListNode(Nodes items) : items_(std::move(items)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        std::vector<Value> values;
        values.reserve(items_.size());
        for (const auto& item : items_)
            values.push_back(item->evaluate(frame, evaluation));
        return evaluation.list(std::move(values));
    }

    Nodes items_;
};

bool has_order(const Value& value) noexcept {
    switch (value.kind()) {
        case Value::Kind::kNull:
        case Value::Kind::kNumber:
        case Value::Kind::kString:
        case Value::Kind::kDate:
        case Value::Kind::kTime:
        case Value::Kind::kDateTime:
        case Value::Kind::kYearsMonths:
        case Value::Kind::kDaysTime:
            return true;
        default:
            return false;
    }
}

class RangeNode final : public Node {
 public:
    RangeNode(NodePtr low, NodePtr high, bool low_included, bool high_included)
        : low_(std::move(low)),
          high_(std::move(high)),
          low_included_(low_included),
          high_included_(high_included) {}
    bool is_range() const noexcept override { return true; }

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        auto low = low_ == nullptr ? Value() : low_->evaluate(frame, evaluation);
        auto high = high_ == nullptr ? Value() : high_->evaluate(frame, evaluation);
        if (!has_order(low) || !has_order(high)) return evaluation.null("a range's end has no order");
        if (!low.is_null() && !high.is_null() && low.kind() != high.kind())
            return evaluation.null("a range's ends are of two kinds");
        if (less(high, low) == Truth::kTrue) return evaluation.null("a range ends before it begins");
        const bool null_end = (low_ != nullptr && low.is_null()) || (high_ != nullptr && high.is_null());
        return evaluation.range({std::move(low), std::move(high), low_included_, high_included_, null_end});
    }

    NodePtr low_;
    NodePtr high_;
    bool low_included_;
    bool high_included_;
};

// `= 5` as a range.
class PointRangeNode final : public Node {
 public:
    explicit PointRangeNode(NodePtr point) : point_(std::move(point)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const auto point = point_->evaluate(frame, evaluation);
        if (!has_order(point)) return evaluation.null("a range's end has no order");
        return evaluation.range({point, point, true, true, point.is_null()});
    }

    NodePtr point_;
};

class ContextNode final : public Node {
 public:
    explicit ContextNode(std::vector<Entry> entries) : entries_(std::move(entries)) {
        std::vector<std::string> names;
        for (const auto& entry : entries_)
            names.push_back(entry.name);
        shape_ = std::make_shared<const Shape>(std::move(names));
    }

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        std::vector<Value> values;
        values.reserve(entries_.size());
        for (const auto& entry : entries_) {
            values.push_back(entry.value->evaluate(frame, evaluation));
            frame[entry.slot] = values.back();
        }
        return evaluation.context(shape_, std::move(values));
    }

    std::vector<Entry> entries_;
    std::shared_ptr<const Shape> shape_;
};

// What temporals and ranges have, computed from their value (DMN 1.5, table 65).
bool is_property(std::string_view name) {
    constexpr std::array<std::string_view, 19> kProperties = {
        "year",        "month",          "day",          "weekday", "hour", "minute", "second",
        "time offset", "timezone",       "years",        "months",  "days", "hours",  "minutes",
        "seconds",     "start included", "end included", "start",   "end",
    };
    return std::find(kProperties.begin(), kProperties.end(), name) != kProperties.end();
}

class PathNode final : public Node {
 public:
    PathNode(NodePtr source, std::string name) : source_(std::move(source)), name_(std::move(name)) {}
    bool is_reference() const noexcept override { return !is_property(name_) && source_->is_reference(); }

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        return path_of(source_->evaluate(frame, evaluation), name_, evaluation);
    }

    NodePtr source_;
    std::string name_;
};

Value no_property(const Value& value, std::string_view name, Evaluation& evaluation) {
    if (!evaluation.keeps_notes()) return {};
    return evaluation.null("a " + std::string(kind_name(value.kind())) + " has no `" + std::string(name) +
                           "`");
}

Value number(std::int64_t value) {
    return Value::number(value);
}

// With their fraction.
Value seconds(std::int64_t whole, std::int64_t nanos) {
    if (nanos == 0) return number(whole);
    const auto all = Decimal::of(whole * kNanosPerSecond + nanos);
    return Value::number(Decimal::divide(all, Decimal::of(kNanosPerSecond)));
}

std::optional<Value> date_property(const Date& date, std::string_view name) {
    if (name == "year") return number(date.year);
    if (name == "month") return number(date.month);
    if (name == "day") return number(date.day);
    if (name == "weekday") return number(date.weekday());
    return std::nullopt;
}

std::optional<Value> time_property(const Time& time, std::int64_t local_seconds, std::string_view name) {
    if (name == "hour") return number(time.hour());
    if (name == "minute") return number(time.minute());
    if (name == "second") return seconds(time.second(), time.nanos % kNanosPerSecond);
    if (name == "timezone") return time.zone.is_named() ? Value::string(time.zone.name()) : Value();
    if (name != "time offset") return std::nullopt;
    if (time.zone.none()) return Value();
    return Value::duration(DaysTimeDuration{time.zone.offset_at_local(local_seconds), 0});
}

std::optional<Value> years_months_property(std::int64_t months, std::string_view name) {
    if (name == "years") return number(months / 12);
    if (name == "months") return number(months % 12);
    return std::nullopt;
}

std::optional<Value> days_time_property(const DaysTimeDuration& duration, std::string_view name) {
    // Towards zero, as the text of a negative duration reads.
    const bool negative_fraction = duration.seconds < 0 && duration.nanos != 0;
    const auto whole = duration.seconds + (negative_fraction ? 1 : 0);
    if (name == "days") return number(whole / kSecondsPerDay);
    if (name == "hours") return number(whole / 3600 % 24);
    if (name == "minutes") return number(whole / 60 % 60);
    if (name == "seconds")
        return seconds(whole % 60, duration.nanos - (negative_fraction ? kNanosPerSecond : 0));
    return std::nullopt;
}

std::optional<Value> range_property(const Range& range, std::string_view name) {
    if (name == "start") return range.low;
    if (name == "end") return range.high;
    if (name == "start included") return Value::boolean(range.low_included);
    if (name == "end included") return Value::boolean(range.high_included);
    return std::nullopt;
}

std::optional<Value> property(const Value& value, std::string_view name) {
    switch (value.kind()) {
        case Value::Kind::kDate:
            return date_property(value.as_date(), name);
        case Value::Kind::kTime:
            return time_property(value.as_time(), value.as_time().nanos / kNanosPerSecond, name);
        case Value::Kind::kDateTime: {
            const auto moment = value.as_date_time();
            auto of_date = date_property(moment.date, name);
            return of_date ? of_date : time_property(moment.time(), moment.local_seconds(), name);
        }
        case Value::Kind::kYearsMonths:
            return years_months_property(value.as_years_months().months, name);
        case Value::Kind::kDaysTime:
            return days_time_property(value.as_days_time(), name);
        case Value::Kind::kRange:
            return range_property(value.as_range(), name);
        default:
            return std::nullopt;
    }
}

}  // namespace

Value path_of(const Value& value, std::string_view name, Evaluation& evaluation) {
    if (value.is_context()) {
        const auto* found = value.as_context().find(name);
        return found != nullptr ? *found : no_property(value, name, evaluation);
    }
    if (value.is_list()) {
        std::vector<Value> members;
        members.reserve(value.as_list().size());
        for (const auto& item : value.as_list()) {
            if (!evaluation.step()) return {};
            members.push_back(path_of(item, name, evaluation));
        }
        return evaluation.list(std::move(members));
    }
    auto found = property(value, name);
    return found ? *std::move(found) : no_property(value, name, evaluation);
}

NodePtr make_constant(Value value) {
    return std::make_unique<ConstantNode>(std::move(value));
}

NodePtr make_null(std::string reason) {
    return std::make_unique<NullNode>(std::move(reason));
}

NodePtr make_slot(Slot slot) {
    return std::make_unique<SlotNode>(slot);
}

NodePtr make_item_name(std::vector<Slot> items, std::string name, NodePtr fallback) {
    return std::make_unique<ItemNameNode>(std::move(items), std::move(name), std::move(fallback));
}

NodePtr make_list(Nodes items) {
    std::vector<Value> values;
    for (const auto& item : items) {
        if (item->constant() == nullptr) return std::make_unique<ListNode>(std::move(items));
        values.push_back(*item->constant());
    }
    return make_constant(Value::list(std::move(values)));
}

NodePtr make_range(NodePtr low, NodePtr high, bool low_included, bool high_included) {
    const bool constant =
        (low == nullptr || low->constant() != nullptr) && (high == nullptr || high->constant() != nullptr);
    auto node = std::make_unique<RangeNode>(std::move(low), std::move(high), low_included, high_included);
    if (!constant) return node;
    Frame frame(0);
    Evaluation evaluation;
    evaluation.keep_notes(true);
    auto value = node->evaluate(frame, evaluation);
    if (value.is_null()) return make_null(evaluation.notes().front());
    return make_constant(std::move(value));
}

NodePtr make_comparison_range(Comparison comparison, NodePtr end) {
    switch (comparison) {
        case Comparison::kLess:
            return make_range(nullptr, std::move(end), false, false);
        case Comparison::kLessOrEqual:
            return make_range(nullptr, std::move(end), false, true);
        case Comparison::kGreater:
            return make_range(std::move(end), nullptr, false, false);
        case Comparison::kGreaterOrEqual:
            return make_range(std::move(end), nullptr, true, false);
        case Comparison::kEqual:
            return std::make_unique<PointRangeNode>(std::move(end));
        case Comparison::kNotEqual:
            break;
    }
    return make_null("no range is all but one point");
}

NodePtr make_context(std::vector<Entry> entries) {
    return std::make_unique<ContextNode>(std::move(entries));
}

NodePtr make_path(NodePtr source, std::string name) {
    return std::make_unique<PathNode>(std::move(source), std::move(name));
}

}  // namespace rules::feel
