#pragma once

#include "dmn/engine.hpp"
#include "dmn/model.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What is wrong, or noteworthy, in a model's decision tables, without any inputs given.
namespace rules::analysis {

struct Limits {
    std::uint64_t steps = 400'000'000;            // of the whole analysis; a step is about a word's work
    std::uint64_t steps_per_table = 100'000'000;  // so that a hostile table leaves something to the others
    std::size_t max_findings = 100;               // of one kind in one table; the rest is counted
};

enum class Kind : std::uint8_t {
    kGap,              // no rule matches, and there is no default output
    kPolicyViolation,  // two rules match together: of UNIQUE any, of ANY those of different outputs
    kOverlap,          // two rules match together, as the hit policy lets them
    kSubsumed,         // a rule matches only where another one does; of FIRST and PRIORITY kMasked tells it
    kMasked,      // FIRST and PRIORITY: a rule never decides, since others go before it wherever it matches
    kImpossible,  // a rule never matches
    kMissingOutput,  // a rule gives null for an output, or what none of the output's values is
};

// A stable name: `gap`, `policy_violation`, …
std::string_view name_of(Kind kind);

struct RuleRef {
    std::size_t number = 0;  // from 1
    std::string id;          // of the element; may be empty
};

// The value of an input in an example, as a FEEL literal: `x` and `date("2024-01-01")`.
struct Assignment {
    std::string input;
    std::string value;
};

struct Finding {
    Kind kind = Kind::kGap;
    // The rule that the finding is about, then those that make it so. Of an overlap both, in their order.
    std::vector<RuleRef> rules;
    // Where it is so: for each column of the table unary tests, as `[1..5)`; `-` is everywhere. Of a subsumed
    // or masked rule all that the rule matches.
    std::vector<std::string> region;
    // Inputs that show it; each expression once. Empty where there are none to show: of what never matches.
    std::vector<Assignment> example;
    // False if it takes a combination of values of which it isn't known that it occurs, since the inputs are
    // computed from others or can't be told apart (`a + b`; `a` beside `a.b`).
    bool certain = true;
    std::string message;  // a sentence
};

// What the analysis can't see through. A rule or a column that is told here leads to no wrong finding, but
// there may be some that are not found.
struct Undecided {
    std::size_t column = 0;  // from 1; 0: none
    std::size_t rule = 0;    // from 1; 0: the whole column
    std::string rule_id;
    std::string reason;
};

struct Count {
    Kind kind = Kind::kGap;
    std::size_t found = 0;  // told or not; where the table's report isn't complete, at least so many
};

struct TableReport {
    std::uint32_t entry = 0;  // of the model: the decision or knowledge model with the table
    std::string decision_id;  // of that element
    std::string decision_name;
    std::string element_id;  // of the table
    dmn::HitPolicy hit_policy = dmn::HitPolicy::kUnique;
    std::vector<std::string> inputs;  // the columns' expressions
    std::size_t rules = 0;
    std::vector<Finding> findings;  // by kind, then by rule
    std::vector<Count> counts;      // of each kind that was found
    std::vector<Undecided> undecided;
    bool complete = true;  // false: the limits ended the search
};

struct Report {
    std::vector<TableReport> tables;
    bool complete = true;  // all tables are
};

// Inputs are taken to be free of each other, each of its type and allowed values, or null. Null and values of
// types that no test of a column names are no gaps.
Report analyse(const dmn::Model& model, const Limits& limits = {});

}  // namespace rules::analysis
