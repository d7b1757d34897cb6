#include "evaluation_settings.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace rules {
namespace {

AuditInputs audit_inputs_of(std::string_view name) {
    if (name == "off") return AuditInputs::kNone;
    return name == "whole" ? AuditInputs::kWhole : AuditInputs::kHashed;
}

}  // namespace

feel::Limits EvaluationSettings::limits(std::chrono::steady_clock::time_point call_end) const {
    feel::Limits limits;
    limits.steps = static_cast<std::uint64_t>(steps);
    limits.bytes = static_cast<std::uint64_t>(bytes);
    limits.deadline =
        std::min(call_end, std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds));
    return limits;
}

EvaluationSettings decode_settings(std::string_view json) {
    EvaluationSettings settings;
    const auto document = nlohmann::json::parse(json, nullptr, false);
    if (!document.is_object()) return settings;
    const auto number = [&](const char* name, std::int64_t& target, std::int64_t least, std::int64_t most) {
        const auto found = document.find(name);
        if (found != document.end() && found->is_number_integer())
            target = std::clamp(found->get<std::int64_t>(), least, most);
    };
    number("max_steps", settings.steps, 1'000, EvaluationSettings::kMaxSteps);
    number("max_time_ms", settings.milliseconds, 1, EvaluationSettings::kMaxMilliseconds);
    number("max_bytes", settings.bytes, 65'536, EvaluationSettings::kMaxBytes);
    number("audit_retention_days", settings.audit_days, 1, EvaluationSettings::kMaxAuditDays);
    number("event_sample_percent", settings.event_percent, 0, 100);
    const auto inputs = document.find("audit");
    if (inputs != document.end() && inputs->is_string())
        settings.audit_inputs = audit_inputs_of(inputs->get_ref<const std::string&>());
    return settings;
}

}  // namespace rules
