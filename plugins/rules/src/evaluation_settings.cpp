#include "evaluation_settings.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace rules {
namespace {

AuditInputs audit_inputs_of(std::string_view name) {
    if (name == "none") return AuditInputs::kNone;
    return name == "whole" ? AuditInputs::kWhole : AuditInputs::kHashed;
}

}  // namespace

feel::Limits EvaluationSettings::limits() const {
    feel::Limits limits;
    limits.steps = static_cast<std::uint64_t>(steps);
    limits.bytes = static_cast<std::uint64_t>(kilobytes) * 1024;
    limits.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    return limits;
}

feel::Limits EvaluationSettings::limits(std::chrono::steady_clock::time_point call_end) const {
    feel::Limits own = limits();
    own.deadline = std::min(*own.deadline, call_end);
    return own;
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
    number("evaluation_steps", settings.steps, 1'000, EvaluationSettings::kMaxSteps);
    number("evaluation_milliseconds", settings.milliseconds, 1, EvaluationSettings::kMaxMilliseconds);
    number("evaluation_kilobytes", settings.kilobytes, 64, EvaluationSettings::kMaxKilobytes);
    number("audit_days", settings.audit_days, 1, EvaluationSettings::kMaxAuditDays);
    number("event_percent", settings.event_percent, 0, 100);
    const auto inputs = document.find("audit_inputs");
    if (inputs != document.end() && inputs->is_string())
        settings.audit_inputs = audit_inputs_of(inputs->get_ref<const std::string&>());
    return settings;
}

}  // namespace rules
