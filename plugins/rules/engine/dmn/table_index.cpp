#include "dmn/table_index.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace rules::dmn {
namespace {

using feel::UnaryTests;
using feel::Value;
using Interval = UnaryTests::Interval;

constexpr std::size_t kBitsOfWord = 64;

void set(std::vector<BitWord>& bits, std::size_t at) {
    bits[at / kBitsOfWord] |= BitWord{1} << (at % kBitsOfWord);
}

void flip(std::vector<BitWord>& bits, std::size_t at) {
    bits[at / kBitsOfWord] ^= BitWord{1} << (at % kBitsOfWord);
}

bool test(std::span<const BitWord> bits, std::size_t at) {
    return (bits[at / kBitsOfWord] >> (at % kBitsOfWord) & 1) != 0;
}

std::vector<BitWord> united(std::vector<BitWord> left, const std::vector<BitWord>& right) {
    for (std::size_t i = 0; i < left.size(); ++i)
        left[i] |= right[i];
    return left;
}

// Values of kinds with one total order, in which equal and identical are the same. Times with a zone are not:
// they can't be compared with those without one.
bool is_indexed(const Value& value) {
    switch (value.kind()) {
        case Value::Kind::kNull:
        case Value::Kind::kBoolean:
        case Value::Kind::kNumber:
        case Value::Kind::kString:
        case Value::Kind::kDate:
        case Value::Kind::kYearsMonths:
        case Value::Kind::kDaysTime:
            return true;
        case Value::Kind::kDateTime:
            return value.as_date_time().zone.none();
        default:
            return false;
    }
}

bool is_earlier(const feel::DateTime& left, const feel::DateTime& right) {
    return std::pair(left.date, left.nanos) < std::pair(right.date, right.nanos);
}

// Of two values of one indexed kind.
bool before(const Value& left, const Value& right) {
    switch (left.kind()) {
        case Value::Kind::kBoolean:
            return !left.as_boolean() && right.as_boolean();
        case Value::Kind::kNumber:
            return left.as_number() < right.as_number();
        case Value::Kind::kString:
            return left.as_string() < right.as_string();
        case Value::Kind::kDate:
            return left.as_date() < right.as_date();
        case Value::Kind::kDateTime:
            return is_earlier(left.as_date_time(), right.as_date_time());
        case Value::Kind::kYearsMonths:
            return left.as_years_months() < right.as_years_months();
        case Value::Kind::kDaysTime:
            return left.as_days_time() < right.as_days_time();
        default:
            return false;
    }
}

Value::Kind kind_of(const Interval& interval) {
    return interval.low.is_null() ? interval.high.kind() : interval.low.kind();
}

// By an evaluation: it makes a difference whether a negated test is of a point or of the interval of that one
// value, which look alike here.
bool matches_null(const UnaryTests& tests) {
    feel::Frame frame(tests.frame_size());
    feel::Evaluation evaluation;
    return tests.matches(Value(), frame, evaluation);
}

// Whether the index can decide a cell. A negated test matches only inputs of the kind of its constants, so
// that they have to be of one kind.
bool is_decidable(const UnaryTests& tests) {
    if (tests.any()) return true;
    const auto intervals = tests.intervals();
    if (intervals.empty()) return false;
    // Booleans have points, and no order.
    const auto indexed = [](const Interval& interval) {
        const bool point = interval.low_included && interval.high_included;
        return (point || kind_of(interval) != Value::Kind::kBoolean) && is_indexed(interval.low) &&
               is_indexed(interval.high);
    };
    if (!std::all_of(intervals.begin(), intervals.end(), indexed)) return false;
    const Value::Kind kind = kind_of(intervals.front());
    const auto same = [kind](const Interval& interval) { return kind_of(interval) == kind; };
    return !tests.negated() ||
           (kind != Value::Kind::kNull && std::all_of(intervals.begin(), intervals.end(), same));
}

}  // namespace

ColumnIndex::ColumnIndex(std::span<const UnaryTests> tests, std::size_t& budget)
    : words_((tests.size() + kBitsOfWord - 1) / kBitsOfWord),
      all_(words_),
      any_(words_),
      undecided_(words_),
      null_(words_),
      budget_(budget) {
    sort_out(tests);
    other_ = united(any_, undecided_);
    null_ = united(null_, other_);
    Pool pool;
    for (const auto& [kind, section] : sections_)
        build(kind, tests, pool);
    if (budget_ == 0) give_up(tests);
    budget = budget_;
}

void ColumnIndex::sort_out(std::span<const UnaryTests> tests) {
    for (std::size_t rule = 0; rule < tests.size(); ++rule) {
        set(all_, rule);
        if (tests[rule].any()) set(any_, rule);
        if (!is_decidable(tests[rule])) {
            set(undecided_, rule);
            continue;
        }
        if (matches_null(tests[rule])) set(null_, rule);
        for (const Interval& interval : tests[rule].intervals()) {
            if (kind_of(interval) == Value::Kind::kNull) continue;
            std::vector<Value>& constants = sections_[kind_of(interval)].constants;
            if (!interval.low.is_null()) constants.push_back(interval.low);
            if (!interval.high.is_null()) constants.push_back(interval.high);
        }
    }
}

