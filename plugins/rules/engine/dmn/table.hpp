#pragma once

#include "dmn/allowed_values.hpp"
#include "dmn/logic.hpp"
#include "dmn/model.hpp"
#include "dmn/table_index.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rules::dmn {

// The compiled parts of a decision table.
struct TableInput {
    std::string text;
    feel::Expression expression;
    feel::Type type;
    std::shared_ptr<const AllowedValues> values;  // null: all
    std::vector<feel::UnaryTests> tests;          // one for each rule
};

struct TableOutput {
    std::string name;
    std::shared_ptr<const AllowedValues> values;  // null: they are not known
    LogicPtr default_value;                       // null: there is none
};

struct TableRule {
    std::string id;
    std::vector<LogicPtr> outputs;
    std::optional<feel::Value> constant;  // the whole output, if it is always the same
};

struct TableParts {
    std::string element_id;
    HitPolicy hit_policy = HitPolicy::kUnique;
    Aggregation aggregation = Aggregation::kNone;
    std::vector<TableInput> inputs;
    std::vector<TableOutput> outputs;
    std::vector<TableRule> rules;
    std::shared_ptr<const feel::Shape> shape;  // of an output with several values
};

// The priority of an output, by the order of each output's values from left to right (8.2.8): the least goes
// first.
std::vector<std::size_t> priority_of(const feel::Value& output, const TableParts& parts,
                                     feel::Evaluation& evaluation);

// A decision table (DMN 1.5, 8.2 and 10.3.2.10).
class TableLogic : public Logic {
 public:
    TableLogic(TableParts parts, std::size_t index_bytes);

    feel::Value evaluate(feel::Frame& frame, Run& run) const override;
    const TableParts& parts() const { return parts_; }

 private:
    using RuleNumber = std::uint32_t;
    struct Hit {
        RuleNumber rule;
        feel::Value output;
    };

    bool read_inputs(feel::Frame& inputs, feel::Frame& frame, Run& run) const;
    // Calls `hit(rule)` for the rules that match, in their order, until it gives false.
    template <class OnHit>
    void find_hits(const feel::Frame& inputs, feel::Frame& frame, Run& run, OnHit hit) const;
    bool matches(RuleNumber rule, const feel::Frame& inputs, feel::Frame& frame, Run& run) const;

    feel::Value output(RuleNumber rule, feel::Frame& frame, Run& run) const;
    feel::Value default_output(feel::Frame& frame, Run& run) const;
    feel::Value result(std::vector<Hit>& hits, Run& run) const;
    feel::Value any(const std::vector<Hit>& hits, Run& run) const;
    feel::Value collect(const std::vector<Hit>& hits, Run& run) const;
    void sort_by_priority(std::vector<Hit>& hits, Run& run) const;
    bool takes_one() const;
    bool has_default() const;
    void record(const feel::Frame& inputs, const std::vector<Hit>& hits, Run& run) const;

    TableParts parts_;
    std::vector<ColumnIndex> index_;
    feel::Value aggregate_;  // the function that aggregates, of a COLLECT table with one
};

}  // namespace rules::dmn
