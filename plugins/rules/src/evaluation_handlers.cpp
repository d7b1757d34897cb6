#include "evaluation_handlers.hpp"

#include "evaluation_answer.hpp"

#include <memory>
#include <string>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::BodyWriter;
using mortise::sdk::Call;
using mortise::sdk::Response;

constexpr std::size_t kMaxAnswer = std::size_t{48} << 20;  // bytes

Response answer(const Call& call, std::shared_ptr<const EvaluationRequest> request) {
    if (!request->body.many) return Response::json(answer_one(call, *request));
    Response response;
    response.headers = {{"content-type", "application/json"}};
    response.stream = [&call, request = std::move(request)](const BodyWriter& writer) {
        answer_many(call, *request, kMaxAnswer, [&](std::string_view piece) { writer.write(piece); });
    };
    return response;
}

std::shared_ptr<EvaluationRequest> decode(const Call& call, EvaluationOf of) {
    call.allow_query({});
    auto request = std::make_shared<EvaluationRequest>();
    request->text = call.body(kMaxEvaluationBody);
    request->body = decode_evaluation(request->text, of);
    return request;
}

}  // namespace

Response evaluate_model(Call& call) {
    auto request = decode(call, EvaluationOf::kModel);
    choose_version_of(call, call.path("id"), *request);
    return answer(call, std::move(request));
}

Response evaluate_decision(Call& call) {
    auto request = decode(call, EvaluationOf::kDecision);
    choose_version_by(call, std::string(call.path("key")), *request);
    return answer(call, std::move(request));
}

}  // namespace rules
