#include "evaluation_body.hpp"
#include "evaluation_handlers.hpp"
#include "evaluation_service.hpp"
#include "evaluation_settings.hpp"
#include "feel/compile.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::Call;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;
using mortise::sdk::Response;

feel::Value read_context(std::string_view text) {
    auto context = feel::read_json(text, {}, kEvaluationJson);
    if (!context)
        throw Problem(400, "invalid_context", "The context can't be read: " + context.fault().reason + ".");
    if (!context->is_context()) throw Problem(400, "invalid_context", "The context must be a JSON object.");
    return *std::move(context);
}

// The context's members become the names of the expression.
feel::Scope scope_of(const feel::Context& context) {
    feel::Scope scope;
    for (std::size_t i = 0; i < context.size(); ++i) {
        if (!feel::is_name(context.name(i)))
            throw Problem(400, "invalid_context", "A member of the context has a name that FEEL can't call.");
        scope.declare(context.name(i), feel::type_of(context.value(i)));
    }
    return scope;
}

feel::Expression compile(const std::string& source, const feel::Scope& scope, const feel::Limits& limits) {
    auto expression = feel::compile_expression(source, scope, limits);
    if (expression) return *std::move(expression);
    const feel::Fault& fault = expression.fault();
    JsonWriter errors;
    errors.begin_array().begin_object().member("pointer", "/expression").member("code", "invalid_expression");
    errors.member("detail", fault.reason).member("line", fault.line).member("column", fault.column);
    throw Problem(422, "invalid_expression", "The expression is not FEEL; see errors.")
        .with_errors_json(std::move(errors.end_object().end_array()).text());
}

Response answer(const feel::Value& value, const feel::Evaluation& evaluation, feel::JsonForm form) {
    const auto result = feel::write_json(value, form, kEvaluationJson);
    if (!result)
        throw Problem(422, std::string(name_of(Verdict::kTooLarge)),
                      "The result is larger than an answer may be.");
    JsonWriter json;
    json.begin_object().key("result").raw(*result).key("notes").begin_array();
    for (const std::string& note : evaluation.notes())
        json.value(note);
    return Response::json(std::move(json.end_array().end_object()).text());
}

}  // namespace

Response evaluate_feel(Call& call) {
    call.allow_query({});
    const std::string text = call.body(kMaxEvaluationBody);
    const FeelBody body = decode_feel(text);
    const feel::Limits limits = decode_settings(call.settings()).limits(evaluation_end(call));
    const feel::Value context = read_context(body.context);
    const feel::Scope scope = scope_of(context.as_context());
    const feel::Expression expression = compile(body.expression, scope, limits);

    feel::Frame frame(std::max<std::size_t>(expression.frame_size(), scope.size()));
    for (std::size_t i = 0; i < context.as_context().size(); ++i)
        frame[static_cast<feel::Slot>(i)] = context.as_context().value(i);
    feel::Evaluation evaluation(limits);
    evaluation.keep_notes(true);
    const feel::Value value = expression.evaluate(frame, evaluation);
    if (evaluation.exceeded())
        throw Problem(422, std::string(name_of(Verdict::kLimit)),
                      "The evaluation reached a limit (" + evaluation.exceeded_reason() + ").");
    return answer(value, evaluation, body.form);
}

}  // namespace rules
