#include "peer_methods.hpp"

#include "evaluation_answer.hpp"
#include "evaluation_body.hpp"
#include "evaluation_service.hpp"
#include "model_schema.hpp"
#include "model_service.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rules {
namespace {

using mortise::sdk::PeerCall;

// As POST /decisions/{key}/evaluate finds it: a decision goes before a service of the same name.
std::optional<std::uint32_t> element_by(const CompiledVersion& version, std::string_view name_or_id) {
    if (const auto decision = version.model->find(dmn::NodeKind::kDecision, name_or_id)) return decision;
    return find_element(version, name_or_id, true);
}

}  // namespace

std::string evaluate_for(PeerCall& call) {
    EvaluationRequest request;
    request.text = call.input(kMaxEvaluationBody);
    request.body = decode_evaluation(request.text, EvaluationOf::kCaller);
    request.caller = call.caller();
    if (const auto model = request.body.model)
        choose_version_of(call, *model, request);
    else
        choose_version_by(call, request.body.element, request);
    if (!request.body.many) return answer_one(call, request);
    std::string answer;
    answer_many(call, request, MORTISE_PEER_BYTES, [&](std::string_view piece) { answer += piece; });
    return answer;
}

std::string describe_decisions_for(PeerCall& call) {
    const DecisionsBody body = decode_decisions(call.input(kMaxDecisionsBody));
    const ModelService service(call);
    const std::int64_t at = body.as_of.value_or(call.now());
    const CompiledVersion version = body.model ? service.compiled(*body.model, body.version, at)
                                               : service.compiled_by_decision(*body.decision, {}, at);
    const auto only = body.decision ? element_by(version, *body.decision) : std::nullopt;
    return decisions_to_json(*version.model, service.get_content(version).files, only);
}

}  // namespace rules
