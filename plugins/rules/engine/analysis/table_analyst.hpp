#pragma once

#include "analysis/analysis.hpp"
#include "analysis/budget.hpp"
#include "analysis/findings.hpp"
#include "analysis/neighbours.hpp"
#include "dmn/table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace rules::analysis {

// Analyses one table.
class TableAnalyst {
 public:
    TableAnalyst(const dmn::TableParts& parts, const Limits& limits, Budget& whole);

    // Completes the report, all but what tells which table it is.
    void run(TableReport& report);

 private:
    void find_priorities();
    void find_gaps();
    void find_impossible();
    std::string why_impossible(std::size_t rule) const;  // empty if it isn't
    void find_together(std::size_t rule);
    void find_subsuming(std::size_t rule);
    void find_masking(std::size_t rule);
    void find_outputs();
    void check_output(std::size_t rule, std::size_t output);

    Kind kind_of_pair(std::size_t rule, std::size_t other);
    bool goes_before(std::size_t rule, std::size_t other) const;
    bool one_goes_first() const;
    bool is_covered(const Box& box, const Bits& by);
    std::vector<std::size_t> needed(const Box& box, Bits covering);
    const feel::Value* output_of(std::size_t rule, std::size_t output) const;

    const dmn::TableParts& parts_;
    const Limits& limits_;
    Budget steps_;
    Budget memory_;
    Layout layout_;
    Findings findings_;
    std::optional<Neighbours> neighbours_;
    std::vector<bool> impossible_;
    std::vector<std::optional<std::vector<std::size_t>>> priorities_;  // of PRIORITY; none: not known
    bool complete_ = true;
};

}  // namespace rules::analysis
