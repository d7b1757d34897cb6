#pragma once

#include "tables/fault.hpp"
#include "tables/table.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace rules::tables {

// JSON pointers of the FEEL of simple rules, by the cells of the table that is made of them.
struct FeelPlaces {
    using Cell = std::pair<std::size_t, std::size_t>;  // row and column

    std::map<Cell, std::string> inputs;
    std::map<Cell, std::string> outputs;
    std::map<std::size_t, std::string> defaults;  // by the output's column
};

// Compiles the model that a table of simple rules became, and tells its errors by where they stand in the
// rules: nobody who wrote those has seen the model.
void tell_model_faults(const std::string& xml, const Table& table, const FeelPlaces& places, Faults& faults);

}  // namespace rules::tables
