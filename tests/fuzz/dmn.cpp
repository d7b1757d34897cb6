// DMN documents: whatever is read is compiled, and all of it evaluated within small limits.
#include "dmn/engine.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace rules;
    const dmn::Source source{"fuzz.dmn", input};
    const dmn::Limits limits{
        .max_document_bytes = 64 << 10, .max_xml_nodes = 4'000, .max_index_bytes = 1 << 20};
    feel::Limits feel_limits;
    feel_limits.steps = 20'000;
    feel_limits.bytes = 4 << 20;
    const dmn::Compilation compilation = dmn::compile({&source, 1}, limits, feel_limits);
    FUZZ_EXPECT(compilation.model || compilation.faults.has_errors());
    if (!compilation.model) return;
    const auto inputs =
        feel::Value::context({{"a", feel::Value::number(1)}, {"b", feel::Value::string("b")}});
    for (const auto& entry : compilation.model->entries()) {
        feel::Evaluation evaluation(feel_limits);
        const auto outcome = compilation.model->evaluate(entry.index, inputs, evaluation, dmn::Explain::kYes);
        FUZZ_EXPECT(!evaluation.exceeded() || outcome.value.is_null());
        (void)to_string(outcome.value);
        (void)compilation.model->inputs_of(entry.index);
    }
}
