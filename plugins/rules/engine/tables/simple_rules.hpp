#pragma once

#include "tables/fault.hpp"
#include "tables/limits.hpp"
#include "tables/simple_faults.hpp"
#include "tables/table.hpp"

#include <optional>
#include <string>
#include <string_view>

// Rules for people who have no DMN editor: a JSON list of conditions and actions, that becomes a decision
// table. README.md of this folder tells the form.
namespace rules::tables {

struct SimpleRules {
    Table table;
    std::string description;
    FeelPlaces places;
};

// None, with all faults by JSON pointer, if something is wrong.
std::optional<SimpleRules> read_simple_rules(std::string_view json, Faults& faults,
                                             const Limits& limits = {});

// The same as a DMN document: one decision, named like the rules, that any editor shows and changes.
std::optional<std::string> simple_rules_to_dmn(std::string_view json, Faults& faults,
                                               const Limits& limits = {});

}  // namespace rules::tables
