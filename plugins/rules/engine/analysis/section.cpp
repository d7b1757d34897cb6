#include "analysis/section.hpp"

#include "analysis/scale.hpp"

#include <algorithm>
#include <utility>

namespace rules::analysis {
namespace {

using feel::Range;
using feel::UnaryTests;
using feel::Value;
using Form = Section::Form;

feel::Zone zone_of(const Value& value) {
    if (value.is_time()) return value.as_time().zone;
    return value.is_date_time() ? value.as_date_time().zone : feel::Zone();
}

// A time without a zone is compared as one of the other's zone: so those with a zone have an order among
// constants without, or with one and the same; and without a zone the other way round.
bool have_order(Form form, const std::vector<Value>& constants) {
    const feel::Zone zone = zone_of(constants.front());
    return std::all_of(constants.begin(), constants.end(), [&](const Value& constant) {
        return form == Form::kCrossed ? zone_of(constant) == zone
                                      : has_zone(constant) == has_zone(constants.front());
    });
}

bool is_point(const Range& interval) {
    return interval.low_included && interval.high_included && !before(interval.low, interval.high) &&
           !before(interval.high, interval.low);
}

// Booleans have no order, so that none is in an interval; what has ends of two kinds is not looked into.
bool is_plain(const Range& interval) {
    const Value::Kind kind = kind_of(interval);
    if (kind == Value::Kind::kNull) return true;
    if (!is_scalar(kind)) return false;
    if (!interval.low.is_null() && !interval.high.is_null() && interval.low.kind() != interval.high.kind())
        return false;
    return kind != Value::Kind::kBoolean ||
           (interval.low_included && interval.high_included && is_point(interval));
}

bool is_null_test(const Range& interval) {
    return kind_of(interval) == Value::Kind::kNull;
}

bool matches(const UnaryTests& cell, const Value& value) {
    feel::Evaluation evaluation;
    feel::Frame frame(cell.frame_size());
    return cell.matches(value, frame, evaluation);
}

std::size_t place_of(const Value& constant, const Section& section) {
    const auto found = std::lower_bound(section.constants.begin(), section.constants.end(), constant, before);
    return static_cast<std::size_t>(found - section.constants.begin());
}

std::vector<Match::Span> joined(std::vector<Match::Span> spans) {
    std::sort(spans.begin(), spans.end(),
              [](const Match::Span& left, const Match::Span& right) { return left.first < right.first; });
    std::vector<Match::Span> apart;
    for (const Match::Span& span : spans) {
        if (apart.empty() || span.first > apart.back().last + 1)
            apart.push_back(span);
        else
            apart.back().last = std::max(apart.back().last, span.last);
    }
    return apart;
}

// The time with a zone if it has none, and without one otherwise.
Value crossed(const Value& value) {
    const auto zone = has_zone(value) ? feel::Zone() : feel::Zone::offset(0);
    if (value.is_time()) return Value::time({value.as_time().nanos, zone});
    return Value::date_time({value.as_date_time().date, value.as_date_time().nanos, zone});
}

// Where the cell does the opposite of what it does outside.
std::vector<Match::Span> spans_of(const UnaryTests& cell, const Section& section) {
    std::vector<Match::Span> spans;
    for (const Range& test : cell.intervals()) {
        if (kind_of(test) != section.kind) continue;
        // A point and the interval of that one value are of one form, and here they aren't one and the same:
        // with a zone on one side alone nothing equals the point, but the interval contains it.
        if (section.form == Form::kCrossed && is_point(test) &&
            matches(cell, crossed(test.low)) == cell.negated())
            continue;
        std::size_t first = 0;
        std::size_t last = 2 * section.constants.size();
        if (!test.low.is_null()) first = 2 * place_of(test.low, section) + (test.low_included ? 1 : 2);
        if (!test.high.is_null()) last = 2 * place_of(test.high, section) + (test.high_included ? 1 : 0);
        if (first <= last) spans.push_back({first, last});
    }
    return joined(std::move(spans));
}

}  // namespace

Section make_section(Form form, Value::Kind kind, std::vector<Value> constants) {
    Section section{form, kind, std::move(constants), true};
    if (section.constants.empty()) return section;
    section.ordered = have_order(form, section.constants);
    if (!section.ordered) section.constants.clear();
    std::sort(section.constants.begin(), section.constants.end(), before);
    const auto same = [](const Value& left, const Value& right) { return !before(left, right); };
    section.constants.erase(std::unique(section.constants.begin(), section.constants.end(), same),
                            section.constants.end());
    return section;
}

bool is_decided(const UnaryTests& cell) {
    const auto tests = cell.intervals();
    return cell.any() || (!tests.empty() && std::all_of(tests.begin(), tests.end(), is_plain));
}

Value::Kind kind_of(const Range& interval) {
    return interval.low.is_null() ? interval.high.kind() : interval.low.kind();
}

Match match(const UnaryTests& cell, const Section& section, Certainty certainty) {
    const bool may = certainty == Certainty::kMay;
    if (cell.any()) return {true, {}};
    if (section.form == Form::kOpaque || !is_decided(cell)) return {may, {}};
    if (section.form == Form::kNull) return {matches(cell, Value()), {}};
    const auto tests = cell.intervals();
    const bool nulls_alone = std::all_of(tests.begin(), tests.end(), is_null_test);
    if (nulls_alone || section.form == Form::kOther) return {cell.negated() && nulls_alone, {}};
    const auto names = [&](const Range& test) { return kind_of(test) == section.kind; };
    if (!section.ordered && std::any_of(tests.begin(), tests.end(), names)) return {may, {}};
    // What can't be compared is null, which doesn't match, negated or not.
    const auto compares = [&](const Range& test) { return is_null_test(test) || names(test); };
    if (cell.negated() && !std::all_of(tests.begin(), tests.end(), compares)) return {false, {}};
    return {cell.negated(), spans_of(cell, section)};
}

}  // namespace rules::analysis
