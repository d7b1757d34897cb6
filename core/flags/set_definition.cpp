#include "core/flags/set_definition.hpp"

#include "core/flags/definition.hpp"
#include "core/tenancy/strict_json.hpp"

#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxEvaluatorName = 128;

base::Error invalid_set(std::vector<base::FieldError> faults) {
    auto error = invalid_flag(std::move(faults));
    error.code = "invalid_flag_set";
    error.detail = "The flag set has faults that must be mended.";
    return error;
}

void add_all(std::vector<base::FieldError>& to, std::vector<base::FieldError> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

void read_fractional(const json& value, SetDefinition& set, RuleFindings& findings) {
    if (value == "v2")
        set.rules.fractional = FractionalVersion::kV2;
    else if (value == "v3")
        set.rules.fractional = FractionalVersion::kV3;
    else
        findings.faults.push_back(
            {"/fractional", "invalid_value", "The version of fractional is \"v2\" or \"v3\"."});
}

// Each is checked by itself, and then with those that it refers to.
void check_evaluators(const json& given, Strictness strictness, const RuleSet& rules,
                      RuleFindings& findings) {
    for (const auto& [name, rule] : given.items()) {
        const std::string at = "/$evaluators/" + tenancy::pointer_token(name);
        if (name.empty() || name.size() > kMaxEvaluatorName)
            findings.faults.push_back({at, "invalid_name", "An evaluator's name has 1 to 128 bytes."});
        const auto before = findings.faults.size();
        check_targeting(rule, strictness, at, findings);
        if (findings.faults.size() != before) continue;
        auto compiled = compile_rule(rule, rules, strictness, at);
        add_all(findings.faults, std::move(compiled.findings.faults));
        add_all(findings.warnings, std::move(compiled.findings.warnings));
    }
}

void read_evaluators(const json& given, Strictness strictness, SetDefinition& set, RuleFindings& findings) {
    if (!given.is_object()) {
        findings.faults.push_back({"/$evaluators", "invalid_type", "The evaluators are an object of rules."});
        return;
    }
    json all = set.rules.evaluators == nullptr ? json::object() : *set.rules.evaluators;
    all.update(given);
    if (all.size() > kMaxEvaluators)
        findings.faults.push_back({"/$evaluators", "too_many", "A set has at most 1000 evaluators."});
    set.rules.evaluators = all.empty() ? nullptr : std::make_shared<const json>(std::move(all));
    check_evaluators(given, strictness, set.rules, findings);
}

}  // namespace

std::string SetDefinition::to_json() const {
    nlohmann::ordered_json out;
    out["fractional"] = rules.fractional == FractionalVersion::kV3 ? "v3" : "v2";
    out["metadata"] =
        metadata.empty() ? nlohmann::ordered_json::object() : nlohmann::ordered_json::parse(metadata);
    out["$evaluators"] = rules.evaluators == nullptr ? nlohmann::ordered_json::object()
                                                     : nlohmann::ordered_json(*rules.evaluators);
    return out.dump();
}

void read_set_parts(const json& document, Strictness strictness, SetDefinition& set, RuleFindings& findings) {
    if (const auto found = document.find("fractional"); found != document.end())
        read_fractional(*found, set, findings);
    if (const auto found = document.find("metadata"); found != document.end()) {
        check_metadata(*found, "/metadata", findings.faults);
        set.metadata = found->is_object() && !found->empty() ? found->dump() : std::string();
    }
    if (const auto found = document.find("$evaluators"); found != document.end())
        read_evaluators(*found, strictness, set, findings);
}

base::Result<SetDefinition> parse_set(std::string_view text, std::shared_ptr<const SegmentRules> segments) {
    json given;
    MORTISE_TRY(tenancy::parse_strict_json(text, {.size = kMaxSetSize, .depth = kMaxRuleJsonDepth}, given));
    if (!given.is_object()) return invalid_set({{"", "invalid_type", "A flag set is a JSON object."}});
    SetDefinition set;
    set.rules.segments = std::move(segments);
    RuleFindings findings;
    for (const auto& [name, value] : given.items()) {
        if (name != "fractional" && name != "metadata" && name != "$evaluators")
            findings.faults.push_back({"/" + tenancy::pointer_token(name), "unknown_member",
                                       "A flag set has fractional, metadata and $evaluators, nothing else."});
    }
    read_set_parts(given, Strictness::kSchema, set, findings);
    if (!findings.faults.empty()) return invalid_set(std::move(findings.faults));
    if (set.to_json().size() > kMaxSetSize)
        return invalid_set({{"", "too_large", "A flag set has at most 1 MiB."}});
    return set;
}

base::Result<SetDefinition> read_stored_set(std::string_view text) {
    auto given = json::parse(text, nullptr, false);
    if (!given.is_object()) return base::internal_error("a stored flag set is no JSON object");
    SetDefinition set;
    if (given.value("fractional", "") == "v3") set.rules.fractional = FractionalVersion::kV3;
    if (const auto found = given.find("metadata"); found != given.end() && !found->empty())
        set.metadata = found->dump();
    if (const auto found = given.find("$evaluators"); found != given.end() && !found->empty())
        set.rules.evaluators = std::make_shared<const json>(std::move(*found));
    return set;
}

std::string merge_metadata(const std::string& of_set, const std::string& of_flag) {
    if (of_set.empty()) return of_flag;
    if (of_flag.empty()) return of_set;
    json merged = json::parse(of_set);
    merged.update(json::parse(of_flag));
    return merged.dump();
}

}  // namespace mortise::flags
