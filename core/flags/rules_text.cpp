#include "core/flags/rules_text.hpp"

#include "core/crypto/hash.hpp"
#include "core/flags/segment.hpp"
#include "core/flags/set_definition.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {

std::shared_ptr<const RulesText> write_rules(const RuleSet& rules, const SegmentTexts& segments) {
    if (rules.fractional == FractionalVersion::kV2 && rules.evaluators == nullptr && segments.empty())
        return nullptr;
    RulesText text;
    text.json = R"({"set":)" + SetDefinition{.rules = rules, .metadata = {}}.to_json() + R"(,"segments":{)";
    for (const auto& [key, segment] : segments) {
        if (text.json.back() != '{') text.json += ',';
        text.json += nlohmann::json(key).dump() + ':';
        text.json += segment;
    }
    text.json += "}}";
    const auto whole = crypto::blake2b_256(text.json);
    std::copy_n(whole.begin(), text.digest.size(), text.digest.begin());
    return std::make_shared<const RulesText>(std::move(text));
}

base::Result<RuleSet> read_rules(std::string_view text) {
    const auto given = nlohmann::json::parse(text, nullptr, false);
    if (!given.is_object() || !given.contains("set") || !given.contains("segments") ||
        !given["segments"].is_object())
        return base::internal_error("what flags refer to can't be read");
    MORTISE_TRY_ASSIGN(auto set, read_stored_set(given["set"].dump()));
    SegmentRules segments;
    for (const auto& [key, segment] : given["segments"].items()) {
        MORTISE_TRY_ASSIGN(auto rule, read_stored_segment(segment.dump()));
        segments.emplace(key, std::move(rule));
    }
    if (!segments.empty()) set.rules.segments = std::make_shared<const SegmentRules>(std::move(segments));
    return std::move(set.rules);
}

}  // namespace mortise::flags
