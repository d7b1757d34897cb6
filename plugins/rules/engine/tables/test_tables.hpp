#pragma once

#include "tables/fault.hpp"
#include "tables/sheets.hpp"
#include "tables/table.hpp"

#include <ostream>
#include <string>
#include <vector>

// What tests of tables share.
namespace rules::tables {

inline void PrintTo(const Table& table, std::ostream* out) {
    *out << to_csv(table);
}

namespace testing {

// "where code" of each fault.
inline std::vector<std::string> told(const Faults& faults) {
    std::vector<std::string> all;
    for (const Fault& fault : faults)
        all.push_back(fault.where + " " + fault.code);
    return all;
}

}  // namespace testing
}  // namespace rules::tables
