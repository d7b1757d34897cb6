#pragma once

#include "feel/compile.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

// What tests of the language share.
namespace rules::feel {

// The value of a text, as FEEL shows it (texts in quotes, within a list); or why it can't be compiled, or
// "limit exceeded: …".
inline std::string eval(std::string_view source, const Scope& scope, std::vector<Value> values,
                        const Limits& limits = {}) {
    const auto expression = compile_expression(source, scope, limits);
    if (!expression) return "fault: " + expression.fault().reason;
    Frame frame(expression->frame_size());
    for (Slot slot = 0; slot < values.size(); ++slot)
        frame[slot] = std::move(values[slot]);
    Evaluation evaluation(limits);
    const auto value = expression->evaluate(frame, evaluation);
    if (evaluation.exceeded()) return evaluation.exceeded_reason();
    if (!value.is_string()) return to_string(value);
    const auto quoted = to_string(Value::list({value}));
    return quoted.substr(1, quoted.size() - 2);
}

inline std::string eval(std::string_view source) {
    return eval(source, Scope(), {});
}

struct Case {
    std::string_view source;
    std::string_view expected;
};

inline void check(std::initializer_list<Case> cases) {
    for (const auto& [source, expected] : cases)
        EXPECT_EQ(eval(source), expected) << source;
}

}  // namespace rules::feel
