#pragma once

#include "feel/value.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

// Why an evaluation gave what it gave.
namespace rules::dmn {

struct InputTrace {
    std::string text;  // the input's expression
    feel::Value value;
};

struct RuleTrace {
    std::string id;
    std::uint32_t number = 0;  // of the row, from 1
    feel::Value output;        // of one output its value, of several a context
};

// One evaluation of one decision table.
struct TableTrace {
    std::string element_id;
    std::vector<InputTrace> inputs;
    std::vector<RuleTrace> matched;  // those that the hit policy looked at
    bool used_default = false;
};

enum class NodeKind : std::uint8_t { kInputData, kDecision, kKnowledge, kService };

// One evaluation of an input, a decision, or of a knowledge model or service that was called.
struct NodeTrace {
    NodeKind kind = NodeKind::kDecision;
    std::string id;
    std::string name;
    std::vector<std::string> import_path;
    feel::Value value;
    std::vector<std::string> notes;  // why values on the way became null
    std::vector<TableTrace> tables;
    std::chrono::nanoseconds took{0};  // with what it required and called
};

struct Explanation {
    std::vector<NodeTrace> nodes;             // in the order in which they were finished
    std::vector<std::string> missing_inputs;  // names of input data that were asked for and not given
    bool complete = true;                     // false: there was more than is kept
};

}  // namespace rules::dmn
