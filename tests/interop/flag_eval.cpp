// flag-eval: evaluates flags as a test asks for it. Reads JSON lines
//
//   {"flags": a flagd document, "key": "…", "context": {…}, "now": seconds}
//
// where a line without "flags" means those of the line before, and one without "key" asks for nothing. Writes
// a JSON line for each: {"reason", "variant", "value", "errorCode", "metadata"} with what there is, or
// {"fault"} for a document that is refused.
#include "core/flags/document.hpp"
#include "core/flags/flag_set_builder.hpp"
#include "core/flags/paths.hpp"
#include "core/flags/value_reader.hpp"

#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace {

using namespace mortise::flags;
using Json = nlohmann::ordered_json;

// The flags of a document; or what is wrong with it.
std::optional<FlagSet> read_flags(const std::string& text, std::string& fault) {
    const auto document = parse_document(text);
    if (!document) {
        fault = document.error().code;
        for (const auto& field : document.error().fields)
            fault += " " + field.pointer + " (" + field.code + ")";
        return std::nullopt;
    }
    FlagSetBuilder builder;
    for (const auto& [key, definition] : document->flags)
        builder.add_flag({},
                         std::make_shared<const CompiledFlag>(
                             key, definition, merge_metadata(document->set.metadata, definition.metadata)));
    return builder.build();
}

Json evaluate(const FlagSet& flags, const Json& line) {
    Arena memory(16 << 20);
    const auto context = read_value(line.value("context", Json::object()).dump(), {.size = 1 << 20}, memory);
    if (!context || !context->is_object()) return {{"errorCode", "INVALID_CONTEXT"}};
    const auto* const user = context->find(kTargetingKeyName);
    const auto evaluation = flags.evaluate(
        {.targeting_key = user != nullptr && user->is_string() ? user->text() : std::string_view(),
         .attributes = context->members(),
         .now = line.value("now", std::int64_t{0})},
        line["key"].get_ref<const std::string&>());
    Json out{{"reason", std::string(to_string(evaluation.reason))}};
    if (evaluation.error != ErrorCode::kNone) out["errorCode"] = std::string(to_string(evaluation.error));
    if (!evaluation.variant.empty()) {
        out["variant"] = std::string(evaluation.variant);
        out["value"] = Json::parse(evaluation.value);
    }
    if (!evaluation.metadata.empty()) out["metadata"] = Json::parse(evaluation.metadata);
    return out;
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    std::optional<FlagSet> flags;
    std::string fault = "no flags yet", text;
    while (std::getline(std::cin, text)) {
        const auto line = Json::parse(text, nullptr, false);
        if (!line.is_object()) {
            std::cout << R"({"fault":"no JSON object"})" << '\n';
            continue;
        }
        if (line.contains("flags")) flags = read_flags(line["flags"].dump(), fault);
        const Json answer = !flags                 ? Json{{"fault", fault}}
                            : line.contains("key") ? evaluate(*flags, line)
                                                   : Json::object();
        std::cout << answer.dump() << '\n';
    }
    return 0;
}