void ColumnIndex::build(Value::Kind kind, std::span<const UnaryTests> tests, Pool& pool) {
    Section& section = sections_[kind];
    std::vector<Value>& constants = section.constants;
    std::sort(constants.begin(), constants.end(), before);
    const auto same = [](const Value& left, const Value& right) { return !before(left, right); };
    constants.erase(std::unique(constants.begin(), constants.end(), same), constants.end());

    std::vector<BitWord> row = other_;
    for (std::size_t rule = 0; rule < tests.size(); ++rule) {
        const UnaryTests& cell = tests[rule];
        if (cell.negated() && is_decidable(cell) && kind_of(cell.intervals().front()) == kind) set(row, rule);
    }
    sweep(section, spans(section, kind, tests), std::move(row), pool);
}

std::vector<ColumnIndex::Span> ColumnIndex::spans(const Section& section, Value::Kind kind,
                                                  std::span<const UnaryTests> tests) const {
    const auto place = [&](const Value& constant) {
        const auto found =
            std::lower_bound(section.constants.begin(), section.constants.end(), constant, before);
        return static_cast<std::size_t>(found - section.constants.begin());
    };
    std::vector<Span> all;
    for (std::size_t rule = 0; rule < tests.size(); ++rule) {
        if (test(undecided_, rule)) continue;
        for (const Interval& interval : tests[rule].intervals()) {
            if (kind_of(interval) != kind) continue;
            std::size_t first = 0;
            std::size_t last = 2 * section.constants.size();
            if (!interval.low.is_null()) first = 2 * place(interval.low) + (interval.low_included ? 1 : 2);
            if (!interval.high.is_null()) last = 2 * place(interval.high) + (interval.high_included ? 1 : 0);
            if (first <= last) all.push_back({first, last, static_cast<std::uint32_t>(rule)});
        }
    }
    return all;
}

// Goes through the segments in their order, with the bits of the present one in `row`. A rule's bit changes
// when the first of its spans begins and when the last of those that overlap has ended.
void ColumnIndex::sweep(Section& section, std::vector<Span> spans, std::vector<BitWord> row, Pool& pool) {
    struct Event {
        std::size_t segment;
        bool begins;
        std::uint32_t rule;
    };
    std::vector<Event> events;
    for (const Span& span : spans) {
        events.push_back({span.first, true, span.rule});
        events.push_back({span.last + 1, false, span.rule});
    }
    // Beginnings before ends, so that a rule of two adjoining spans doesn't go out and in again.
    std::sort(events.begin(), events.end(), [](const Event& left, const Event& right) {
        return std::pair(left.segment, !left.begins) < std::pair(right.segment, !right.begins);
    });
    std::map<std::uint32_t, std::uint32_t> open;
    auto event = events.begin();
    for (std::size_t segment = 0; segment <= 2 * section.constants.size() && budget_ > 0; ++segment) {
        for (; event != events.end() && event->segment == segment; ++event) {
            std::uint32_t& count = open[event->rule];
            if (event->begins ? count++ == 0 : --count == 0) flip(row, event->rule);
        }
        section.segments.push_back(keep(row, pool));
    }
}

std::uint32_t ColumnIndex::keep(const std::vector<BitWord>& row, Pool& pool) {
    const auto [found, added] = pool.emplace(row, static_cast<std::uint32_t>(bits_.size()));
    const std::size_t bytes = row.size() * sizeof(BitWord);
    if (!added || bytes > budget_) {
        budget_ = added ? 0 : budget_;
        return found->second;
    }
    budget_ -= bytes;
    bits_.insert(bits_.end(), row.begin(), row.end());
    return found->second;
}

void ColumnIndex::give_up(std::span<const UnaryTests> tests) {
    sections_.clear();
    bits_.clear();
    for (std::size_t rule = 0; rule < tests.size(); ++rule)
        if (!tests[rule].any()) set(undecided_, rule);
    other_ = all_;
    null_ = all_;
}

std::span<const BitWord> ColumnIndex::candidates(const Value& input) const {
    if (!is_indexed(input)) return all_;
    if (input.is_null()) return null_;
    const auto found = sections_.find(input.kind());
    if (found == sections_.end()) return other_;
    const Section& section = found->second;
    const auto at = std::lower_bound(section.constants.begin(), section.constants.end(), input, before);
    const bool point = at != section.constants.end() && !before(input, *at);
    const auto segment = 2 * static_cast<std::size_t>(at - section.constants.begin()) + (point ? 1 : 0);
    return std::span(bits_).subspan(section.segments[segment], words_);
}

bool ColumnIndex::undecided(const Value& input, std::size_t rule) const {
    if (is_indexed(input)) return test(undecided_, rule);
    return !test(any_, rule);
}

}  // namespace rules::dmn
