#pragma once

#include "analysis/analysis.hpp"
#include "analysis/layout.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace rules::analysis {

// Gathers what is found in a table, and puts it into words.
class Findings {
 public:
    Findings(const Layout& layout, std::size_t most) : layout_(layout), most_(most) {}

    // Counts one. Whether it is to be told, too.
    bool count(Kind kind) { return ++counts_[kind] <= most_ && bytes_ < kMostBytes; }
    void count_untold(Kind kind, std::size_t more) {
        if (more > 0) counts_[kind] += more;
    }

    // `where` is the region, `shown` where an example is looked for (nowhere: nullptr).
    void tell(Kind kind, std::vector<std::size_t> rules, const Box& where, const Box* shown,
              std::string message);

    // What is at other places than where all is, as `x: > 5, y: "a"`.
    std::string place(const Box& where) const;
    // To the report, in its order.
    void move_to(TableReport& report);

 private:
    std::vector<std::string> region(const Box& where) const;
    std::vector<Assignment> example(const Box& shown) const;
    bool certain(const Box& shown) const;

    const Layout& layout_;
    static constexpr std::size_t kMostBytes = 4U << 20;

    std::size_t most_;
    std::size_t bytes_ = 0;  // of texts
    std::map<Kind, std::size_t> counts_;
    std::vector<Finding> findings_;
};

}  // namespace rules::analysis
