#pragma once

#include "feel/compile.hpp"
#include "feel/type.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace rules::dmn {

// The allowed values of an item definition or of a table's input or output.
class AllowedValues : public feel::Constraint {
 public:
    explicit AllowedValues(feel::UnaryTests tests) : tests_(std::move(tests)) {}

    bool allows(const feel::Value& value, feel::Evaluation& evaluation) const override {
        feel::Frame frame(tests_.frame_size());
        return tests_.matches(value, frame, evaluation);
    }

    const feel::UnaryTests& tests() const { return tests_; }

    // Whether the values are known in their order, so that rank() can tell.
    bool ranked() const { return !tests_.negated() && !tests_.intervals().empty(); }

    // The place of the first of the values that this one is: 0 is the first, the number of values is none.
    std::size_t rank(const feel::Value& value, feel::Evaluation& evaluation) const {
        const auto values = tests_.intervals();
        for (std::size_t place = 0; place < values.size(); ++place)
            if (includes(values[place], value, evaluation)) return place;
        return values.size();
    }

 private:
    static bool includes(const feel::Range& values, const feel::Value& value, feel::Evaluation& evaluation) {
        if (values.low.is_null() && values.high.is_null()) return value.is_null() && values.low_included;
        const bool point = values.low_included && values.high_included;
        if (point && equal(values.low, value, evaluation) == feel::Truth::kTrue) return true;
        return contains(values, value) == feel::Truth::kTrue;
    }

    feel::UnaryTests tests_;
};

}  // namespace rules::dmn
