#pragma once

#include "core/flags/compiler.hpp"
#include "core/flags/machine.hpp"
#include "core/flags/value_reader.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

// What the tests of rules begin with: a rule and a context as JSON text, the result as JSON.
namespace mortise::flags::test {

inline nlohmann::json to_json(const Value& value) {
    using Kind = Value::Kind;
    switch (value.kind()) {
        case Kind::kNull:
            return nullptr;
        case Kind::kBoolean:
            return value.boolean();
        case Kind::kNumber:
            return value.number();
        case Kind::kString:
            return std::string(value.text());
        case Kind::kArray: {
            auto array = nlohmann::json::array();
            for (const auto& item : value.items())
                array.push_back(to_json(item));
            return array;
        }
        case Kind::kObject: {
            auto object = nlohmann::json::object();
            for (const auto& member : value.members())
                object[std::string(member.name)] = to_json(member.value);
            return object;
        }
    }
    return nullptr;
}

struct Run {
    std::string flag = "flag";
    std::string user = {};
    std::int64_t timestamp = 1'700'000'000;
    RuleSet set = {};
};

// The result of a rule; a failure is {"fault": "…"}, and a rule that isn't one {"faults": ["/pointer code",
// …]}.
inline nlohmann::json run_json(const nlohmann::json& rule, const nlohmann::json& context,
                               const Run& with = {}) {
    const auto compiled = compile_rule(rule, with.set, Strictness::kSchema, "");
    if (compiled.program == nullptr) {
        auto faults = nlohmann::json::array();
        for (const auto& fault : compiled.findings.faults)
            faults.push_back(fault.pointer + " " + fault.code);
        return {{"faults", faults}};
    }
    Arena memory(16 * 1024 * 1024);
    const auto attributes = read_value(context.dump(), {.size = 1 << 20}, memory);
    Arena scratch(kMaxScratch);
    const RuleInput input{.attributes = attributes->members(),
                          .flag_key = with.flag,
                          .targeting_key = with.user,
                          .tenant = "acme",
                          .plan = "standard",
                          .timestamp = with.timestamp};
    Machine machine(*compiled.program, input, scratch);
    Value out;
    if (!machine.run(out)) return {{"fault", std::string(to_string(machine.fault()))}};
    return to_json(out);
}

inline nlohmann::json run_rule(std::string_view rule, std::string_view context = "{}", const Run& with = {}) {
    return run_json(nlohmann::json::parse(rule), nlohmann::json::parse(context), with);
}

// Where the vectors of others are.
inline std::filesystem::path conformance_folder() {
    const char* const folder = std::getenv("MORTISE_CONFORMANCE");
    return folder != nullptr ? folder : MORTISE_CONFORMANCE_DEFAULT;
}

inline bool in_ci() {
    const char* const ci = std::getenv("CI");
    return ci != nullptr && std::string_view(ci) == "true";
}

}  // namespace mortise::flags::test
