#include "evaluation_service.hpp"

#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"
#include "sha256.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::AnyCall;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;
using mortise::sdk::Uuid;

// Of all evaluations of a call together, and no more than a quarter of what is left of its deadline: what
// comes after them, with a slow disk say, must fit in too. A call beyond its deadline holds a thread that
// others want.
constexpr std::chrono::seconds kLongestCall{5};
constexpr std::int64_t kMicrosecondsPerDay = 86'400'000'000;
// A call in so many purges, and then several times as many records as those calls have written: what is due
// shrinks, and no call waits long. Seldom where none is written, since it makes a call a write.
constexpr std::uint64_t kCallsPerPurge = 16;
constexpr std::uint64_t kUnrecordedCallsPerPurge = 1024;
constexpr std::int64_t kPurgedAtLeast = 64;

// A number as good as random for each of a request's draws, and the same when the request is run again: as a
// write, after it has come to what writes. The last bytes of its id are random; mixed as SplitMix64 does.
std::uint64_t draw_of(const mortise_uuid& request, std::uint64_t number) {
    std::uint64_t z = 0;
    std::memcpy(&z, request.bytes + sizeof(request.bytes) - sizeof(z), sizeof(z));
    z += (number + 1) * 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

}  // namespace

std::chrono::steady_clock::time_point evaluation_end(const AnyCall& call) {
    const auto left = std::chrono::microseconds(call.context().deadline_us) / 4;
    const auto most = std::chrono::microseconds(kLongestCall);
    return std::chrono::steady_clock::now() + (left.count() > 0 ? std::min(left, most) : most);
}

std::uint32_t find_element(const CompiledVersion& version, std::string_view name_or_id, bool is_service) {
    const auto kind = is_service ? dmn::NodeKind::kService : dmn::NodeKind::kDecision;
    const auto found = version.model->find(kind, name_or_id);
    if (!found)
        throw Problem(404, "unknown_decision",
                      std::string("Version ") + std::to_string(version.version) +
                          " of the model has no decision " + (is_service ? "service " : "") +
                          "of this name or id.");
    return *found;
}

EvaluationService::EvaluationService(const AnyCall& call, const CompiledVersion& version,
                                     const EvaluationBody& body, std::string_view caller)
    : call_(call),
      version_(version),
      body_(body),
      caller_(caller),
      settings_(decode_settings(call.settings())),
      evaluator_(*version.model, find_element(version, body.element, body.is_service)),
      audit_(call.sql()),
      end_(evaluation_end(call)),
      now_(call.now()) {}

Evaluated EvaluationService::judge(std::string_view context) const {
    EvaluationOptions options;
    options.explain = body_.explain;
    options.record = records();
    options.form = body_.form;
    options.limits = settings_.limits(end_);
    options.now = now_;
    return evaluator_.evaluate(context, options);
}

EvaluationService::Outcome EvaluationService::evaluate(std::string_view context) {
    return keep(judge(context));
}

EvaluationService::Outcome EvaluationService::evaluate_alone(std::string_view context) {
    Evaluated evaluated = judge(context);
    if (evaluated.verdict != Verdict::kDone)
        throw Problem(evaluated.verdict == Verdict::kBadInput ? 400 : 422,
                      std::string(name_of(evaluated.verdict)), evaluated.reason);
    return keep(std::move(evaluated));
}

EvaluationService::Outcome EvaluationService::keep(Evaluated evaluated) {
    Outcome outcome{std::move(evaluated), std::nullopt};
    if (outcome.evaluated.record) outcome.record_id = record(outcome.evaluated);
    if (is_sampled(++evaluated_) && outcome.evaluated.verdict == Verdict::kDone)
        publish(outcome.evaluated, outcome.record_id ? *outcome.record_id : call_.new_id());
    return outcome;
}

Uuid EvaluationService::record(const Evaluated& evaluated) const {
    AuditRecord record;
    record.id = call_.new_id();
    record.at = now_;
    record.principal = call_.principal();
    if (const Uuid actor = Uuid::from_abi(call_.context().actor); actor != record.principal)
        record.actor = actor;
    record.model_id = version_.model_id;
    record.model_key = version_.model_key;
    record.version = version_.version;
    record.is_service = body_.is_service;
    record.decision = body_.element;
    const std::string& inputs = evaluated.record->inputs;
    if (settings_.audit_inputs == AuditInputs::kWhole && inputs.size() <= kMaxRecorded)
        record.inputs = inputs;
    record.inputs_hash = sha256_hex(inputs);
    record.result = evaluated.record->result;
    record.hits = evaluated.record->hits;
    if (evaluated.verdict != Verdict::kDone) record.failure = name_of(evaluated.verdict);
    record.took_us = evaluated.microseconds;
    if (!caller_.empty()) record.caller = caller_;
    audit_.insert(record);
    return record.id;
}

bool EvaluationService::records() const noexcept {
    return settings_.audit_inputs != AuditInputs::kNone;
}

bool EvaluationService::is_sampled(std::uint64_t number) const noexcept {
    return static_cast<std::int64_t>(draw_of(call_.context().request_id, number) % 100) <
           settings_.event_percent;
}

// The event names the record; inputs and results are for those who may see the audit.
void EvaluationService::publish(const Evaluated& evaluated, const Uuid& id) const {
    JsonWriter json;
    json.begin_object().member("id", id.to_string()).key("model").begin_object();
    json.member("id", version_.model_id.to_string()).member("key", version_.model_key);
    json.member("version", version_.version).end_object();
    json.member(body_.is_service ? "decision_service" : "decision", body_.element);
    json.member("microseconds", evaluated.microseconds).end_object();
    call_.publish("decision.evaluated", version_.model_key, json.text());
}

void EvaluationService::purge() const {
    const std::uint64_t written = records() ? body_.contexts.size() : 0;
    const std::uint64_t calls = records() ? kCallsPerPurge : kUnrecordedCallsPerPurge;
    if (written < calls && draw_of(call_.context().request_id, 0) % calls != 0) return;
    audit_.purge(now_ - settings_.audit_days * kMicrosecondsPerDay,
                 std::max(kPurgedAtLeast, 2 * static_cast<std::int64_t>(written)));
}

}  // namespace rules
