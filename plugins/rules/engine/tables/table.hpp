#pragma once

#include "dmn/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A decision table as people see and edit it: all cells are FEEL texts, and nothing is compiled.
namespace rules::tables {

struct InputColumn {
    std::string id;
    std::string label;
    std::string expression;
    std::string type;    // as in the model: `number`, `tGrade`, …; empty if it has none
    std::string values;  // unary tests; empty if nothing is restricted

    bool operator==(const InputColumn&) const = default;
};

struct OutputColumn {
    std::string id;
    std::string label;
    std::string name;
    std::string type;
    std::string values;
    std::string default_value;  // empty if it has none

    bool operator==(const OutputColumn&) const = default;
};

// As many cells as the table has columns of their kind.
struct Row {
    std::string id;
    std::string description;
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    std::vector<std::string> annotations;

    bool operator==(const Row&) const = default;
};

struct Table {
    std::string id;
    std::string name;  // of the decision or knowledge model that it is the logic of
    dmn::HitPolicy hit_policy = dmn::HitPolicy::kUnique;
    dmn::Aggregation aggregation = dmn::Aggregation::kNone;
    std::vector<InputColumn> inputs;
    std::vector<OutputColumn> outputs;
    std::vector<std::string> annotations;  // their names
    std::vector<Row> rows;

    bool operator==(const Table&) const = default;
};

// As XML names them: `UNIQUE`, `RULE ORDER`, …
std::string_view name_of(dmn::HitPolicy policy);
// `SUM`, `COUNT`, `MIN`, `MAX`; empty for none.
std::string_view name_of(dmn::Aggregation aggregation);

// By name, with blanks or underscores, however it is capitalised.
std::optional<dmn::HitPolicy> find_hit_policy(std::string_view name);
std::optional<dmn::Aggregation> find_aggregation(std::string_view name);

}  // namespace rules::tables
