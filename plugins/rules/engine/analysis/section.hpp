#pragma once

#include "feel/compile.hpp"
#include "feel/value.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rules::analysis {

// Some of the values that an input may have. The constants of a section, in their order, cut it into
// segments: 2i+1 is the point of the i-th, 2i what lies before it. What has no constants is one segment.
struct Section {
    enum class Form : std::uint8_t {
        kValues,   // of a kind
        kCrossed,  // times without a zone where the constants have one, or the other way round
        kNull,
        kOther,   // of a kind that no test names
        kOpaque,  // of which tests can't be told apart: lists, contexts, …
    };
    Form form = Form::kNull;
    feel::Value::Kind kind = feel::Value::Kind::kNull;  // of kValues and kCrossed
    std::vector<feel::Value> constants;
    bool ordered =
        true;  // false: its values can't be ordered among the constants, of which there are none then

    std::size_t segments() const { return 2 * constants.size() + 1; }
};

// Of one kind, with these constants.
Section make_section(Section::Form form, feel::Value::Kind kind, std::vector<feel::Value> constants);

// Whether it is a comparison with constants whose outcome the sections tell.
bool is_decided(const feel::UnaryTests& cell);
feel::Value::Kind kind_of(const feel::Range& interval);

enum class Certainty : std::uint8_t { kMay, kMust };

// Where a cell matches in a section: outside of the spans (of segments, ends included, apart and in order) or
// inside of them.
struct Match {
    struct Span {
        std::size_t first;
        std::size_t last;
    };
    bool outside = false;
    std::vector<Span> spans;
};
Match match(const feel::UnaryTests& cell, const Section& section, Certainty certainty);

}  // namespace rules::analysis
