#include "evaluation_service.hpp"

#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"
#include "sha256.hpp"

#include <algorithm>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::Call;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;
using mortise::sdk::Uuid;

constexpr std::chrono::seconds kLongestCall{20};
constexpr std::int64_t kMicrosecondsPerDay = 86'400'000'000;
// A call in so many purges, and then several times as many records as those calls have written: what is due
// shrinks, and no call waits long.
constexpr unsigned kCallsPerPurge = 16;
constexpr std::int64_t kPurgedAtLeast = 64;

// A number that is as good as random: the last bytes of a UUIDv7 are.
unsigned random_of(const Uuid& id) {
    return (unsigned{id.bytes[14]} << 8U) | id.bytes[15];
}

}  // namespace

std::chrono::steady_clock::time_point evaluation_end(const Call& call) {
    const auto left = std::chrono::microseconds(call.context().deadline_us) * 3 / 4;
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

EvaluationService::EvaluationService(const Call& call, const CompiledVersion& version,
                                     const EvaluationBody& body)
    : call_(call),
      version_(version),
      body_(body),
      settings_(decode_settings(call.settings())),
      evaluator_(*version.model, find_element(version, body.element, body.is_service)),
      audit_(call.sql()),
      end_(evaluation_end(call)),
      now_(call.now()) {}

EvaluationService::Outcome EvaluationService::evaluate(std::string_view context) const {
    const bool recorded = settings_.audit_inputs != AuditInputs::kNone;
    EvaluationOptions options;
    options.explain = body_.explain;
    options.record = recorded;
    options.form = body_.form;
    options.limits = settings_.limits(end_);
    options.now = now_;
    Outcome outcome{evaluator_.evaluate(context, options), std::nullopt};
    if (outcome.evaluated.record) outcome.record_id = record(outcome.evaluated);
    if (settings_.event_percent > 0 && outcome.evaluated.verdict == Verdict::kDone) {
        const Uuid id = outcome.record_id ? *outcome.record_id : call_.new_id();
        if (is_sampled(id)) publish(outcome.evaluated, id);
    }
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
    audit_.insert(record);
    return record.id;
}

bool EvaluationService::is_sampled(const Uuid& id) const {
    return static_cast<std::int64_t>(random_of(id) % 100) < settings_.event_percent;
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
    const auto written = static_cast<std::int64_t>(body_.contexts.size());
    if (written < kCallsPerPurge && random_of(call_.new_id()) % kCallsPerPurge != 0) return;
    audit_.purge(now_ - settings_.audit_days * kMicrosecondsPerDay, std::max(kPurgedAtLeast, 2 * written));
}

}  // namespace rules
