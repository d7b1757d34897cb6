#pragma once

#include "analysis/bits.hpp"
#include "analysis/budget.hpp"
#include "analysis/section.hpp"
#include "dmn/table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rules::analysis {

// Values of an input that no rule tells apart.
struct Group {
    Bits may;                          // rules that match, as far as it is known
    std::optional<Bits> surely;        // those of them that do, if they aren't all
    std::optional<feel::Value> value;  // one of the values; none is known to be there otherwise
    bool expected = false;             // has values that a table is expected to cover

    const Bits& must() const { return surely ? *surely : may; }
};

// All values of one input of a table, in groups.
class Domain {
 public:
    const std::vector<Group>& groups() const { return groups_; }
    // The groups in which a rule matches.
    const Bits& may(std::size_t rule) const { return may_[rule]; }
    const Bits& must(std::size_t rule) const { return must_.empty() ? may_[rule] : must_[rule]; }
    // Whether a rule would match some value if there were no allowed values.
    bool possible(std::size_t rule) const { return possible_.test(rule); }

    // Why not all can be told of its values; mostly nothing.
    const std::vector<std::string>& remarks() const { return remarks_; }

    // Groups as unary tests; `-` if they are all that is expected.
    std::string text(const Bits& groups) const;

 private:
    friend class DomainBuilder;
    friend class DomainRuns;

    struct Segment {
        std::uint32_t section;
        std::uint32_t place;
        std::uint32_t group;
        bool expected;
        bool follows;  // nothing lies between it and the one before
    };

    std::vector<Section> sections_;
    std::vector<Segment> segments_;
    std::vector<Group> groups_;
    std::vector<Bits> may_;
    std::vector<Bits> must_;  // empty: as may_
    Bits possible_;
    std::vector<std::string> remarks_;
};

// The columns with one and the same input, of one type. Nothing if the budgets (steps, and words of memory)
// are too small.
std::optional<Domain> make_domain(const std::vector<const dmn::TableInput*>& columns, Budget& steps,
                                  Budget& memory);

}  // namespace rules::analysis
