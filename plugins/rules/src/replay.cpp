#include "replay.hpp"

namespace rules {

const Evaluator* Replay::evaluator(const AuditRecord& record) {
    const auto [place, is_new] = evaluators_.try_emplace({record.is_service, record.decision});
    if (is_new) {
        const auto kind = record.is_service ? dmn::NodeKind::kService : dmn::NodeKind::kDecision;
        if (const auto index = version_.model->find(kind, record.decision))
            place->second.emplace(*version_.model, *index);
    }
    return place->second ? &*place->second : nullptr;
}

Replayed Replay::run(const AuditRecord& record, const feel::Limits& limits) {
    if (!record.inputs || record.failure) return {Change::kNotReplayable, "null", ""};
    const Evaluator* element = evaluator(record);
    if (element == nullptr) return {Change::kFailed, "null", "unknown_decision"};
    EvaluationOptions options;
    options.record = true;
    options.limits = limits;
    options.now = record.at;
    const Evaluated evaluated = element->evaluate(*record.inputs, options);
    if (evaluated.verdict != Verdict::kDone)
        return {Change::kFailed, "null", std::string(name_of(evaluated.verdict))};
    const bool same = same_result(record.result, evaluated.record->result);
    return {same ? Change::kSame : Change::kChanged, evaluated.record->result, ""};
}

}  // namespace rules
