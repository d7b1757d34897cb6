#include "core/app/flag_bootstrap.hpp"

#include "core/base/file.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace mortise::app {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using nlohmann::ordered_json;

Error unexpected() {
    return {ErrorKind::kUnavailable, "unexpected_answer",
            "The server's answer has no flags; is it a server of Mortise?"};
}

// The member of an object, if it is a text; else empty.
std::string text_of(const ordered_json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// As OpenFeature's providers in memory have a flag.
ordered_json in_memory(const ordered_json& evaluation) {
    const std::string variant = text_of(evaluation, "variant");
    auto variants = ordered_json::object();
    const bool has_value = !variant.empty() && evaluation.contains("value");
    if (has_value) variants[variant] = evaluation.at("value");
    return {{"variants", std::move(variants)},
            {"defaultVariant", has_value ? variant : ""},
            {"disabled", !has_value}};
}

Result<Bootstrap> ask(const FlagClient& client, const FlagArguments& arguments) {
    if (arguments.format == kBootstrapUnleash) {
        MORTISE_TRY_ASSIGN(auto answer, client.ask("GET", "/api/client/features"));
        return unleash_bootstrap(std::move(answer.body));
    }
    MORTISE_TRY_ASSIGN(const auto context,
                       parse_json(arguments.context.empty() ? "{}" : arguments.context, "--context"));
    MORTISE_TRY_ASSIGN(const auto answer, client.ask("POST", "/ofrep/v1/evaluate/flags",
                                                     ordered_json{{"context", context}}.dump()));
    return ofrep_bootstrap(ordered_json::parse(answer.body, nullptr, false));
}

}  // namespace

Result<Bootstrap> ofrep_bootstrap(const ordered_json& answer) {
    const auto flags = answer.is_object() ? answer.find("flags") : answer.end();
    if (flags == answer.end() || !flags->is_array()) return unexpected();
    Bootstrap made;
    auto file = ordered_json::object();
    for (const auto& evaluation : *flags) {
        const std::string key = evaluation.is_object() ? text_of(evaluation, "key") : std::string();
        if (key.empty()) return unexpected();
        if (evaluation.contains("errorCode")) {
            made.left_out.emplace_back(key, text_of(evaluation, "errorCode"));
            continue;
        }
        file[key] = in_memory(evaluation);
    }
    made.flags = file.size();
    made.text = file.dump(2) + "\n";
    return made;
}

Result<Bootstrap> unleash_bootstrap(std::string answer) {
    const auto read = ordered_json::parse(answer, nullptr, false);
    const auto features = read.is_object() ? read.find("features") : read.end();
    if (features == read.end() || !features->is_array()) return unexpected();
    Bootstrap made;
    made.flags = features->size();
    const auto ours = read.value("mortise", ordered_json::object());
    for (const auto& omitted : ours.value("omitted", ordered_json::array()))
        made.left_out.emplace_back(text_of(omitted, "name"), text_of(omitted, "code"));
    made.text = std::move(answer) + "\n";
    return made;
}

Result<FlagOutcome> write_bootstrap(const FlagClient& client, const FlagArguments& arguments) {
    MORTISE_TRY_ASSIGN(const auto made, ask(client, arguments));
    MORTISE_TRY(base::write_file(arguments.file, made.text, 0644));
    FlagOutcome outcome;
    outcome.text = fmt::format("{} flags in {}\n", made.flags, arguments.file);
    auto left_out = ordered_json::array();
    for (const auto& [key, code] : made.left_out) {
        outcome.text += fmt::format("left out: {} ({})\n", key, code);
        left_out.push_back({{"key", key}, {"code", code}});
    }
    outcome.members["flags"] = made.flags;
    outcome.members["left_out"] = std::move(left_out);
    return outcome;
}

}  // namespace mortise::app
