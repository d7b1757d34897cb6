#include "evaluation_answer.hpp"

#include "evaluation_service.hpp"
#include "model_service.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"
#include "mortise/text.hpp"

#include <utility>

namespace rules {
namespace {

using mortise::sdk::AnyCall;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;

constexpr std::size_t kPiece = MORTISE_BATCH_BYTES;

void write_source(JsonWriter& json, const EvaluationRequest& request) {
    json.key("model").begin_object().member("id", request.version.model_id.to_string());
    json.member("key", request.version.model_key).member("version", request.version.version).end_object();
    json.member(request.body.is_service ? "decision_service" : "decision", request.body.element);
}

void write_outcome(JsonWriter& json, const EvaluationService::Outcome& outcome) {
    const Evaluated& evaluated = outcome.evaluated;
    json.key("result").raw(evaluated.result);
    json.key("evaluation_id");
    if (outcome.record_id)
        json.value(outcome.record_id->to_string());
    else
        json.value(nullptr);
    if (!evaluated.explanation.empty()) json.key("explanation").raw(evaluated.explanation);
}

std::string item_of(const EvaluationService::Outcome& outcome) {
    JsonWriter json;
    json.begin_object();
    write_outcome(json, outcome);
    if (outcome.evaluated.verdict != Verdict::kDone) {
        json.key("failure").begin_object().member("code", name_of(outcome.evaluated.verdict));
        json.member("detail", outcome.evaluated.reason).end_object();
    }
    return std::move(json.end_object()).text();
}

}  // namespace

void choose_version_of(const AnyCall& call, std::string_view model, EvaluationRequest& request) {
    const EvaluationBody& body = request.body;
    request.version = ModelService(call).compiled(model, body.version, body.as_of.value_or(call.now()));
}

void choose_version_by(const AnyCall& call, std::string decision, EvaluationRequest& request) {
    EvaluationBody& body = request.body;
    body.element = std::move(decision);
    if (mortise::sdk::has_control(body.element))
        throw Problem(404, "decision_not_found", "No decision has a name or id with control characters.");
    request.version =
        ModelService(call).compiled_by_decision(body.element, body.model, body.as_of.value_or(call.now()));
    // A decision goes before a service of the same name.
    body.is_service = !request.version.model->find(dmn::NodeKind::kDecision, body.element);
}

std::string answer_one(const AnyCall& call, const EvaluationRequest& request) {
    EvaluationService service(call, request.version, request.body, request.caller);
    const auto outcome = service.evaluate_alone(request.body.contexts.front());
    service.purge();
    JsonWriter json;
    json.begin_object();
    write_source(json, request);
    write_outcome(json, outcome);
    return std::move(json.end_object()).text();
}

void answer_many(const AnyCall& call, const EvaluationRequest& request, std::size_t most,
                 const std::function<void(std::string_view)>& write) {
    EvaluationService service(call, request.version, request.body, request.caller);
    JsonWriter head;
    head.begin_object();
    write_source(head, request);
    std::string pending = head.text() + ",\"items\":[";
    std::size_t written = 0;
    const auto flush = [&] {
        written += pending.size();
        if (written > most)
            throw Problem(422, "answer_too_large",
                          "The answer is too large. Give fewer contexts in one call.");
        write(pending);
        pending.clear();
    };
    service.purge();  // first: a call that is to write finds out before all of its work was done as a read
    for (const std::string_view context : request.body.contexts) {
        if (context.data() != request.body.contexts.front().data()) pending += ',';
        pending += item_of(service.evaluate(context));
        if (pending.size() >= kPiece) flush();
    }
    pending += "]}";
    flush();
}

}  // namespace rules
