// Small random tables: what the analysis tells is what all combinations of values show.
#include "analysis/test_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rules::analysis {
namespace {

using feel::Value;
using testing::Matcher;
using testing::TestColumn;
using testing::TestRule;
using testing::TestTable;
using Matched = std::vector<std::size_t>;
using Pairs = std::set<std::pair<std::size_t, std::size_t>>;

// A column with the values that tell all its cells apart. Null comes last.
struct Sample {
    TestColumn column;
    std::vector<std::string> constants;  // that cells are made of
    std::vector<std::string> values;
    bool ordered = true;
    bool expects_null = false;
};

const std::vector<Sample> kSamples = {
    {{"n", "number", ""}, {"0", "1", "2", "3"}, {"-1", "0", ".5", "1", "1.5", "2", "2.5", "3", "4", "null"}},
    {{"u", "", ""}, {"0", "1", "2"}, {"-1", "0", ".5", "1", "1.5", "2", "3", "\"x\"", "null"}},
    {{"s", "string", "\"a\",\"b\",\"c\",null"},
     {"\"a\"", "\"b\"", "\"c\""},
     {"\"a\"", "\"b\"", "\"c\"", "null"},
     false,
     true},
    {{"t", "string", ""}, {"\"b\"", "\"d\""}, {"\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"e\"", "null"}},
    {{"b", "boolean", ""}, {"true", "false"}, {"true", "false", "null"}, false},
    {{"d", "date", ""},
     {"@\"2024-01-01\"", "@\"2024-01-02\"", "@\"2024-01-04\""},
     {"@\"2023-01-01\"", "@\"2024-01-01\"", "@\"2024-01-02\"", "@\"2024-01-03\"", "@\"2024-01-04\"",
      "@\"2025-01-01\"", "null"}},
    {{"w", "time", ""},
     {"@\"10:00:00\"", "@\"12:00:00\""},
     {"@\"09:00:00\"", "@\"10:00:00\"", "@\"11:00:00\"", "@\"12:00:00\"", "@\"13:00:00\"", "@\"09:00:00Z\"",
      "@\"10:00:00Z\"", "@\"11:00:00Z\"", "@\"12:00:00Z\"", "@\"13:00:00Z\"", "null"}},
    {{"p", "yearMonthDuration", ""},
     {"@\"P1M\"", "@\"P3M\""},
     {"@\"P0M\"", "@\"P1M\"", "@\"P2M\"", "@\"P3M\"", "@\"P4M\"", "null"}},
};

class RandomTable {
 public:
    explicit RandomTable(unsigned seed) : random_(seed) {
        std::vector<std::size_t> order(kSamples.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = i;
        std::shuffle(order.begin(), order.end(), random_);
        const std::size_t columns = 1 + below(3);
        for (std::size_t i = 0; i < columns; ++i) {
            samples_.push_back(kSamples[order[i]]);
            table_.columns.push_back(samples_.back().column);
        }
        const std::vector<std::string> policies = {"UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT"};
        table_.policy = policies[below(policies.size())];
        table_.output = R"(<output name="o"><outputValues><text>0,1,2</text></outputValues></output>)";
        for (std::size_t rules = 1 + below(6); rules > 0; --rules)
            table_.rules.push_back(rule());
    }

    const TestTable& table() const { return table_; }
    const std::vector<Sample>& samples() const { return samples_; }

 private:
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }

    TestRule rule() {
        TestRule made;
        for (Sample& sample : samples_)
            made.inputs.push_back(below(4) == 0 ? "-" : cell(sample));
        made.output = std::to_string(below(3));
        return made;
    }

    std::string cell(Sample& sample) {
        std::string tests = test(sample);
        for (std::size_t more = below(3); more > 0; --more)
            tests += ", " + test(sample);
        return below(4) == 0 ? "not(" + tests + ")" : tests;
    }

    std::string test(Sample& sample) {
        const auto constant = [&] { return sample.constants[below(sample.constants.size())]; };
        const std::size_t kind = below(sample.ordered ? 7 : 3);
        if (kind == 0 && below(3) == 0) {
            sample.expects_null = true;
            return "null";
        }
        if (kind < 3) return constant();
        if (kind < 5) {
            const std::vector<std::string> comparisons = {"< ", "<= ", "> ", ">= "};
            return comparisons[below(4)] + constant();
        }
        const std::size_t low = below(sample.constants.size());
        const std::size_t high = low + below(sample.constants.size() - low);
        return (below(2) == 0 ? "[" : "(") + sample.constants[low] + ".." + sample.constants[high] +
               (below(2) == 0 ? "]" : ")");
    }

    std::mt19937 random_;
    std::vector<Sample> samples_;
    TestTable table_;
};

// All combinations of the values, with the rules that match.
struct Point {
    std::vector<std::string> values;
    Matched matched;
    bool expected = true;
};

std::vector<Point> all_points(const RandomTable& random) {
    const Matcher matcher(random.table());
    std::vector<Point> points = {{}};
    for (const Sample& sample : random.samples()) {
        std::vector<Point> longer;
        for (const Point& point : points)
            for (const std::string& value : sample.values) {
                Point next = point;
                next.values.push_back(value);
                const bool other = value.ends_with("Z\"") || value == "\"x\"";
                next.expected = point.expected && !other && (value != "null" || sample.expects_null);
                longer.push_back(std::move(next));
            }
        points = std::move(longer);
    }
    for (Point& point : points) {
        std::vector<Assignment> inputs;
        for (std::size_t i = 0; i < point.values.size(); ++i)
            inputs.push_back({random.samples()[i].column.expression, point.values[i]});
        point.matched = matcher.matched(inputs);
    }
    return points;
}

bool has(const Matched& matched, std::size_t rule) {
    return std::find(matched.begin(), matched.end(), rule) != matched.end();
}

Pairs found_pairs(const TableReport& report, std::initializer_list<Kind> kinds) {
    Pairs pairs;
    for (const Finding& finding : report.findings)
        if (std::find(kinds.begin(), kinds.end(), finding.kind) != kinds.end())
            pairs.emplace(finding.rules[0].number, finding.rules[1].number);
    return pairs;
}

std::set<std::size_t> found_rules(const TableReport& report, Kind kind) {
    std::set<std::size_t> rules;
    for (const Finding& finding : report.findings)
        if (finding.kind == kind) rules.insert(finding.rules.front().number);
    return rules;
}

class BruteForce {
 public:
    explicit BruteForce(const RandomTable& random)
        : random_(random), points_(all_points(random)), rules_(random.table().rules.size()) {}

