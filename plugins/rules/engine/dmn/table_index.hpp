#pragma once

#include "feel/compile.hpp"
#include "feel/value.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace rules::dmn {

using BitWord = std::uint64_t;

// The rules of a decision table that an input of one column may match, as bits by the rules' order.
//
// All constants of one kind in a column, in their order, cut that kind's values into points and gaps between
// them, and within each the same rules match. So a lookup is a binary search that ends at ready-made bits. A
// cell that is no comparison with constants can't be decided this way: its rule stays a candidate, and
// `undecided` says that its test has to be evaluated.
class ColumnIndex {
 public:
    // One test for each rule. Uses up to `budget` bytes, and takes them from it; without enough, all stays
    // undecided.
    ColumnIndex(std::span<const feel::UnaryTests> tests, std::size_t& budget);

    // The candidates for an input: (number of rules + 63) / 64 words.
    std::span<const BitWord> candidates(const feel::Value& input) const;
    bool undecided(const feel::Value& input, std::size_t rule) const;

 private:
    // Constants of one kind. Segment 2i+1 is the point of the i-th, segment 2i the gap before it.
    struct Section {
        std::vector<feel::Value> constants;
        std::vector<std::uint32_t> segments;  // positions in bits_, in words
    };
    struct Span {
        std::size_t first;
        std::size_t last;  // included
        std::uint32_t rule;
    };
    using Pool = std::map<std::vector<BitWord>, std::uint32_t>;

    void sort_out(std::span<const feel::UnaryTests> tests);
    void build(feel::Value::Kind kind, std::span<const feel::UnaryTests> tests, Pool& pool);
    std::vector<Span> spans(const Section& section, feel::Value::Kind kind,
                            std::span<const feel::UnaryTests> tests) const;
    void sweep(Section& section, std::vector<Span> spans, std::vector<BitWord> row, Pool& pool);
    std::uint32_t keep(const std::vector<BitWord>& row, Pool& pool);
    void give_up(std::span<const feel::UnaryTests> tests);

    std::size_t words_;
    std::vector<BitWord> bits_;       // of the segments
    std::vector<BitWord> all_;        // every rule
    std::vector<BitWord> any_;        // `-`
    std::vector<BitWord> undecided_;  // tests to be evaluated
    std::vector<BitWord> null_;       // candidates for null
    std::vector<BitWord> other_;      // candidates for a value of a kind of which there are no constants
    std::map<feel::Value::Kind, Section> sections_;
    std::size_t budget_ = 0;
};

}  // namespace rules::dmn
