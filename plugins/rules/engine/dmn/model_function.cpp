#include "dmn/model_function.hpp"

#include "dmn/evaluator.hpp"
#include "dmn/recorder.hpp"

#include <algorithm>

namespace rules::dmn {

using feel::Evaluation;
using feel::Value;

Value ModelFunction::invoke(std::span<const Value> arguments, Evaluation& evaluation) const {
    auto values = converted(arguments, evaluation);
    if (!values) return {};
    const std::uint32_t levels = kCallLevels + node().depth;
    if (!evaluation.step() || !evaluation.enter(levels)) return {};
    if (recorder_) recorder_->begin(evaluation);
    Run run{evaluation, recorder_};
    Value result = call(*std::move(values), run);
    if (recorder_) recorder_->end(trace_of(*program_, index_, result), evaluation);
    evaluation.leave(levels);
    return result;
}

std::optional<std::vector<Value>> ModelFunction::converted(std::span<const Value> arguments,
                                                           Evaluation& evaluation) const {
    const std::string& name = program_->graph.nodes[index_].base().name;
    const auto& expected = node().parameters;
    if (arguments.size() != expected.size()) {
        evaluation.null("'" + name + "' takes " + std::to_string(expected.size()) + " arguments, not " +
                        std::to_string(arguments.size()));
        return std::nullopt;
    }
    std::vector<Value> values;
    values.reserve(arguments.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        values.push_back(coerce(arguments[i], expected[i].type, evaluation));
        if (values.back().is_null() && !arguments[i].is_null()) {
            evaluation.null("'" + expected[i].name + "' of '" + name + "' is of another type");
            return std::nullopt;
        }
    }
    return values;
}

Value KnowledgeFunction::call(std::vector<Value> arguments, Run& run) const {
    feel::Frame frame(node().frame_size);
    feel::Slot slot = 0;
    frame[slot++] = Value::function(shared_from_this());
    for (const Value& value : captured_)
        frame[slot++] = value;
    for (Value& argument : arguments)
        frame[slot++] = std::move(argument);
    return coerce(node().logic->evaluate(frame, run), node().result, run.evaluation);
}

std::uint32_t KnowledgeFunction::depth() const noexcept {
    std::uint32_t deepest = 0;
    for (const Value& value : captured_)
        deepest = std::max(deepest, value.depth());
    return deepest + 1;
}

std::uint64_t KnowledgeFunction::weight() const noexcept {
    std::uint64_t sum = 1;
    for (const Value& value : captured_)
        sum += value.weight();
    return sum;
}

Value ServiceFunction::call(std::vector<Value> arguments, Run& run) const {
    Evaluator evaluator(program_, {}, run);
    const auto& parameters = program_->graph.nodes[index_].parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i)
        evaluator.bind(parameters[i], std::move(arguments[i]));
    return evaluator.service_output(index_);
}

}  // namespace rules::dmn
