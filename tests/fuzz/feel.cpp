// Texts of FEEL, as an expression and as unary tests: whatever they are, compiling and evaluating them end
// within their limits, and end the same each time.
#include "feel/compile.hpp"
#include "feel/json.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>

using namespace rules::feel;

namespace {

Limits limits() {
    Limits small;
    small.steps = 20'000;
    small.bytes = 1U << 22;
    small.value_weight = 1U << 16;
    return small;
}

Scope scope() {
    Scope names;
    names.declare("x");
    names.declare("first name");
    names.declare("a-b", Type::list(Type::context({{"n", Type::Kind::kNumber}})));
    return names;
}

void fill(Frame& frame) {
    frame[0] = Value::number(std::int64_t{7});
    frame[1] = Value::string("Ann");
    frame[2] = Value::list({Value::context({{"n", Value::number(std::int64_t{1})}}), Value()});
}

std::string outcome(const Expression& expression) {
    Frame frame(expression.frame_size());
    fill(frame);
    Evaluation evaluation(limits());
    evaluation.set_now(DateTime{});
    evaluation.keep_notes(true);
    const auto value = expression.evaluate(frame, evaluation);
    FUZZ_EXPECT(evaluation.steps_taken() <= limits().steps);
    if (evaluation.exceeded()) return evaluation.exceeded_reason();
    FUZZ_EXPECT(value.weight() <= limits().value_weight || expression.constant() != nullptr);
    const auto json = write_json(value, JsonForm::kTagged);
    if (json) {
        const auto back = read_json(*json);
        FUZZ_EXPECT(back.ok() || value.depth() > JsonLimits{}.depth);
    }
    return to_string(value);
}

}  // namespace

void fuzz(std::string_view input) {
    const auto names = scope();
    const auto expression = compile_expression(input, names);
    if (expression) {
        FUZZ_EXPECT(outcome(*expression) == outcome(*expression));
    } else {
        FUZZ_EXPECT(!expression.fault().reason.empty() && expression.fault().position <= input.size());
    }
    const auto tests = compile_unary_tests(input, names);
    if (!tests) return;
    Frame frame(tests->frame_size());
    fill(frame);
    Evaluation evaluation(limits());
    const bool matches = tests->matches(Value::number(std::int64_t{3}), frame, evaluation);
    FUZZ_EXPECT(!tests->any() || matches);
}