    Pairs overlaps() const {
        Pairs pairs;
        for (const Point& point : points_)
            if (point.expected)
                for (const std::size_t rule : point.matched)
                    for (const std::size_t other : point.matched)
                        if (rule < other) pairs.emplace(rule, other);
        return pairs;
    }

    std::set<std::size_t> impossible() const {
        std::set<std::size_t> rules;
        for (std::size_t rule = 1; rule <= rules_; ++rule)
            if (std::none_of(points_.begin(), points_.end(),
                             [&](const Point& point) { return has(point.matched, rule); }))
                rules.insert(rule);
        return rules;
    }

    bool is_inside(std::size_t inner, std::size_t outer) const {
        return std::all_of(points_.begin(), points_.end(), [&](const Point& point) {
            return !has(point.matched, inner) || has(point.matched, outer);
        });
    }

    Pairs subsumed() const {
        Pairs pairs;
        const auto never = impossible();
        for (std::size_t inner = 1; inner <= rules_ && !one_goes_first(); ++inner)
            for (std::size_t outer = 1; outer <= rules_; ++outer) {
                if (inner == outer || never.contains(inner) || !is_inside(inner, outer)) continue;
                if (outer < inner || !is_inside(outer, inner)) pairs.emplace(inner, outer);
            }
        return pairs;
    }

    std::set<std::size_t> masked() const {
        std::set<std::size_t> rules;
        const auto never = impossible();
        for (std::size_t rule = 1; rule <= rules_ && one_goes_first(); ++rule)
            if (!never.contains(rule) && std::all_of(points_.begin(), points_.end(), [&](const Point& point) {
                    return !has(point.matched, rule) ||
                           std::any_of(point.matched.begin(), point.matched.end(),
                                       [&](std::size_t other) { return goes_before(other, rule); });
                }))
                rules.insert(rule);
        return rules;
    }

    // Expected points without a rule, of which no region tells, and points with one or the other wrongly
    // told.
    void expect_gaps(const TableReport& report) const {
        std::vector<std::vector<feel::UnaryTests>> regions;
        for (const Finding& finding : report.findings) {
            if (finding.kind != Kind::kGap) continue;
            regions.emplace_back();
            for (const std::string& tests : finding.region)
                regions.back().push_back(region(tests));
        }
        for (const Point& point : points_) {
            const bool inside = std::any_of(regions.begin(), regions.end(),
                                            [&](const auto& tests) { return contains(tests, point); });
            if (point.expected) {
                EXPECT_EQ(inside, point.matched.empty()) << ::testing::PrintToString(point.values);
            }
        }
    }

 private:
    static feel::UnaryTests region(const std::string& tests) {
        const auto compiled = feel::compile_unary_tests(tests, feel::Scope());
        EXPECT_TRUE(compiled.ok()) << tests;
        return *compiled;
    }

    static bool contains(const std::vector<feel::UnaryTests>& tests, const Point& point) {
        feel::Evaluation evaluation;
        for (std::size_t i = 0; i < tests.size(); ++i) {
            feel::Frame frame(tests[i].frame_size());
            if (!tests[i].matches(dmn::testing::feel_value(point.values[i]), frame, evaluation)) return false;
        }
        return true;
    }

    bool one_goes_first() const {
        return random_.table().policy == "FIRST" || random_.table().policy == "PRIORITY";
    }

    bool goes_before(std::size_t rule, std::size_t other) const {
        const auto& rules = random_.table().rules;
        if (random_.table().policy == "FIRST") return rule < other;
        return std::pair(rules[rule - 1].output, rule) < std::pair(rules[other - 1].output, other);
    }

    const RandomTable& random_;
    std::vector<Point> points_;
    std::size_t rules_;
};

TEST(BruteForce, AgreesOnRandomTables) {
    constexpr unsigned kTables = 300;
    for (unsigned seed = 0; seed < kTables && !::testing::Test::HasFailure(); ++seed) {
        const RandomTable random(seed);
        SCOPED_TRACE(std::to_string(seed) + "\n" + testing::xml_of(random.table()));
        const TableReport report = testing::analysed(random.table());
        ASSERT_TRUE(report.complete);
        ASSERT_THAT(report.undecided, ::testing::IsEmpty());
        testing::expect_shown(random.table(), report);
        const BruteForce truth(random);
        EXPECT_EQ(found_pairs(report, {Kind::kOverlap, Kind::kPolicyViolation}), truth.overlaps());
        EXPECT_EQ(found_rules(report, Kind::kImpossible), truth.impossible());
        EXPECT_EQ(found_pairs(report, {Kind::kSubsumed}), truth.subsumed());
        EXPECT_EQ(found_rules(report, Kind::kMasked), truth.masked());
        truth.expect_gaps(report);
    }
}

}  // namespace
}  // namespace rules::analysis
