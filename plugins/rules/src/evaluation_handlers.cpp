#include "evaluation_handlers.hpp"

#include "evaluation_service.hpp"
#include "model_service.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"
#include "mortise/text.hpp"

#include <memory>
#include <string>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::BodyWriter;
using mortise::sdk::Call;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;
using mortise::sdk::Response;

constexpr std::size_t kMaxAnswer = std::size_t{48} << 20;  // bytes

// What an evaluation needs while its answer is written.
struct Request {
    std::string text;
    EvaluationBody body;  // views into the text
    CompiledVersion version;
};

void write_source(JsonWriter& json, const Request& request) {
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

Response answer_one(const Call& call, const Request& request) {
    const EvaluationService service(call, request.version, request.body);
    const auto outcome = service.evaluate(request.body.contexts.front());
    const Verdict verdict = outcome.evaluated.verdict;
    if (verdict != Verdict::kDone)
        throw Problem(verdict == Verdict::kBadInput ? 400 : 422, std::string(name_of(verdict)),
                      outcome.evaluated.reason);
    service.purge();
    JsonWriter json;
    json.begin_object();
    write_source(json, request);
    write_outcome(json, outcome);
    return Response::json(std::move(json.end_object()).text());
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

// A context that fails fails alone. Each item is written when it is there, so that the answer is never whole
// in the plugin's memory.
void write_many(const Call& call, const Request& request, const BodyWriter& writer) {
    const EvaluationService service(call, request.version, request.body);
    JsonWriter head;
    head.begin_object();
    write_source(head, request);
    writer.write(head.text() + ",\"items\":[");
    std::size_t written = 0;
    std::string pending;
    for (const std::string_view context : request.body.contexts) {
        if (context.data() != request.body.contexts.front().data()) pending += ',';
        pending += item_of(service.evaluate(context));
        if (pending.size() < MORTISE_BATCH_BYTES) continue;
        written += pending.size();
        if (written > kMaxAnswer)
            throw Problem(422, "answer_too_large",
                          "The answer is too large. Give fewer contexts in one call.");
        writer.write(pending);
        pending.clear();
    }
    service.purge();
    writer.write(pending + "]}");
}

Response answer(const Call& call, std::shared_ptr<const Request> request) {
    if (!request->body.many) return answer_one(call, *request);
    Response response;
    response.headers = {{"content-type", "application/json"}};
    response.stream = [&call, request = std::move(request)](const BodyWriter& writer) {
        write_many(call, *request, writer);
    };
    return response;
}

std::shared_ptr<Request> decode(const Call& call, EvaluationOf of) {
    call.allow_query({});
    auto request = std::make_shared<Request>();
    request->text = call.body(kMaxEvaluationBody);
    request->body = decode_evaluation(request->text, of);
    return request;
}

}  // namespace

Response evaluate_model(Call& call) {
    auto request = decode(call, EvaluationOf::kModel);
    request->version = ModelService(call).compiled(call.path("id"), request->body.version,
                                                   request->body.as_of.value_or(call.now()));
    return answer(call, std::move(request));
}

Response evaluate_decision(Call& call) {
    auto request = decode(call, EvaluationOf::kDecision);
    EvaluationBody& body = request->body;
    body.element = call.path("key");
    if (mortise::sdk::has_control(body.element))
        throw Problem(404, "decision_not_found", "No decision has a name or id with control characters.");
    request->version =
        ModelService(call).compiled_by_decision(body.element, body.model, body.as_of.value_or(call.now()));
    // A decision goes before a service of the same name.
    body.is_service = !request->version.model->find(dmn::NodeKind::kDecision, body.element);
    return answer(call, std::move(request));
}

}  // namespace rules
